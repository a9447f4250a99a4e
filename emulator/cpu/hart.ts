// A hart that runs: its instructions in WebAssembly, and here what TypeScript
// does when compiled code leaves. The other chapters of a hart are in
// hart-state.ts, translation.ts, trap.ts and access.ts.
//
// The hot path has no BigInt: 64-bit values are two halves of an Int32Array.

import { decode, lengthOf } from "../isa/decode.js";
import { csrNames } from "../isa/csr-names.js";
import { Cause } from "../isa/machine.js";
import type { OperandName } from "../isa/operand.js";
import { type Hart as HostedHart, Privilege } from "../isa/row.js";
import { AccessingHart } from "./access.js";
import { accessCsr, environmentHigh, readCsr, readCsrs, writeCsr } from "./csr.js";
import { handlers } from "./handlers.js";
import { emittedModule } from "./emitted.js";
import type { Engine, Loops } from "./engine.js";
import { type HartHost, MENVCFG } from "./hart-state.js";
import { emitInterpreter, SLACK, SpecialHandler } from "./interpreter.js";
import { hartState, PAGE, State } from "./layout.js";
import { meaningOf } from "./meaning.js";
import { RECORD_SIZE, RecordField } from "./record.js";
import { EnvironmentHigh, FloatState, Status } from "./status.js";
import { importsOver, Uses } from "./units.js";

export type { HartObserver, Trap } from "./trap.js";

/// The rounding mode that frm names.
const DYNAMIC = 7;

export class Hart extends AccessingHart implements HostedHart {
  /// Runs no instructions, whatever is pending, until this is false.
  parked = false;
  /// Runs instructions in the interpreter's place, if there is one.
  engine: Engine | undefined;
  readonly loops: Loops;
  #stopping = false;
  /// The instruction in the crossing records; no word at all at first.
  #crossingWord = Number.NaN;

  constructor(id: number, host: HartHost) {
    super(id, host);
    // By hart, since the place of its state is in the code.
    const interpreter = emittedModule(`interpreter-${id}`, () => emitInterpreter(handlers, hartState(id)));
    const { exports } = new WebAssembly.Instance(interpreter, importsOver(host.memory.wasm, Uses.float));
    this.loops = exports as unknown as Loops;
    for (const next of [1, 2]) this.view.setUint16(this.address + State.crossing + next * RECORD_SIZE, SpecialHandler.pageEnd, true);
    this.reset(0n);
  }

  /// M-mode, everything zero, at this pc. What it retired and the interrupt pins are not its to lose.
  reset(pc: bigint): void {
    const { pins } = this, retired = this.retiredBefore;
    this.words.fill(0, this.wordIndex, this.wordIndex + (State.crossing >> 2));
    this.setWord(State.pins, pins);
    this.retiredBefore = retired;
    this.setWord(State.privilege, Privilege.machine);
    this.deriveConstants();
    this.setState(State.reservation, -1n);
    this.pc = pc;
    this.setWord(MENVCFG + 4, environmentHigh(this.cpu) & ~EnvironmentHigh.stce);
    this.status = 0;
    this.protectionChanged();
    this.forgetTraps();
    this.interruptsChanged();
  }

  /// A plain copy of the state; RAM and devices are not in it.
  save(): Uint8Array {
    const state = this.host.memory.bytes.slice(this.address, this.address + State.crossing);
    // What is only on its way between compiled code and TypeScript depends on engine and cut.
    for (const offset of [State.sink, State.sink + 4, State.detail, State.detail + 4, State.budget, State.record, State.access, State.region, State.tlb]) state.fill(0, offset, offset + 4);
    // Derived from the rest, and from who watches.
    state.fill(0, State.sstatusWritable, State.openBytesToMachine + 8);
    return state;
  }
  restore(state: Uint8Array): void {
    const set = this.word(State.tlb);
    this.host.memory.bytes.set(state, this.address);
    // Which of the sets served is another machine's business.
    this.setWord(State.tlb, set);
    this.deriveConstants();
    this.protectionChanged();
    this.status = this.status;
    this.floatControlChanged();
    this.forgetTraps();
  }

  accessCsr(csr: number, update?: (old: bigint) => bigint): bigint | undefined {
    const old = accessCsr(this, csr, update);
    if (this.observer.csrAccessed && old !== undefined) {
      const name = csrNames.get(csr) as string;
      this.observer.csrAccessed(this, name, old, update && readCsr(this, csr));
    }
    return old;
  }
  /// A debugger came, changed what it waits for, or left.
  breakpointsChanged(): void {
    this.deriveConstants();
    this.protectionChanged();
  }
  setCsrAsMachine(csr: number, value: bigint): void { writeCsr(this, csr, value); }
  /// Every CSR as M-mode reads it, by name.
  csrs(): Record<string, bigint> { return readCsrs(this); }

  /// Runs so many instructions, or fewer: until the hart waits, or is told to stop. Exact.
  execute(instructions: number): number {
    this.budget = this.remaining = instructions;
    this.#stopping = false;
    const { words } = this;
    const BUDGET = this.wordIndex + (State.budget >> 2);
    let record = 0;
    while (this.remaining > 0 && !this.#stopping) {
      if (this.attention) {
        this.attention = false;
        if (!this.canRun) break;
        this.takeInterrupt();
        record = 0;
      }
      let cause: Cause;
      if (this.stepping || this.observer.executing || (this.host.breakpoints.any && this.remaining <= 2 * SLACK)) {
        if (this.#stopsHere()) break;
        if (record === 0) this.observer.executing?.(this);
        cause = this.#runCovered(record);
      } else if (this.engine && !this.host.breakpoints.any) {
        cause = this.engine.run(this.remaining, record);
        this.remaining = words[BUDGET] as number;
      } else if (this.remaining > 2 * SLACK) {
        words[BUDGET] = this.remaining - SLACK;
        cause = this.loops.run(record);
        this.remaining = (words[BUDGET] as number) + SLACK;
      } else {
        words[BUDGET] = this.remaining;
        cause = this.loops.runExactly(record);
        this.remaining = words[BUDGET] as number;
      }
      record = cause === Cause.budget ? 0 : this.#handle(cause);
      if (this.stepping && this.executed > 0) this.haltFor({ kind: "step" });
    }
    const { executed } = this;
    this.retiredBefore += executed;
    this.budget = this.remaining = 0;
    return executed;
  }

  /// Ends `execute` after the instruction that is being performed.
  stop(): void { this.#stopping = true; }

  get canRun(): boolean { return !this.parked && !this.waiting; }

  /// Another hart's turn has come: a reservation does not outlive it.
  yieldTurn(): void { this.clearReservation(); }

  /// Deals with a cause so that the code can go on: at the record that is the result, or at the pc.
  #handle(cause: Cause): number {
    switch (cause) {
      // No engine runs where breakpoints are, so this is the mark of one.
      case Cause.compiled: return this.#stopsHere() ? 0 : this.#afterMark();
      case Cause.fetchMiss: return this.#fetchMiss();
      case Cause.undecoded: this.#decode(); return 0;
      case Cause.crossing: return this.#runApart();
      case Cause.loadMiss: this.dataMiss("load"); return 0;
      case Cause.storeMiss: this.dataMiss("store"); return 0;
      case Cause.host: this.#perform(); return 0;
      case Cause.floatState: this.#useFloat(); return 0;
      case Cause.illegalInstruction: this.#illegal(); return 0;
      case Cause.environmentCall: this.#environmentCall(); return 0;
      default: this.exception(cause, this.word(State.detail), this.word(State.detail + 4)); return 0;
    }
  }

  /// Whether there is a breakpoint at the pc, unless the hart stopped there and now goes on.
  #stopsHere(): boolean {
    if (this.stepping || !this.host.breakpoints.has(this.pc) || this.goesOn()) return false;
    this.haltHere({ kind: "breakpoint" });
    return true;
  }

  #afterMark(): number {
    const cause = this.#runCovered(this.word(State.record));
    return cause === Cause.budget ? 0 : this.#handle(cause);
  }

  /// One instruction, also where a mark stands for it.
  #runCovered(record: number): Cause {
    const covered = record !== 0 && this.view.getUint16(record, true) === SpecialHandler.compiled ? this.view.getUint16(record + RecordField.covered, true) : -1;
    if (covered === SpecialHandler.host) return Cause.host;
    if (covered === SpecialHandler.illegal) return Cause.illegalInstruction;
    this.setWord(State.budget, 1);
    const cause = this.loops.runExactly(record);
    this.remaining -= 1 - this.word(State.budget);
    return cause;
  }

  /// The result is a record to go on at, or zero.
  #fetchMiss(): number {
    const low = this.word(State.pc), high = this.word(State.pc + 4);
    return this.#fetchPage(low, high) >= 0 && this.onlyOnce ? this.#runApart() : 0;
  }

  /// Where the page of code lies that an address is in, by the fetch TLB; less than zero after the trap that fetching makes.
  #fetchPage(low: number, high: number): number {
    const { code, memory } = this.host;
    const records = this.tlb.find("fetch", low, high);
    this.onlyOnce = false;
    if (records >= 0) return code.pageOf(records);
    const page = this.reach("fetch", low, high, 2);
    if (page < 0) return -1;
    const address = memory.pageAddress(page);
    if (address < 0) this.exception(Cause.fetchAccess, low, high);
    else if (!this.onlyOnce) this.tlb.fill("fetch", low, high, code.recordsOf(address), this.mmu.superpage);
    return address;
  }

  #decode(): void {
    const low = this.word(State.pc);
    const page = this.reach("fetch", low, this.word(State.pc + 4), 2);
    if (page >= 0) this.host.code.decodeRun(this.host.memory.pageAddress(page), low & (PAGE - 1));
  }

  /// An instruction whose halves lie in two pages, or in a page of which PMP allows a part, gets a record of its own.
  #runApart(): number {
    if (this.host.breakpoints.any && this.#stopsHere()) return 0;
    const low = this.word(State.pc), high = this.word(State.pc + 4);
    const first = this.#fetchHalf(low, high);
    if (first < 0) return 0;
    let word = first;
    if (lengthOf(first) === 4) {
      const nextLow = (low + 2) | 0;
      const second = this.#fetchHalf(nextLow, nextLow === 0 ? (high + 1) | 0 : high);
      if (second < 0) return 0;
      word |= second << 16;
    }
    const record = this.address + State.crossing;
    if (word !== this.#crossingWord) this.host.code.decodeRecord(record, word, undefined);
    this.#crossingWord = word;
    return record;
  }

  /// Two bytes of code; less than zero after the trap that fetching makes.
  #fetchHalf(low: number, high: number): number {
    const page = this.#fetchPage(low, high);
    return page < 0 ? -1 : this.view.getUint16(page + (low & (PAGE - 1)), true);
  }

  /// The word at the pc, which has been fetched already.
  #wordAtPc(): number {
    const { view } = this;
    if (this.word(State.record) === this.address + State.crossing) return this.#crossingWord;
    const low = this.word(State.pc);
    const page = this.mmu.translate("fetch", low, this.word(State.pc + 4), this.fetchRegime, true);
    const address = this.host.memory.pageAddress(page) + (low & (PAGE - 1));
    const half = view.getUint16(address, true);
    return lengthOf(half) === 2 ? half : view.getUint32(address, true);
  }

  #illegal(): void { this.exception(Cause.illegalInstruction, this.#wordAtPc(), 0); }

  #perform(): void {
    // A row that runs inline has no number: it is here because privilege does not suffice, or something unusual is about.
    const instruction = meaningOf(this.#isInline() ? this.#wordAtPc() : this.view.getInt32(this.word(State.record) + RecordField.immediate, true))?.decoded;
    const low = this.word(State.pc), high = this.word(State.pc + 4);
    const meaning = instruction?.row.meaning;
    if (meaning && "semantics" in meaning) return this.#jump();
    this.advance(4);
    const legal = meaning && "perform" in meaning && meaning.perform(this, instruction.operands as Record<OperandName, number>) !== "illegal";
    if (legal) this.remaining--;
    else {
      this.setWord(State.pc, low);
      this.setWord(State.pc + 4, high);
      this.#illegal();
    }
  }

  /// A jump to where no instruction can be is an exception in the jump's place.
  #jump(): void {
    const word = this.#wordAtPc(), record = this.address + State.crossing;
    const before = this.host.memory.bytes.slice(this.address, this.address + State.sink), { pc } = this;
    this.host.code.decodeRecord(record, word, undefined, true);
    this.#crossingWord = Number.NaN;
    this.setWord(State.budget, 1);
    this.loops.runExactly(record);
    const low = this.word(State.pc), high = this.word(State.pc + 4);
    if ((low & 2) === 0) this.remaining -= 1 - this.word(State.budget);
    else {
      this.host.memory.bytes.set(before, this.address);
      this.pc = pc;
      this.exception(Cause.instructionMisaligned, low, high);
    }
  }

  #isInline(): boolean { return this.view.getUint16(this.word(State.record), true) !== SpecialHandler.host; }

  /// Runs the instruction that left, and no other.
  protected runOne(): void {
    this.setWord(State.budget, 1);
    const cause = this.loops.runExactly(this.word(State.record));
    if (cause !== Cause.budget) throw new Error(`an instruction that was prepared left with cause ${cause}`);
    this.remaining--;
  }

  /// With FS off an FP instruction is illegal; the first that is not makes FS dirty. Where frm
  /// holds no rounding mode, those that round by it are illegal, and the others are done one by one.
  #useFloat(): void {
    if (this.word(State.floatState) === FloatState.off) return this.#illegal();
    this.status |= Status.fs;
    if (this.word(State.floatState) === FloatState.dirty) return;
    if (decode(this.#wordAtPc())?.operands.rm === DYNAMIC) return this.#illegal();
    this.setWord(State.floatState, FloatState.dirty);
    this.setWord(State.budget, 1);
    const cause = this.loops.runExactly(this.word(State.record));
    if (cause === Cause.budget) this.remaining--;
    else this.#handle(cause);
    this.floatControlChanged();
  }

  #environmentCall(): void {
    const { host, privilege } = this;
    if (privilege === Privilege.supervisor && host.environmentCall) {
      this.advance(4);
      this.remaining--;
      host.environmentCall(this);
      host.devicesChanged();
    } else this.exception(Cause.environmentCall + privilege, 0, 0);
  }
}
