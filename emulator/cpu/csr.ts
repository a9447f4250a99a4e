// The CSR table: one row for each CSR. What a CSR does not say here it does
// not do: a CSR without `write` ignores writes, a number without a row is an
// illegal instruction. Privilege and read-only are in the number.
// ISA manual, volume II, chapters 2 to 4 and 10.
//
// Values are bigints from 0 to 2^64 - 1. What is on the hot path of kernels is
// `inline`: the engines access its storage without coming here.

import type { Cpu } from "../isa/cpu.js";
import { csrNumbers } from "../isa/csr-names.js";
import type { OperandName } from "../isa/operand.js";
import { quickCsrs } from "../isa/quick-functions.js";
import { type Inline, Privilege, type Row } from "../isa/row.js";
import { isAddressLocked, PMP_ENTRIES, writtenConfig } from "./pmp.js";
import { DELEGABLE_EXCEPTIONS, Environment, EnvironmentHigh, Interrupt, MACHINE_INTERRUPTS, MSTATUS_WRITABLE, SSTATUS_WRITABLE, Status, SUPERVISOR_INTERRUPTS } from "./status.js";

/// What CSRs need of a hart.
export interface CsrHart {
  readonly id: number;
  readonly cpu: Cpu;
  readonly privilege: Privilege;
  /// The storage of a CSR.
  getCsr(name: string): bigint;
  setCsr(name: string, value: bigint): void;
  /// The lower half of mstatus, and what follows from a change: translation, interrupts, FP.
  status: number;
  /// The interrupt pins, as bits of mip.
  readonly pins: number;
  /// Something changed that decides whether an interrupt is taken.
  interruptsChanged(): void;
  translationChanged(): void;
  floatControlChanged(): void;
  protectionChanged(): void;
  /// stimecmp or menvcfg.STCE changed.
  supervisorTimerChanged(): void;
  /// Instructions retired, and mtime.
  readonly retired: number;
  ticks(): bigint;
  getCounter(name: "instret" | "cycle"): bigint;
  setCounter(name: "instret" | "cycle", value: bigint): void;
}

interface Csr {
  readonly read: (hart: CsrHart) => bigint;
  /// What csrrs and csrrc start from, where it is not what they read.
  readonly base?: (hart: CsrHart) => bigint;
  readonly write?: (hart: CsrHart, value: bigint) => void;
  /// Where the access is legal, beyond privilege.
  readonly allowed?: (hart: CsrHart) => boolean;
  /// Nothing but storage (and the bits that a write may set, as a signed number), or storage that may be read as it is.
  readonly inline?: { readonly kind: "storage"; readonly mask: number } | { readonly kind: "read" };
}

const ALL = (1n << 64n) - 1n;
const SUPERVISOR_TIMER = 1n << BigInt(Interrupt.supervisorTimer);

const table: Readonly<Record<string, Csr>> = {
  fflags: { read: (hart) => hart.getCsr("fcsr") & 0x1fn, write: (hart, value) => writeFloat(hart, (hart.getCsr("fcsr") & ~0x1fn) | (value & 0x1fn)), allowed: floatIsOn },
  frm: { read: (hart) => hart.getCsr("fcsr") >> 5n, write: (hart, value) => writeFloat(hart, (hart.getCsr("fcsr") & 0x1fn) | ((value & 7n) << 5n)), allowed: floatIsOn },
  fcsr: { read: (hart) => hart.getCsr("fcsr"), write: (hart, value) => writeFloat(hart, value & 0xffn), allowed: floatIsOn },

  cycle: { read: (hart) => hart.getCounter("cycle"), allowed: counterIsEnabled(0) },
  time: { read: (hart) => hart.ticks(), allowed: counterIsEnabled(1) },
  instret: { read: (hart) => hart.getCounter("instret"), allowed: counterIsEnabled(2) },
  mcycle: { read: (hart) => hart.getCounter("cycle"), write: (hart, value) => hart.setCounter("cycle", value) },
  minstret: { read: (hart) => hart.getCounter("instret"), write: (hart, value) => hart.setCounter("instret", value) },
  ...eachOf(/^hpmcounter(\d+)$/, (index) => ({ read: () => 0n, allowed: counterIsEnabled(index) })),
  ...eachOf(/^mhpm/, () => ({ read: () => 0n })),
  mcountinhibit: {
    read: (hart) => hart.getCsr("mcountinhibit"),
    write: (hart, value) => {
      // A counter that stops keeps what it has; one that starts goes on from there.
      const changed = (hart.getCsr("mcountinhibit") ^ value) & 5n;
      const counters = { cycle: hart.getCounter("cycle"), instret: hart.getCounter("instret") };
      hart.setCsr("mcountinhibit", value & 5n);
      if (changed & 1n) hart.setCounter("cycle", counters.cycle);
      if (changed & 4n) hart.setCounter("instret", counters.instret);
    },
  },
  mcounteren: masked("mcounteren", 0xffff_ffffn),
  scounteren: masked("scounteren", 0xffff_ffffn),

  mvendorid: { read: () => 0n },
  marchid: { read: () => 0n },
  mimpid: { read: () => 0n },
  mconfigptr: { read: () => 0n },
  mhartid: { read: (hart) => BigInt(hart.id) },
  misa: { read: (hart) => hart.cpu.misa },

  mstatus: { read: (hart) => hart.getCsr("mstatus"), write: (hart, value) => writeStatus(hart, value, MSTATUS_WRITABLE), inline: { kind: "read" } },
  sstatus: { read: (hart) => hart.getCsr("sstatus"), write: (hart, value) => writeStatus(hart, value, SSTATUS_WRITABLE), inline: { kind: "read" } },
  medeleg: masked("medeleg", DELEGABLE_EXCEPTIONS),
  mideleg: { ...masked("mideleg", BigInt(SUPERVISOR_INTERRUPTS)), write: (hart, value) => { hart.setCsr("mideleg", value & BigInt(SUPERVISOR_INTERRUPTS)); hart.interruptsChanged(); } },
  mie: interruptBits("mie", () => BigInt(MACHINE_INTERRUPTS | SUPERVISOR_INTERRUPTS), () => ALL),
  sie: interruptBits("mie", (hart) => hart.getCsr("mideleg"), (hart) => hart.getCsr("mideleg")),
  // Pins are not part of what csrrs and csrrc write back: a bit that software never set stays clear.
  mip: interruptBits("mip", (hart) => BigInt(SUPERVISOR_INTERRUPTS) & ~(hasSupervisorTimer(hart) ? SUPERVISOR_TIMER : 0n), () => ALL),
  sip: interruptBits("mip", (hart) => hart.getCsr("mideleg") & 2n, (hart) => hart.getCsr("mideleg")),

  mtvec: vector("mtvec"),
  stvec: vector("stvec"),
  mscratch: storage("mscratch", -1), sscratch: storage("sscratch", -1),
  // Instructions are 2-byte aligned.
  mepc: exceptionPc("mepc"), sepc: exceptionPc("sepc"),
  mcause: storage("mcause", -1), scause: storage("scause", -1),
  mtval: storage("mtval", -1), stval: storage("stval", -1),
  menvcfg: {
    ...environment("menvcfg", menvcfgWritable),
    write: (hart, value) => {
      environment("menvcfg", menvcfgWritable).write?.(hart, value);
      if (hasSupervisorTimer(hart)) hart.setCsr("mip", hart.getCsr("mip") & ~SUPERVISOR_TIMER);
      hart.supervisorTimerChanged();
    },
  },
  senvcfg: environment("senvcfg", () => BigInt(Environment.fiom)),

  // Sstc: S-mode's own timer, where M-mode lets it have one.
  stimecmp: {
    read: (hart) => hart.getCsr("stimecmp"),
    write: (hart, value) => { hart.setCsr("stimecmp", value); hart.supervisorTimerChanged(); },
    allowed: (hart) => hart.cpu.has("sstc") && (hart.privilege === Privilege.machine || (hasSupervisorTimer(hart) && (hart.getCsr("mcounteren") & 2n) !== 0n)),
  },

  // Bare or Sv39; a write of any other mode has no effect. The page number has 44 bits, the ASID 16.
  satp: {
    read: (hart) => hart.getCsr("satp"),
    write: (hart, value) => {
      const mode = value >> 60n;
      if (mode !== 0n && mode !== 8n) return;
      hart.setCsr("satp", mode === 0n ? 0n : value);
      hart.translationChanged();
    },
    allowed: (hart) => hart.privilege !== Privilege.supervisor || !(hart.status & Status.tvm),
  },

  ...eachOf(/^pmpcfg([02])$/, (index, name) => ({
    read: (hart) => hart.getCsr(name),
    write: (hart, value) => {
      for (let entry = 0; entry < 8; entry++) setPmpConfig(hart, index * 4 + entry, Number((value >> BigInt(entry * 8)) & 0xffn));
      hart.protectionChanged();
    },
  })),
  ...eachOf(/^pmpaddr(\d|1[0-5])$/, (index, name) => ({
    read: (hart) => hart.getCsr(name),
    write: (hart, value) => {
      if (isAddressLocked(pmpConfig(hart, index), index + 1 < PMP_ENTRIES ? pmpConfig(hart, index + 1) : 0)) return;
      hart.setCsr(name, value & ((1n << 54n) - 1n));
      hart.protectionChanged();
    },
  })),
  ...eachOf(/^t(select|data\d)$/, () => ({ read: () => 0n })),
};

const byNumber = new Map(Object.entries(table).map(([name, csr]) => [csrNumbers[name], csr]));
const nameByNumber = new Map(Object.keys(table).map((name) => [csrNumbers[name], name]));

/// Reads a CSR, and writes what `update` makes of it. Undefined where it is illegal for the hart as it is.
export function accessCsr(hart: CsrHart, number: number, update?: (old: bigint) => bigint): bigint | undefined {
  const csr = byNumber.get(number);
  const readOnly = number >>> 10 === 3;
  if (!csr || privilegeOf(number) > hart.privilege || (update && readOnly) || csr.allowed?.(hart) === false) return undefined;
  const old = csr.read(hart);
  if (update) csr.write?.(hart, BigInt.asUintN(64, update(csr.base ? csr.base(hart) : old)));
  return old;
}

/// Writes as M-mode would, whatever mode the hart is in; to read-only CSRs nothing happens.
export function writeCsr(hart: CsrHart, number: number, value: bigint): void {
  byNumber.get(number)?.write?.(hart, BigInt.asUintN(64, value));
}

/// One CSR as M-mode reads it.
export function readCsr(hart: CsrHart, number: number): bigint | undefined {
  return byNumber.get(number)?.read(hart);
}

/// Every CSR as M-mode reads it.
export function readCsrs(hart: CsrHart): Record<string, bigint> {
  return Object.fromEntries(Object.entries(table).map(([name, { read }]) => [name, read(hart)]));
}

export interface Inlined {
  readonly kind: keyof Inline;
  /// Of the CSR; empty where the row names none.
  readonly name: string;
  readonly mask: number;
  readonly privilege: number;
}

/// How an engine may run a CSR row by itself, if it may. Privilege remains to be checked.
export function inlineOf(row: Row, operands: Partial<Record<OperandName, number>>): Inlined | undefined {
  if (!("perform" in row.meaning) || !row.meaning.inline) return undefined;
  if (operands.csr === undefined) return { kind: "quick", name: "", mask: 0, privilege: 0 };
  const name = nameByNumber.get(operands.csr);
  const inline = name === undefined ? undefined : table[name]?.inline;
  if (name === undefined || !(inline || quickCsrs[name])) return undefined;
  const reads = !row.mnemonic.startsWith("csrrw") && (operands.rs1 ?? operands.uimm) === 0;
  const privilege = privilegeOf(operands.csr);
  if (reads) return inline && { kind: "read", name, mask: 0, privilege };
  if (quickCsrs[name]) return { kind: "quick", name, mask: 0, privilege };
  return inline?.kind === "storage" ? { kind: "storage", name, mask: inline.mask, privilege } : undefined;
}

function privilegeOf(number: number): number {
  return (number >>> 8) & 3;
}

function storage(name: string, mask: number): Csr {
  return { ...masked(name, BigInt.asUintN(64, BigInt(mask))), inline: { kind: "storage", mask } };
}

/// Without compressed instructions bit 1 is zero too, which no engine does by itself.
function exceptionPc(name: string): Csr {
  return {
    ...storage(name, -2),
    write: (hart, value) => hart.setCsr(name, value & (hart.cpu.has("c") ? ALL - 1n : ALL - 3n)),
  };
}

function masked(name: string, mask: bigint): Csr {
  return { read: (hart) => hart.getCsr(name), write: (hart, value) => hart.setCsr(name, value & mask) };
}

/// What S-mode may have of the extensions that the processor has, by bits of menvcfg's upper half.
export function environmentHigh(cpu: Cpu): number {
  return (cpu.has("svadu") ? EnvironmentHigh.adue : 0) | (cpu.has("svpbmt") ? EnvironmentHigh.pbmte : 0) | (cpu.has("sstc") ? EnvironmentHigh.stce : 0);
}

function menvcfgWritable(hart: CsrHart): bigint {
  return BigInt(Environment.fiom) | (BigInt.asUintN(32, BigInt(environmentHigh(hart.cpu))) << 32n);
}

/// What is in `writable`, and what may be done with cache blocks. CBIE is not to be 2.
function environment(name: "menvcfg" | "senvcfg", writable: (hart: CsrHart) => bigint): Csr {
  return {
    read: (hart) => hart.getCsr(name),
    write: (hart, value) => {
      const blocks = BigInt((hart.cpu.has("zicbom") ? Environment.cbie | Environment.cbcfe : 0) | (hart.cpu.has("zicboz") ? Environment.cbze : 0));
      const isReserved = ((value >> 4n) & 3n) === 2n;
      hart.setCsr(name, (value & (writable(hart) | blocks) & ~(isReserved ? 0x30n : 0n)) | (isReserved ? hart.getCsr(name) & 0x30n : 0n));
      hart.translationChanged();
    },
  };
}

/// Mode 0 is direct, 1 vectored; a write of a reserved mode has no effect.
function vector(name: string): Csr {
  return { read: (hart) => hart.getCsr(name), write: (hart, value) => { if ((value & 3n) < 2n) hart.setCsr(name, value); } };
}

function interruptBits(name: "mie" | "mip", writable: (hart: CsrHart) => bigint, visible: (hart: CsrHart) => bigint): Csr {
  const stored = (hart: CsrHart) => hart.getCsr(name) & visible(hart);
  return {
    read: (hart) => (name === "mip" ? (hart.getCsr(name) | BigInt(hart.pins)) & visible(hart) : stored(hart)),
    base: stored,
    write: (hart, value) => {
      const mask = writable(hart);
      hart.setCsr(name, (hart.getCsr(name) & ~mask) | (value & mask));
      hart.interruptsChanged();
    },
  };
}

function writeStatus(hart: CsrHart, value: bigint, writable: number): void {
  const low = Number(BigInt.asIntN(32, value));
  const mask = hart.cpu.has("f") ? writable : writable & ~Status.fs;
  let status = (hart.status & ~mask) | (low & mask);
  // MPP holds 0, 1 or 3.
  if ((status & Status.mpp) >> Status.mppShift === 2) status = (status & ~Status.mpp) | (hart.status & Status.mpp);
  hart.status = status;
}

function floatIsOn(hart: CsrHart): boolean {
  return (hart.status & Status.fs) !== 0;
}

function writeFloat(hart: CsrHart, value: bigint): void {
  hart.setCsr("fcsr", value);
  hart.floatControlChanged();
  hart.status |= Status.fs;
}

/// menvcfg.STCE: mip.STIP is what stimecmp says.
export function hasSupervisorTimer(hart: Pick<CsrHart, "getCsr">): boolean { return hart.getCsr("menvcfg") >> 63n !== 0n; }

function pmpCsr(entry: number): string { return entry < 8 ? "pmpcfg0" : "pmpcfg2"; }

function pmpConfig(hart: CsrHart, entry: number): number { return Number((hart.getCsr(pmpCsr(entry)) >> BigInt((entry % 8) * 8)) & 0xffn); }

function setPmpConfig(hart: CsrHart, entry: number, value: number): void {
  const shift = BigInt((entry % 8) * 8), name = pmpCsr(entry);
  const config = writtenConfig(pmpConfig(hart, entry), value);
  hart.setCsr(name, (hart.getCsr(name) & ~(0xffn << shift)) | (BigInt(config) << shift));
}

/// A counter is readable in S-mode where mcounteren says so, and in U-mode where scounteren does too.
function counterIsEnabled(index: number) {
  const bit = 1n << BigInt(index);
  return (hart: CsrHart) =>
    (hart.privilege === Privilege.machine || (hart.getCsr("mcounteren") & bit) !== 0n) && (hart.privilege !== Privilege.user || (hart.getCsr("scounteren") & bit) !== 0n);
}

/// A row for every CSR whose name matches; the number in the name comes with it.
function eachOf(pattern: RegExp, make: (index: number, name: string) => Csr): Record<string, Csr> {
  const names = Object.keys(csrNumbers).filter((name) => pattern.test(name));
  return Object.fromEntries(names.map((name) => [name, make(Number(pattern.exec(name)?.[1] ?? 0), name)]));
}
