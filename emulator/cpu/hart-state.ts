// A hart's state, as TypeScript sees it: registers, CSR storage, status,
// interrupt pins, counters. All of it lies in the machine's memory (layout.ts),
// where compiled code finds it, so saving a hart is copying bytes.
//
// A hart is told in five files, each a class on top of the one before: its
// state, translation.ts, trap.ts, access.ts, and hart.ts, which runs it.

import type { Device } from "../devices/device.js";
import type { Cpu } from "../isa/cpu.js";
import type { Privilege } from "../isa/row.js";
import type { Breakpoints, Halt } from "./breakpoints.js";
import type { CodePages } from "./code-pages.js";
import { type CsrHart, hasSupervisorTimer } from "./csr.js";
import { FCSR } from "./float/body.js";
import { FAST_LIMIT_D, FAST_LIMIT_S } from "./float/limits.js";
import { csrOffset, hartState, State } from "./layout.js";
import type { GuestMemory } from "./memory.js";
import { type QuickUnit, quickUnit } from "./quick-unit.js";

/// What a hart needs of the machine around it.
export interface HartHost {
  readonly memory: GuestMemory;
  readonly code: CodePages;
  readonly cpu: Cpu;
  /// The device at a physical address, if there is one.
  findDevice(paddr: number): Device | undefined;
  /// mtime.
  ticks(): bigint;
  /// Devices were written to: deadlines may be nearer now.
  devicesChanged(): void;
  /// stimecmp of a hart changed; undefined while its STIP is software's.
  setSupervisorTimer(hart: number, ticks: bigint | undefined): void;
  readonly breakpoints: Breakpoints;
  /// Takes S-mode's environment calls, where there is no firmware that does.
  environmentCall?(hart: HartState): void;
  /// A store to the boot ROM had no effect.
  romStore?(hart: HartState, paddr: number): void;
}

export const [MSTATUS, SATP, MEDELEG, MIDELEG, MIE, MIP, MENVCFG] = ["mstatus", "satp", "medeleg", "mideleg", "mie", "mip", "menvcfg"].map(csrOffset) as [number, number, number, number, number, number, number];
const counterOffset = { instret: State.instretOffset, cycle: State.cycleOffset } as const;

export abstract class HartState implements CsrHart {
  protected readonly words: Int32Array;
  protected readonly view: DataView;
  /// Where the state lies.
  protected readonly address: number;
  /// The same as an index in `words`.
  protected readonly wordIndex: number;
  protected readonly quick: QuickUnit;
  /// Whether an interrupt is to be taken has to be asked before the next instruction.
  protected attention = true;
  /// Instructions of the current run, and those of them that are left.
  protected budget = 0;
  protected remaining = 0;
  /// Why the hart stopped for a debugger; whoever sees it clears it.
  halt: Halt | undefined;
  /// Stops after one instruction, or when one traps.
  stepping = false;

  constructor(readonly id: number, protected readonly host: HartHost) {
    this.words = host.memory.words;
    this.view = host.memory.view;
    this.address = hartState(id);
    this.wordIndex = this.address >> 2;
    this.quick = quickUnit(host.memory.wasm);
  }

  /// Privilege, status or satp changed: addresses may mean something else.
  abstract translationChanged(): void;
  /// PMP's CSRs changed.
  abstract protectionChanged(): void;

  get pc(): bigint { return this.getState(State.pc); }
  set pc(value: bigint) { this.setState(State.pc, value); }
  get privilege(): Privilege { return this.word(State.privilege) as Privilege; }
  set privilege(value: Privilege) {
    this.setWord(State.privilege, value);
    this.translationChanged();
    this.attention = true;
  }
  get waiting(): boolean { return this.word(State.waiting) !== 0; }
  set waiting(value: boolean) { this.setWord(State.waiting, Number(value)); }

  /// Instructions retired, up to the one that is being performed.
  get retired(): number { return this.retiredBefore + this.executed; }
  /// Instructions of the current run that are done.
  get executed(): number { return this.budget - this.remaining; }

  /// Values are unsigned.
  readRegister(x: number): bigint { return this.getState(State.x + x * 8); }
  writeRegister(x: number, value: bigint): void { if (x !== 0) this.setState(State.x + x * 8, value); }
  readFloatRegister(f: number): bigint { return this.getState(State.f + f * 8); }
  writeFloatRegister(f: number, value: bigint): void { this.setState(State.f + f * 8, value); }

  /// Storage of a CSR. Use `readCsr` to see what a guest sees.
  getCsr(name: string): bigint { return this.getState(csrOffset(name)); }
  setCsr(name: string, value: bigint): void { this.setState(csrOffset(name), value); }

  get status(): number { return this.word(MSTATUS); }
  set status(status: number) {
    this.quick.storeStatus(status, this.address);
    this.translationChanged();
    this.attention = true;
  }

  /// fcsr changed, other than by a flag that compiled code sets.
  floatControlChanged(): void {
    const settled = (this.word(FCSR) & 0xe1) === 1;
    this.setWord(State.floatLimitS, settled ? FAST_LIMIT_S : 0);
    this.view.setBigInt64(this.address + State.floatLimitD, settled ? BigInt(FAST_LIMIT_D) : 0n, true);
    this.quick.storeStatus(this.status, this.address);
  }

  get cpu(): Cpu { return this.host.cpu; }
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
      },
    };
  }

  interruptsChanged(): void {
    this.attention = true;
    if (this.waiting && this.pending !== 0) this.waiting = false;
  }

  /// Interrupts that are pending and enabled one by one.
  get pending(): number { return (this.word(MIP) | this.pins) & this.word(MIE); }

  ticks(): bigint { return this.host.ticks(); }

  supervisorTimerChanged(): void {
    this.host.setSupervisorTimer(this.id, hasSupervisorTimer(this) ? this.getCsr("stimecmp") : undefined);
    this.host.devicesChanged();
  }

  /// What firmware does for S-mode, with Sstc or without.
  setSupervisorTimer(ticks: bigint): void {
    this.setCsr("stimecmp", ticks);
    this.host.setSupervisorTimer(this.id, ticks);
    this.host.devicesChanged();
  }

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

  // By offset

  protected word(offset: number): number { return this.words[this.wordIndex + (offset >> 2)] as number; }
  protected setWord(offset: number, value: number): void { this.words[this.wordIndex + (offset >> 2)] = value; }
  protected getState(offset: number): bigint { return this.view.getBigUint64(this.address + offset, true); }
  protected setState(offset: number, value: bigint): void { this.view.setBigInt64(this.address + offset, value, true); }

  /// Instructions that retired before the current run.
  protected get retiredBefore(): number { return this.view.getFloat64(this.address + State.retired, true); }
  protected set retiredBefore(value: number) { this.view.setFloat64(this.address + State.retired, value, true); }

  /// Moves the pc.
  protected advance(bytes: number): void {
    const low = (this.word(State.pc) + bytes) | 0;
    this.setWord(State.pc, low);
    if (low >>> 0 < bytes) this.setWord(State.pc + 4, (this.word(State.pc + 4) + 1) | 0);
  }

  protected clearReservation(): void {
    this.setWord(State.reservation, -1);
    this.setWord(State.reservation + 4, -1);
  }
}
