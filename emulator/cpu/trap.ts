// Traps: how a hart takes exceptions and interrupts, returns from them, and
// waits for them. ISA manual, volume II, chapters 3.1.6 to 3.1.9, 3.3 and 4.1.
//
// No BigInt is made here, unless an observer wants to know.

import type { Halt } from "./breakpoints.js";
import { Cause } from "../isa/machine.js";
import { Privilege } from "../isa/row.js";
import { type HartState, MEDELEG, MIDELEG } from "./hart-state.js";
import { csrOffset, PAGE, State } from "./layout.js";
import { ACCESS_FAULT } from "./mmu.js";
import { Allowed } from "./pmp.js";
import { interruptPriority, SSTATUS_WRITABLE, Status } from "./status.js";
import type { Access } from "./tlb.js";
import { TranslatingHart } from "./translation.js";

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
  trapped?(hart: HartState, trap: Trap): void;
  /// An ebreak at the hart's pc, before it is a trap. Costs nothing where there is none.
  broke?(hart: HartState): void;
  /// Before each instruction. The interpreter then runs them one by one.
  executing?(hart: HartState): void;
  /// An instruction accessed a CSR; `written` is what it holds now, where it was written. The interpreter runs all then.
  csrAccessed?(hart: HartState, name: string, old: bigint, written: bigint | undefined): void;
  /// `value` is what the device gave or got, at most 32 bits.
  deviceAccessed?(hart: HartState, device: string, access: "load" | "store", byteOffset: number, bytes: number, value: number): void;
  /// By mret or sret; the instruction has retired.
  returned?(hart: HartState, from: Privilege): void;
}

/// Traps in a row, with no instruction between them, that end the guest.
const STORM = 8;

const pageFaults: Record<Access, number> = { fetch: Cause.fetchPageFault, load: Cause.loadPageFault, store: Cause.storePageFault };
export const accessFaults: Record<Access, number> = { fetch: Cause.fetchAccess, load: Cause.loadAccess, store: Cause.storeAccess };

const machineTrap = trapCsrs("m");
const supervisorTrap = trapCsrs("s");

export abstract class TrappingHart extends TranslatingHart {
  #observer: HartObserver = {};
  /// The first of traps that follow each other for ever, if that is where the guest is.
  death: Trap | undefined;
  #trapsInARow = 0;
  #retiredAtTrap = -1;
  #haltedAt: { readonly retired: number; readonly pc: bigint } | undefined;
  #firstTrap: TrapWords = [0, 0, 0, 0, 0, 0, Privilege.machine, Privilege.machine];

  get observer(): HartObserver { return this.#observer; }
  set observer(observer: HartObserver) {
    this.#observer = observer;
    this.deriveConstants();
  }

  /// What compiled code needs to know and no instruction changes.
  protected deriveConstants(): void {
    this.setWord(State.sstatusWritable, this.cpu.has("f") ? SSTATUS_WRITABLE : SSTATUS_WRITABLE & ~Status.fs);
    const { trapped, returned, csrAccessed } = this.#observer;
    this.setWord(State.observed, Number(trapped !== undefined || returned !== undefined || csrAccessed !== undefined || this.stepping || this.host.breakpoints.any));
  }

  /// Ends the run after the instruction that is being performed.
  abstract stop(): void;

  protected haltFor(halt: Halt): void {
    this.halt ??= halt;
    this.stop();
  }

  /// Before the instruction at the pc, which runs when the hart goes on.
  protected haltHere(halt: Halt): void {
    this.haltFor(halt);
    this.#haltedAt = { retired: this.retired, pc: this.pc };
  }

  /// Whether the hart stopped here already.
  protected goesOn(): boolean { return this.#haltedAt?.retired === this.retired && this.#haltedAt.pc === this.pc; }

  protected exception(cause: number, valueLow: number, valueHigh: number): void {
    const { privilege } = this;
    const delegated = privilege !== Privilege.machine && (this.word(MEDELEG) >>> cause) & 1;
    this.#trap(false, cause, valueLow, valueHigh, delegated ? Privilege.supervisor : Privilege.machine);
  }

  /// Takes the most important interrupt that may be taken, if there is one.
  protected takeInterrupt(): void {
    const pending = this.pending;
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
    if (cause === Cause.breakpoint && !interrupt) this.observer.broke?.(this);
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
    if (interrupt && vectored) this.advance(4 * cause);
    this.clearReservation();
    if (this.stepping) this.haltFor({ kind: "step" });
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
    this.clearReservation();
    if (this.observer.returned) this.observer.returned(this, from);
    return true;
  }

  waitForInterrupt(): boolean {
    const { privilege } = this;
    if (privilege === Privilege.user || (privilege === Privilege.supervisor && this.status & Status.tw)) return false;
    if (this.pending === 0) {
      this.waiting = true;
      this.attention = true;
    }
    return true;
  }

  /// Of the last `reach`: PMP allows these bytes, and perhaps not the rest of the page.
  protected onlyOnce = false;

  /// The page that bytes in one page lie in, or less than zero after the trap that the access makes.
  protected reach(access: Access, low: number, high: number, bytes: number, faultsAs = access): number {
    const regime = access === "fetch" ? this.fetchRegime : this.dataRegime;
    const page = this.mmu.translate(access, low, high, regime);
    if (page < 0) {
      this.exception((page === ACCESS_FAULT ? accessFaults : pageFaults)[faultsAs], low, high);
      return page;
    }
    this.onlyOnce = false;
    if (this.pmp.isOpen(regime.privilege)) return page;
    const allowed = this.pmp.check(access, page * PAGE + (low & (PAGE - 1)), bytes, regime.privilege);
    this.onlyOnce = allowed === Allowed.once;
    if (allowed !== Allowed.no) return page;
    this.exception(accessFaults[faultsAs], low, high);
    return ACCESS_FAULT;
  }

  protected forgetTraps(): void {
    this.death = undefined;
    this.#retiredAtTrap = -1;
  }
}

function trapCsrs(mode: "m" | "s") {
  return { epc: csrOffset(`${mode}epc`), cause: csrOffset(`${mode}cause`), value: csrOffset(`${mode}tval`), vector: csrOffset(`${mode}tvec`) };
}

function describeTrap([interrupt, cause, pcLow, pcHigh, valueLow, valueHigh, from, to]: TrapWords): Trap {
  return { interrupt: interrupt !== 0, cause, pc: join(pcLow, pcHigh), value: join(valueLow, valueHigh), from, to };
}

function join(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
