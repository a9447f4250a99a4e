// A hart: its state in memory, and what TypeScript does when compiled code
// leaves. Its instructions run in WebAssembly; here are misses, traps, CSRs
// and the accesses that no TLB can serve.
//
// The hot path has no BigInt: 64-bit values are two halves of an Int32Array.
//
// An access that no TLB entry can stand for (a device's registers, a store to
// a page that has decoded code, bytes in two pages) runs through a window: an
// entry for that very address, which leads to eight bytes of the hart's state
// or to the page, for one instruction. So every row has one meaning only.

import type { Device } from "../devices/device.js";
import { lengthOf } from "../isa/decode.js";
import { Cause } from "../isa/machine.js";
import type { OperandName } from "../isa/operand.js";
import { type Hart as HostedHart, Privilege } from "../isa/row.js";
import type { CodePages } from "./code-pages.js";
import { accessCsr, type CsrHart, readCsrs, statusWords } from "./csr.js";
import { handlers } from "./handlers.js";
import { emitInterpreter, SLACK, SpecialHandler } from "./interpreter.js";
import { ATOMIC, csrOffset, hartState, PAGE, State } from "./layout.js";
import type { GuestMemory } from "./memory.js";
import { ACCESS_FAULT, Mmu, type Regime } from "./mmu.js";
import { RECORD_SIZE, RecordField } from "./record.js";
import { FloatState, interruptPriority, Status } from "./status.js";
import { type Access, PHYSICAL, TranslationCache } from "./tlb.js";

/// What a hart needs of the machine around it.
export interface HartHost {
  readonly memory: GuestMemory;
  readonly code: CodePages;
  /// The device at a physical address, if there is one.
  findDevice(paddr: number): Device | undefined;
  /// mtime.
  ticks(): bigint;
  /// Devices were written to: deadlines may be nearer now.
  devicesChanged(): void;
  /// A hart got an interrupt, and may wait no longer.
  interruptRaised(): void;
  /// Takes S-mode's environment calls, where there is no firmware that does.
  readonly environmentCall?: ((hart: Hart) => void) | undefined;
  /// A store to the boot ROM had no effect.
  romStore?(hart: Hart, paddr: number): void;
}

/// A trap, as it was taken.
export interface Trap {
  readonly interrupt: boolean;
  readonly cause: number;
  readonly pc: bigint;
  readonly value: bigint;
  readonly from: Privilege;
  readonly to: Privilege;
}

/// The same without BigInts, which would cost more than the trap.
type TrapWords = readonly [interrupt: number, cause: number, pcLow: number, pcHigh: number, valueLow: number, valueHigh: number, from: Privilege, to: Privilege];

/// Called as it happens; for measuring and for debuggers.
export interface HartObserver {
  trapped?(hart: Hart, trap: Trap): void;
  /// By mret or sret; the instruction has retired.
  returned?(hart: Hart, from: Privilege): void;
}

/// Traps in a row, with no instruction between them, that end the guest.
const STORM = 8;

const pageFaults: Record<Access, number> = { fetch: Cause.fetchPageFault, load: Cause.loadPageFault, store: Cause.storePageFault };
const accessFaults: Record<Access, number> = { fetch: Cause.fetchAccess, load: Cause.loadAccess, store: Cause.storeAccess };

const interpreters: WebAssembly.Module[] = [];

type Run = (record: number) => Cause;

export class Hart implements HostedHart, CsrHart {
  observer: HartObserver = {};
  /// The first of traps that follow each other for ever, if that is where the guest is.
  death: Trap | undefined;
  /// Runs no instructions, whatever is pending, until this is false.
  parked = false;
  readonly #words: Int32Array;
  /// Index in #words of the hart's state.
  readonly #base: number;
  readonly #mmu: Mmu;
  readonly #tlb: TranslationCache;
  readonly #run: Run;
  readonly #runExactly: Run;
  /// Instructions of the current run, and those of them that are left.
  #budget = 0;
  #remaining = 0;
  #stopping = false;
  #attention = true;
  #dataRegime: Regime = { privilege: Privilege.machine, sum: false, mxr: false, satpLow: 0, satpHigh: 0 };
  #fetchRegime: Regime = this.#dataRegime;
  #trapsInARow = 0;
  #retiredAtTrap = -1;
  #firstTrap: TrapWords = [0, 0, 0, 0, 0, 0, Privilege.machine, Privilege.machine];
  /// The instruction in the crossing records.
  #crossingWord = 0;

  constructor(readonly id: number, private readonly host: HartHost) {
    const { memory } = host;
    this.#words = memory.words;
    this.#base = hartState(id) >> 2;
    this.#mmu = new Mmu(memory);
    this.#tlb = new TranslationCache(memory, id);
    interpreters[id] ??= new WebAssembly.Module(emitInterpreter(handlers, hartState(id)));
    const { exports } = new WebAssembly.Instance(interpreters[id], { env: { memory: memory.wasm } });
    this.#run = exports.run as Run;
    this.#runExactly = exports.runExactly as Run;
    memory.view.setUint16(hartState(id) + State.crossing + 2 * RECORD_SIZE, SpecialHandler.pageEnd, true);
    this.reset(0n);
  }

  // State

  /// M-mode, everything zero, at this pc. What it retired and the interrupt pins are not its to lose.
  reset(pc: bigint): void {
    const { pins } = this, retired = this.#retiredBefore;
    this.#words.fill(0, this.#base, this.#base + (State.crossing >> 2));
    this.setWord(State.pins, pins);
    this.#retiredBefore = retired;
    this.setWord(State.privilege, Privilege.machine);
    this.setState(State.reservation, -1n);
    this.pc = pc;
    this.status = 0;
    this.#tlb.dropAll();
    this.death = undefined;
    this.#retiredAtTrap = -1;
    this.interruptsChanged();
  }

  get pc(): bigint { return this.getState(State.pc); }
  set pc(value: bigint) { this.setState(State.pc, value); }
  get privilege(): Privilege { return this.word(State.privilege) as Privilege; }
  set privilege(value: Privilege) {
    this.setWord(State.privilege, value);
    this.translationChanged();
    this.#attention = true;
  }
  get waiting(): boolean { return this.word(State.waiting) !== 0; }
  set waiting(value: boolean) { this.setWord(State.waiting, Number(value)); }

  /// Instructions retired, up to the one that is being performed.
  get retired(): number { return this.#retiredBefore + this.executed; }
  /// Instructions of the current run that are done.
  get executed(): number { return this.#budget - this.#remaining; }

  /// Values are unsigned.
  readRegister(x: number): bigint { return this.getState(State.x + x * 8); }
  writeRegister(x: number, value: bigint): void { if (x !== 0) this.setState(State.x + x * 8, value); }
  readFloatRegister(f: number): bigint { return this.getState(State.f + f * 8); }
  writeFloatRegister(f: number, value: bigint): void { this.setState(State.f + f * 8, value); }

  /// Storage of a CSR. Use `readCsr` to see what a guest sees.
  getCsr(name: string): bigint { return this.getState(csrOffset(name)); }
  setCsr(name: string, value: bigint): void { this.setState(csrOffset(name), value); }

  accessCsr(csr: number, update?: (old: bigint) => bigint): bigint | undefined { return accessCsr(this, csr, update); }

  /// Every CSR as M-mode reads it, by name.
  csrs(): Record<string, bigint> { return readCsrs(this); }

  get status(): number { return this.word(MSTATUS); }
  set status(status: number) {
    const { high, supervisorLow, supervisorHigh } = statusWords(status);
    this.setWord(MSTATUS, status);
    this.setWord(MSTATUS + 4, high);
    this.setWord(SSTATUS, supervisorLow);
    this.setWord(SSTATUS + 4, supervisorHigh);
    this.setWord(State.floatState, (status & Status.fs) >>> Status.fsShift);
    this.translationChanged();
    this.#attention = true;
  }

  get pins(): number { return this.word(State.pins); }

  /// The wire to a bit of mip.
  line(bit: number): { set(level: boolean): void } {
    const mask = 1 << bit;
    return {
      set: (level) => {
        const pins = level ? this.pins | mask : this.pins & ~mask;
        if (pins === this.pins) return;
        this.setWord(State.pins, pins);
        this.interruptsChanged();
        if (level) this.host.interruptRaised();
      },
    };
  }

  interruptsChanged(): void {
    this.#attention = true;
    if (this.waiting && this.#pending() !== 0) this.waiting = false;
  }

  ticks(): bigint { return this.host.ticks(); }

  getCounter(name: "instret" | "cycle"): bigint {
    const offset = this.getState(counterOffset[name]);
    return BigInt.asUintN(64, this.#inhibited(name) ? offset : BigInt(this.retired) + offset);
  }

  /// The next instruction reads the value that was written.
  setCounter(name: "instret" | "cycle", value: bigint): void {
    this.setState(counterOffset[name], this.#inhibited(name) ? value : value - BigInt(this.retired + 1));
  }

  #inhibited(name: "instret" | "cycle"): boolean {
    return (this.word(csrOffset("mcountinhibit")) & (name === "cycle" ? 1 : 4)) !== 0;
  }

  /// A plain copy of the state; RAM and devices are not in it.
  save(): Uint8Array { return this.host.memory.bytes.slice(this.#base * 4, this.#base * 4 + State.crossing); }
  restore(state: Uint8Array): void {
    this.host.memory.bytes.set(state, this.#base * 4);
    this.#tlb.dropAll();
    this.status = this.status;
    this.death = undefined;
    this.#retiredAtTrap = -1;
  }

  // Running

  /// Runs so many instructions, or fewer: until the hart waits, or is told to stop. Exact.
  execute(instructions: number): number {
    this.#budget = this.#remaining = instructions;
    this.#stopping = false;
    const words = this.#words, base = this.#base;
    const BUDGET = base + (State.budget >> 2);
    let record = 0;
    while (this.#remaining > 0 && !this.#stopping) {
      if (this.#attention) {
        this.#attention = false;
        if (!this.canRun) break;
        this.#takeInterrupt();
        record = 0;
      }
      let cause: Cause;
      if (this.#remaining > 2 * SLACK) {
        words[BUDGET] = this.#remaining - SLACK;
        cause = this.#run(record);
        this.#remaining = (words[BUDGET] as number) + SLACK;
      } else {
        words[BUDGET] = this.#remaining;
        cause = this.#runExactly(record);
        this.#remaining = words[BUDGET] as number;
      }
      record = cause === Cause.budget ? 0 : this.#handle(cause);
    }
    const { executed } = this;
    this.#retiredBefore += executed;
    this.#budget = this.#remaining = 0;
    return executed;
  }

  /// Ends `execute` after the instruction that is being performed.
  stop(): void { this.#stopping = true; }

  get canRun(): boolean { return !this.parked && !this.waiting; }

  /// Another hart's turn has come: a reservation does not outlive it.
  yieldTurn(): void { this.#clearReservation(); }

  get #retiredBefore(): number { return this.host.memory.view.getFloat64(hartState(this.id) + State.retired, true); }
  set #retiredBefore(value: number) { this.host.memory.view.setFloat64(hartState(this.id) + State.retired, value, true); }

  /// Deals with a cause so that the code can go on: at the record that is the result, or at the pc.
  #handle(cause: Cause): number {
    switch (cause) {
      case Cause.fetchMiss: this.#fetchMiss(); return 0;
      case Cause.undecoded: this.#decode(); return 0;
      case Cause.crossing: return this.#cross();
      case Cause.loadMiss: this.#dataMiss("load"); return 0;
      case Cause.storeMiss: this.#dataMiss("store"); return 0;
      case Cause.host: this.#perform(); return 0;
      case Cause.slowFloat: this.#runOne(); return 0;
      case Cause.floatState: this.#useFloat(); return 0;
      case Cause.illegalInstruction: this.#illegal(); return 0;
      case Cause.environmentCall: this.#environmentCall(); return 0;
      default: this.#exception(cause, this.word(State.detail), this.word(State.detail + 4)); return 0;
    }
  }

  #fetchMiss(): void {
    const low = this.word(State.pc), high = this.word(State.pc + 4);
    const page = this.#translate("fetch", low, high);
    if (page < 0) return;
    const address = this.host.memory.pageAddress(page);
    if (address < 0) return this.#exception(Cause.fetchAccess, low, high);
    this.#tlb.fill("fetch", low, high, this.host.code.recordsOf(address), this.#mmu.superpage);
  }

  #decode(): void {
    const low = this.word(State.pc);
    const page = this.#translate("fetch", low, this.word(State.pc + 4));
    if (page >= 0) this.host.code.decodeRun(this.host.memory.pageAddress(page), low & (PAGE - 1));
  }

  /// An instruction whose halves lie in two pages gets a record of its own.
  #cross(): number {
    const { view } = this.host.memory;
    const low = this.word(State.pc), high = this.word(State.pc + 4);
    const nextLow = (low + 2) | 0, nextHigh = nextLow === 0 ? (high + 1) | 0 : high;
    const first = this.#translate("fetch", low, high);
    if (first < 0) return 0;
    const second = this.#translate("fetch", nextLow, nextHigh);
    if (second < 0) return 0;
    const firstAddress = this.host.memory.pageAddress(first), secondAddress = this.host.memory.pageAddress(second);
    if (secondAddress < 0) {
      this.#exception(Cause.fetchAccess, nextLow, nextHigh);
      return 0;
    }
    const word = view.getUint16(firstAddress + PAGE - 2, true) | (view.getUint16(secondAddress, true) << 16);
    const record = this.#base * 4 + State.crossing;
    if (word !== this.#crossingWord) this.host.code.decodeRecord(record, word, () => false);
    this.#crossingWord = word;
    return record;
  }

  /// The word at the pc, which has been fetched already.
  #wordAtPc(): number {
    const { view } = this.host.memory;
    if (this.word(State.record) === this.#base * 4 + State.crossing) return this.#crossingWord;
    const low = this.word(State.pc);
    const page = this.#mmu.translate("fetch", low, this.word(State.pc + 4), this.#fetchRegime, true);
    const address = this.host.memory.pageAddress(page) + (low & (PAGE - 1));
    const half = view.getUint16(address, true);
    return lengthOf(half) === 2 ? half : view.getUint32(address, true);
  }

  #illegal(): void { this.#exception(Cause.illegalInstruction, this.#wordAtPc(), 0); }

  #perform(): void {
    const instruction = this.host.code.hosted[this.host.memory.view.getInt32(this.word(State.record) + RecordField.immediate, true)];
    const low = this.word(State.pc), high = this.word(State.pc + 4);
    this.#advance(4);
    const meaning = instruction?.row.meaning;
    // A CSR row that runs inline has no number: it is here because privilege does not suffice.
    const legal = meaning && "perform" in meaning && !this.#isInline() && meaning.perform(this, instruction.operands as Record<OperandName, number>) !== "illegal";
    if (legal) this.#remaining--;
    else {
      this.setWord(State.pc, low);
      this.setWord(State.pc + 4, high);
      this.#illegal();
    }
  }

  #isInline(): boolean { return this.host.memory.view.getUint16(this.word(State.record), true) !== SpecialHandler.host; }

  #advance(bytes: number): void {
    const low = (this.word(State.pc) + bytes) | 0;
    this.setWord(State.pc, low);
    if (low >>> 0 < bytes) this.setWord(State.pc + 4, (this.word(State.pc + 4) + 1) | 0);
  }

  /// Runs the instruction that left, and no other.
  #runOne(): void {
    this.setWord(State.budget, 1);
    const cause = this.#runExactly(this.word(State.record));
    if (cause !== Cause.budget) throw new Error(`an instruction that was prepared left with cause ${cause}`);
    this.#remaining--;
  }

  /// The first FP instruction makes FS dirty; with FS off it is illegal.
  #useFloat(): void {
    if (this.word(State.floatState) === FloatState.off) this.#illegal();
    else this.status |= Status.fs;
  }

  // Data accesses

  #dataMiss(access: "load" | "store"): void {
    const { memory, code } = this.host;
    const low = this.word(State.detail), high = this.word(State.detail + 4);
    const size = this.word(State.access) & ~ATOMIC;
    const page = this.#translate(access, low, high);
    if (page < 0) return;
    const offset = low & (PAGE - 1);
    if (offset + size > PAGE) return this.#accessTwoPages(access, low, high, size, page);

    const address = memory.pageAddress(page);
    if (address < 0) return this.#accessDevice(access, low, high, size, page * PAGE + offset);
    if (access === "store" && page * PAGE < memory.map.ramBase) {
      this.#throughWindow("store", low, high);
      return this.host.romStore?.(this, page * PAGE + offset);
    }
    if (access === "load" || !code.has(address)) return this.#tlb.fill(access, low, high, address, this.#mmu.superpage);
    this.#tlb.fill("store", low, high, address, false);
    this.#runOne();
    this.#tlb.drop("store", low);
    code.changed(address + offset, size);
  }

  #throughWindow(access: "load" | "store", low: number, high: number): void {
    this.#tlb.fillOnce(access, low, high, this.#window);
    this.#runOne();
    this.#tlb.drop(access, low);
  }

  get #window(): number { return this.#base * 4 + State.window; }

  #accessTwoPages(access: "load" | "store", low: number, high: number, size: number, firstPage: number): void {
    const { memory, code } = this.host;
    const nextLow = ((low | (PAGE - 1)) + 1) | 0, nextHigh = nextLow === 0 ? (high + 1) | 0 : high;
    const secondPage = this.#translate(access, nextLow, nextHigh);
    if (secondPage < 0) return;
    const inFirst = PAGE - (low & (PAGE - 1));
    const first = memory.pageAddress(firstPage), second = memory.pageAddress(secondPage);
    // Devices do not take part in such accesses, nor is the ROM written.
    if (first < 0) return this.#exception(accessFaults[access], low, high);
    if (second < 0) return this.#exception(accessFaults[access], nextLow, nextHigh);
    const { bytes } = memory;
    const window = this.#window, split = window + inFirst, end = window + size, last = first + PAGE - inFirst;
    if (access === "load") {
      bytes.copyWithin(window, last, first + PAGE);
      bytes.copyWithin(split, second, second + size - inFirst);
      return this.#throughWindow(access, low, high);
    }
    this.#throughWindow(access, low, high);
    bytes.copyWithin(last, window, split);
    bytes.copyWithin(second, split, end);
    code.changed(last, inFirst);
    code.changed(second, size - inFirst);
  }

  #accessDevice(access: "load" | "store", low: number, high: number, size: number, paddr: number): void {
    const device = this.host.findDevice(paddr);
    if (!device || this.word(State.access) & ATOMIC) return this.#exception(accessFaults[access], low, high);
    const { view } = this.host.memory;
    const window = this.#window;
    const unit = paddr % size === 0 && size <= 4 ? (size as 1 | 2 | 4) : paddr % 4 === 0 && size === 8 ? 4 : 1;
    const at = paddr - device.base;
    if (access === "load") {
      for (let offset = 0; offset < size; offset += unit) {
        const value = device.read(at + offset, unit);
        if (unit === 4) view.setUint32(window + offset, value, true);
        else if (unit === 2) view.setUint16(window + offset, value, true);
        else view.setUint8(window + offset, value);
      }
      this.#throughWindow(access, low, high);
    } else {
      this.#throughWindow(access, low, high);
      for (let offset = 0; offset < size; offset += unit) {
        device.write(at + offset, unit, unit === 4 ? view.getUint32(window + offset, true) : unit === 2 ? view.getUint16(window + offset, true) : view.getUint8(window + offset));
      }
      this.host.devicesChanged();
    }
  }

  // Translation

  translationChanged(): void {
    const status = this.status;
    const privilege = this.word(State.privilege);
    const dataPrivilege = status & Status.mprv ? (status & Status.mpp) >>> Status.mppShift : privilege;
    const satpLow = this.word(SATP), satpHigh = this.word(SATP + 4);
    const sum = (status & Status.sum) !== 0, mxr = (status & Status.mxr) !== 0;
    this.#fetchRegime = { privilege, sum, mxr, satpLow, satpHigh };
    this.#dataRegime = { privilege: dataPrivilege, sum, mxr, satpLow, satpHigh };
    if (satpHigh >>> 28 === 0 || (privilege === Privilege.machine && dataPrivilege === Privilege.machine)) this.#tlb.select(PHYSICAL, 0, 0);
    else this.#tlb.select(1 | (privilege << 1) | (dataPrivilege << 3) | (sum ? 32 : 0) | (mxr ? 64 : 0), satpLow, satpHigh);
  }

  fenceTranslations(vaddr: bigint | undefined, asid: bigint | undefined): boolean {
    if (this.privilege === Privilege.user || (this.privilege === Privilege.supervisor && this.status & Status.tvm)) return false;
    this.dropTranslations(vaddr, asid === undefined ? undefined : Number(asid & 0xffffn));
    return true;
  }

  /// What sfence.vma does; also for a remote fence.
  dropTranslations(vaddr?: bigint, asid?: number): void {
    this.#tlb.fence(vaddr === undefined ? undefined : Number(BigInt.asIntN(32, vaddr)), asid);
  }

  /// No store of this hart may reach the page unseen from now on.
  protectPage(pageAddress: number): void { this.#tlb.protect(pageAddress); }
  dropAllTranslations(): void { this.#tlb.dropAll(); }

  /// Physical address, as an access by the hart as it is would find it; undefined where it would fault. Changes nothing.
  translate(access: Access, vaddr: bigint): number | undefined {
    const low = Number(BigInt.asIntN(32, vaddr)), high = Number(BigInt.asIntN(32, vaddr >> 32n));
    const page = this.#mmu.translate(access, low, high, access === "fetch" ? this.#fetchRegime : this.#dataRegime, true);
    return page < 0 ? undefined : page * PAGE + (low & (PAGE - 1));
  }

  /// Eight bytes as a load would find them in RAM or ROM; undefined where it would fault.
  loadVirtual(vaddr: bigint): bigint | undefined {
    let value = 0n;
    for (let index = 7n; index >= 0n; index--) {
      const paddr = this.translate("load", vaddr + index);
      const byte = paddr === undefined ? undefined : this.host.memory.slice(paddr, 1)?.[0];
      if (byte === undefined) return undefined;
      value = (value << 8n) | BigInt(byte);
    }
    return value;
  }

  /// The page, or less than zero after the trap that the access makes.
  #translate(access: Access, low: number, high: number): number {
    const page = this.#mmu.translate(access, low, high, access === "fetch" ? this.#fetchRegime : this.#dataRegime);
    if (page < 0) this.#exception((page === ACCESS_FAULT ? accessFaults : pageFaults)[access], low, high);
    return page;
  }

  // Traps

  #environmentCall(): void {
    const { environmentCall } = this.host;
    const { privilege } = this;
    if (privilege === Privilege.supervisor && environmentCall) {
      this.#advance(4);
      this.#remaining--;
      environmentCall(this);
      this.host.devicesChanged();
    } else this.#exception(Cause.environmentCall + privilege, 0, 0);
  }

  #exception(cause: number, valueLow: number, valueHigh: number): void {
    const { privilege } = this;
    const delegated = privilege !== Privilege.machine && (this.word(MEDELEG) >>> cause) & 1;
    this.#trap(false, cause, valueLow, valueHigh, delegated ? Privilege.supervisor : Privilege.machine);
  }

  #pending(): number { return (this.word(MIP) | this.pins) & this.word(MIE); }

  #takeInterrupt(): void {
    const pending = this.#pending();
    if (pending === 0) return;
    const { privilege, status } = this;
    const delegated = this.word(MIDELEG);
    const toMachine = privilege !== Privilege.machine || status & Status.mie ? pending & ~delegated : 0;
    const toSupervisor = privilege === Privilege.user || (privilege === Privilege.supervisor && status & Status.sie) ? pending & delegated : 0;
    const taken = toMachine || toSupervisor;
    const cause = interruptPriority.find((bit) => taken & (1 << bit));
    if (cause !== undefined) this.#trap(true, cause, 0, 0, toMachine ? Privilege.machine : Privilege.supervisor);
  }

  #trap(interrupt: boolean, cause: number, valueLow: number, valueHigh: number, to: Privilege): void {
    const from = this.privilege;
    const pcLow = this.word(State.pc), pcHigh = this.word(State.pc + 4);
    if (this.retired === this.#retiredAtTrap) this.#countStorm();
    else this.#rememberTrap([interrupt ? 1 : 0, cause, pcLow, pcHigh, valueLow, valueHigh, from, to]);
    const csrs = to === Privilege.machine ? machineTrap : supervisorTrap;
    this.setWord(csrs.epc, pcLow);
    this.setWord(csrs.epc + 4, pcHigh);
    this.setWord(csrs.cause, cause);
    this.setWord(csrs.cause + 4, interrupt ? 1 << 31 : 0);
    this.setWord(csrs.value, valueLow);
    this.setWord(csrs.value + 4, valueHigh);
    const { status } = this;
    this.setWord(State.privilege, to);
    this.status = to === Privilege.machine
      ? (status & ~(Status.mie | Status.mpie | Status.mpp)) | (status & Status.mie ? Status.mpie : 0) | (from << Status.mppShift)
      : (status & ~(Status.sie | Status.spie | Status.spp)) | (status & Status.sie ? Status.spie : 0) | (from ? Status.spp : 0);
    const vectored = this.word(csrs.vector) & 1;
    this.setWord(State.pc, this.word(csrs.vector) & ~3);
    this.setWord(State.pc + 4, this.word(csrs.vector + 4));
    if (interrupt && vectored) this.#advance(4 * cause);
    this.#clearReservation();
    if (this.observer.trapped) this.observer.trapped(this, describeTrap([interrupt ? 1 : 0, cause, pcLow, pcHigh, valueLow, valueHigh, from, to]));
  }

  // A handler that traps before it did anything will do so for ever.

  #rememberTrap(trap: TrapWords): void {
    this.#retiredAtTrap = this.retired;
    this.#trapsInARow = 0;
    this.#firstTrap = trap;
  }

  #countStorm(): void {
    if (++this.#trapsInARow < STORM) return;
    this.death = describeTrap(this.#firstTrap);
    this.stop();
  }

  #clearReservation(): void {
    this.setWord(State.reservation, -1);
    this.setWord(State.reservation + 4, -1);
  }

  returnFromTrap(from: Privilege): boolean {
    const { privilege, status } = this;
    const machine = from === Privilege.machine;
    if (privilege < from || (!machine && privilege === Privilege.supervisor && status & Status.tsr)) return false;
    const to = machine ? (status & Status.mpp) >>> Status.mppShift : status & Status.spp ? Privilege.supervisor : Privilege.user;
    const previous = status & (machine ? Status.mpie : Status.spie);
    let next = machine
      ? (status & ~(Status.mie | Status.mpp)) | (previous ? Status.mie : 0) | Status.mpie
      : (status & ~(Status.sie | Status.spp)) | (previous ? Status.sie : 0) | Status.spie;
    if (to !== Privilege.machine) next &= ~Status.mprv;
    const { epc } = machine ? machineTrap : supervisorTrap;
    this.setWord(State.pc, this.word(epc));
    this.setWord(State.pc + 4, this.word(epc + 4));
    this.setWord(State.privilege, to);
    this.status = next;
    this.#clearReservation();
    if (this.observer.returned) this.observer.returned(this, from);
    return true;
  }

  waitForInterrupt(): boolean {
    const { privilege } = this;
    if (privilege === Privilege.user || (privilege === Privilege.supervisor && this.status & Status.tw)) return false;
    if (this.#pending() === 0) {
      this.waiting = true;
      this.#attention = true;
    }
    return true;
  }

  // Access to the state, by offset

  private word(offset: number): number { return this.#words[this.#base + (offset >> 2)] as number; }
  private setWord(offset: number, value: number): void { this.#words[this.#base + (offset >> 2)] = value; }
  private getState(offset: number): bigint { return this.host.memory.view.getBigUint64(hartState(this.id) + offset, true); }
  private setState(offset: number, value: bigint): void { this.host.memory.view.setBigInt64(hartState(this.id) + offset, value, true); }
}

const [MSTATUS, SSTATUS, SATP, MEDELEG, MIDELEG, MIE, MIP] = ["mstatus", "sstatus", "satp", "medeleg", "mideleg", "mie", "mip"].map(csrOffset) as [number, number, number, number, number, number, number];
const machineTrap = trapCsrs("m");
const supervisorTrap = trapCsrs("s");
const counterOffset = { instret: State.instretOffset, cycle: State.cycleOffset } as const;

function trapCsrs(mode: "m" | "s") {
  return { epc: csrOffset(`${mode}epc`), cause: csrOffset(`${mode}cause`), value: csrOffset(`${mode}tval`), vector: csrOffset(`${mode}tvec`) };
}

function describeTrap([interrupt, cause, pcLow, pcHigh, valueLow, valueHigh, from, to]: TrapWords): Trap {
  return { interrupt: interrupt !== 0, cause, pc: join(pcLow, pcHigh), value: join(valueLow, valueHigh), from, to };
}

function join(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
