// Machine code before it has registers: rows of the instruction table with
// operands, and a few pseudo-instructions that emission expands.
//
// Registers 0 to 31 are the machine's, those above are virtual. A branch in
// the middle of a block goes to a trap and never comes back, so nothing is
// live along it and it ends no block.

import { rowByMnemonic } from "../../emulator/isa/table.js";
import type { Reason } from "../ir/types.js";

export type Reg = number;
export const FIRST_VIRTUAL = 32;
export const isVirtual = (reg: Reg) => reg >= FIRST_VIRTUAL;

export const SLOT_BYTES = 8;
export const zero = 0,
  ra = 1,
  sp = 2;
export const argumentRegs: readonly Reg[] = [10, 11, 12, 13, 14, 15, 16, 17];
const temporaries: readonly Reg[] = [5, 6, 7, 28, 29, 30, 31];
export const calleeSaved: readonly Reg[] = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
export const callerSaved: readonly Reg[] = [...argumentRegs, ...temporaries];
/// In the order of preference: those that compressed instructions reach come first.
export const allocatable: readonly Reg[] = [15, 14, 13, 12, 11, 10, 16, 17, ...temporaries, ...calleeSaved];

export interface Instr {
  /// A mnemonic of the table, or mv, li, la, call, ret, j, ebreak.
  readonly op: string;
  rd?: Reg;
  rs1?: Reg;
  rs2?: Reg;
  imm?: number;
  /// li
  readonly value?: bigint;
  /// la, call
  readonly symbol?: string;
  /// Branches and j.
  target?: MachineBlock;
  /// Registers that call and ret read beside their operands.
  readonly reads?: readonly Reg[];
}

export interface MachineBlock {
  readonly label: string;
  code: Instr[];
  successors: MachineBlock[];
  readonly depth: number;
  readonly trap?: Reason;
}

export interface MachineFunc {
  readonly name: string;
  blocks: MachineBlock[];
  nextVirtual: Reg;
  /// Spill slots, of eight bytes.
  slots: number;
}

export function defsOf(instr: Instr): readonly Reg[] {
  if (instr.op === "call") return callerSaved;
  return instr.rd === undefined ? [] : [instr.rd];
}

export function usesOf({ rs1, rs2, reads = [] }: Instr): Reg[] {
  return [rs1, rs2, ...reads].filter((reg) => reg !== undefined);
}

export const isBranch = ({ op }: Instr) =>
  op.startsWith("b") && (rowByMnemonic.get(op)?.text.includes("offset") ?? false);
export const fitsImm12 = (value: bigint) => value >= -2048n && value < 2048n;
