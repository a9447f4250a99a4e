// Pseudo-instructions to rows of the table. Targets and symbols stay names
// until the layout is known.

import type { Operands } from "../../emulator/isa/row.js";
import { rowByMnemonic } from "../../emulator/isa/table.js";
import { fitsImm12, ra, zero, type Instr, type Reg } from "./machine.js";

export interface Piece {
  readonly mnemonic: string;
  operands: Operands;
  /// The label or symbol that the offset, or an address's high or low part, is measured to.
  readonly to?: { readonly name: string; readonly part: "offset" | "high" | "low"; readonly addend: number };
}

const commutative = new Set(["add", "and", "or", "xor", "addw"]);

export function expand(instr: Instr): Piece[] {
  const { op, rd, rs1, rs2, imm = 0, symbol = "" } = instr;
  const label = (name: string) => ({ name, part: "offset", addend: 0 }) as const;
  switch (op) {
    case "mv":
      return [{ mnemonic: "add", operands: { rd: rd!, rs1: zero, rs2: rs1! } }];
    case "li":
      return loadConstant(rd!, instr.value!);
    case "la":
      return [
        { mnemonic: "auipc", operands: { rd: rd! }, to: { name: symbol, part: "high", addend: imm } },
        { mnemonic: "addi", operands: { rd: rd!, rs1: rd! }, to: { name: symbol, part: "low", addend: imm } },
      ];
    case "call":
      return [{ mnemonic: "jal", operands: { rd: ra }, to: label(symbol) }];
    case "ret":
      return [{ mnemonic: "jalr", operands: { rd: zero, rs1: ra, imm: 0 } }];
    case "j":
      return [{ mnemonic: "jal", operands: { rd: zero }, to: label(instr.target!.label) }];
  }
  if (instr.target) return [{ mnemonic: op, operands: { rs1: rs1!, rs2: rs2! }, to: label(instr.target.label) }];
  // A compressed form wants the target as its first operand.
  const swap = commutative.has(op) && rs2 === rd;
  const registers = swap ? { rd, rs1: rs2, rs2: rs1 } : { rd, rs1, rs2 };
  return [{ mnemonic: op, operands: { ...withoutUndefined(registers), [immediateOf(op)]: imm } }];
}

/// lui and addi, then shifts and more addi for what is wider.
export function loadConstant(rd: Reg, value: bigint): Piece[] {
  if (fitsImm12(value)) return [{ mnemonic: "addi", operands: { rd, rs1: zero, imm: Number(value) } }];
  const low = BigInt.asIntN(12, value);
  if (BigInt.asIntN(32, value) === value) {
    const lui: Piece = { mnemonic: "lui", operands: { rd, upper: Number(BigInt.asIntN(32, value - low)) } };
    return low === 0n ? [lui] : [lui, { mnemonic: "addiw", operands: { rd, rs1: rd, imm: Number(low) } }];
  }
  let high = BigInt.asIntN(64, value - low) >> 12n;
  let shamt = 12;
  while ((high & 1n) === 0n) [high, shamt] = [high >> 1n, shamt + 1];
  const shifted: Piece[] = [...loadConstant(rd, high), { mnemonic: "slli", operands: { rd, rs1: rd, shamt } }];
  return low === 0n ? shifted : [...shifted, { mnemonic: "addi", operands: { rd, rs1: rd, imm: Number(low) } }];
}

/// What the row calls its immediate.
const immediateOf = (mnemonic: string) => (rowByMnemonic.get(mnemonic)!.text.includes("shamt") ? "shamt" : "imm");

function withoutUndefined(operands: Record<string, number | undefined>): Operands {
  return Object.fromEntries(Object.entries(operands).filter(([, value]) => value !== undefined));
}
