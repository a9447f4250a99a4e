// Machine code before it has registers: rows of the instruction table with
// operands, and a few pseudo-instructions that emission expands.
//
// Registers 0 to 31 are the machine's x, 32 to 63 its f registers (DWARF's own
// numbers), those above are virtual: each is of one file. A branch in
// the middle of a block goes to a trap and never comes back, so nothing is
// live along it and it ends no block.

import { rowByMnemonic } from "../../emulator/isa/table.js";
import type { Asm, FuncAttributes, Location, Reason, Value } from "../ir/types.js";
import type { DebugScope } from "../object/debug.js";
import type { Snapshot } from "./variables.js";

export type Reg = number;
export const FIRST_FLOAT = 32,
  FIRST_VIRTUAL = 64,
  FIRST_VIRTUAL_FLOAT = 1 << 24;
export const isVirtual = (reg: Reg) => reg >= FIRST_VIRTUAL;
/// It is one of the FP registers.
export const isFloatReg = (reg: Reg) => reg >= FIRST_VIRTUAL_FLOAT || (reg >= FIRST_FLOAT && reg < FIRST_VIRTUAL);
const f = (reg: number): Reg => reg + FIRST_FLOAT;

export const SLOT_BYTES = 8;
export const zero = 0,
  ra = 1,
  sp = 2,
  gp = 3,
  tp = 4;
export const argumentRegs: readonly Reg[] = [10, 11, 12, 13, 14, 15, 16, 17];
const temporaries: readonly Reg[] = [5, 6, 7, 28, 29, 30, 31];
const savedByCallee: readonly Reg[] = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
export const callerSaved: readonly Reg[] = [...argumentRegs, ...temporaries];
export const floatArgumentRegs: readonly Reg[] = [10, 11, 12, 13, 14, 15, 16, 17].map(f);
const floatTemporaries: readonly Reg[] = [0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 30, 31].map(f);
const floatCalleeSaved: readonly Reg[] = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27].map(f);
export const floatCallerSaved: readonly Reg[] = [...floatArgumentRegs, ...floatTemporaries];
/// In the order of preference: those that compressed instructions reach come first.
export const allocatable: readonly Reg[] = [15, 14, 13, 12, 11, 10, 16, 17, ...temporaries, ...savedByCallee];
export const calleeSaved: readonly Reg[] = [...savedByCallee, ...floatCalleeSaved];
export const allocatableFloats: readonly Reg[] = [
  ...[15, 14, 13, 12, 11, 10, 16, 17].map(f),
  ...floatTemporaries,
  ...floatCalleeSaved,
];
/// Never allocated, and never live or dead: they hold the same thing everywhere.
export const reservedRegs: Readonly<Record<string, Reg>> = { zero, sp, gp, tp };

/// A part of the frame; where it begins is known when the frame is built.
export type FrameArea = "outgoing" | "spills" | "slots" | "incoming";

export interface Instr {
  /// A mnemonic of the table, or mv, fmv (all bits), li, la, call, callr (to rs1), ret, j, ebreak, asm.
  op: string;
  rd?: Reg;
  rs1?: Reg;
  rs2?: Reg;
  imm?: number;
  /// li
  readonly value?: bigint;
  /// la, call; a load or store with one addresses it directly.
  readonly symbol?: string;
  /// Branches and j.
  target?: MachineBlock;
  /// imm counts from this area, rs1 is sp.
  readonly area?: FrameArea;
  /// Registers read and written beside the operands: those of a call; an asm's inputs; its outputs, then clobbers.
  reads?: Reg[];
  writes?: Reg[];
  /// What it writes is written while its operands are still needed.
  readonly early?: boolean;
  readonly asm?: Asm;
  readonly location?: Location | undefined;
  /// Of an ebreak.
  readonly reason?: Reason;
  /// Changes the frame: for the debugger's unwinding.
  readonly frameStep?: FrameStep;
  /// For the debugger: what it knows before this instruction, and when it has begun.
  variables?: Snapshot | undefined;
  during?: Snapshot | undefined;
}

/// All instructions are made here, field by field: they have one shape then, which whoever reads them is compiled for.
export function newInstr(parts: Instr, location = parts.location): Instr {
  return {
    op: parts.op,
    rd: parts.rd,
    rs1: parts.rs1,
    rs2: parts.rs2,
    imm: parts.imm,
    value: parts.value,
    symbol: parts.symbol,
    target: parts.target,
    area: parts.area,
    reads: parts.reads,
    writes: parts.writes,
    early: parts.early,
    asm: parts.asm,
    location,
    reason: parts.reason,
    frameStep: parts.frameStep,
    variables: parts.variables,
    during: parts.during,
  };
}
/// A copy with some parts changed.
export const changed = (instr: Instr, parts: Partial<Instr>): Instr => Object.assign(newInstr(instr), parts);

/// Where the areas begin, counted from sp, and how far below the caller's sp that is.
export interface FrameLayout {
  readonly bases: Readonly<Record<FrameArea, number>>;
  readonly size: number;
}

/// The frame after this instruction: sp is that many bytes below the caller's, these registers lie at sp + offset.
export interface FrameStep {
  readonly bytes: number;
  readonly saved: readonly { readonly reg: Reg; readonly offset: number }[];
}

export interface MachineBlock {
  readonly label: string;
  code: Instr[];
  successors: MachineBlock[];
  readonly depth: number;
  /// Leads only to a trap.
  readonly cold?: boolean;
}

export interface MachineFunc {
  readonly name: string;
  readonly attributes: FuncAttributes;
  readonly location: Location | undefined;
  blocks: MachineBlock[];
  nextVirtual: Reg;
  nextVirtualFloat: Reg;
  /// Bytes in each area of the frame.
  readonly frame: { outgoing: number; spills: number; slots: number };
  /// Registers beside the callee-saved ones that are saved where they are written.
  readonly alsoSaved: readonly Reg[];
  /// Where values and slots went.
  readonly selected: { registerOf(value: Value): Reg | undefined; readonly slots: ReadonlyMap<string, number> };
  /// Registers that live in the frame, by their offset in the spills.
  readonly spilled: Map<Reg, number>;
  /// Known when the frame is built.
  layout?: FrameLayout;
  /// The variables, when they have their places.
  scope?: DebugScope;
}

/// A register of its own, of the file of another one.
export function freshLike(fn: Pick<MachineFunc, "nextVirtual" | "nextVirtualFloat">, reg: Reg): Reg {
  return isFloatReg(reg) ? fn.nextVirtualFloat++ : fn.nextVirtual++;
}

const none: readonly Reg[] = [];

export function defsOf({ rd, writes }: Instr): readonly Reg[] {
  if (!writes) return rd === undefined ? none : [rd];
  return rd === undefined ? writes : [rd].concat(writes);
}

const isTracked = (reg: Reg | undefined): reg is Reg => reg !== undefined && (reg > tp || reg === ra);

/// Registers that it reads, the reserved ones left out.
export function usesOf({ rs1, rs2, reads }: Instr): readonly Reg[] {
  // Lists that begin empty and grow take more room than these.
  const own: readonly Reg[] = isTracked(rs1) ? (isTracked(rs2) ? [rs1, rs2] : [rs1]) : isTracked(rs2) ? [rs2] : none;
  return reads ? own.concat(reads.filter(isTracked)) : own;
}

/// Puts other registers in place of its own.
export function mapRegs(instr: Instr, change: (reg: Reg) => Reg): void {
  if (instr.rd !== undefined) instr.rd = change(instr.rd);
  if (instr.rs1 !== undefined) instr.rs1 = change(instr.rs1);
  if (instr.rs2 !== undefined) instr.rs2 = change(instr.rs2);
  if (instr.reads) instr.reads = instr.reads.map(change);
  if (instr.writes) instr.writes = instr.writes.map(change);
}

/// Its register has what another had.
export const isCopy = ({ op }: Instr) => op === "mv" || op === "fmv";
export const copyOf = (rd: Reg, rs1: Reg): Instr => ({ op: isFloatReg(rd) ? "fmv" : "mv", rd, rs1 });

export const isCall = ({ op }: Instr) => op === "call" || op === "callr";
const branchOps: ReadonlySet<string> = new Set([...rowByMnemonic.keys()].filter((op) => op.startsWith("b") && rowByMnemonic.get(op)!.text.includes("offset")));
export const isBranch = ({ op }: Instr) => branchOps.has(op);
export const fitsImm12 = (value: bigint | number) => value >= -2048 && value < 2048;
