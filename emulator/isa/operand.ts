// Operands: the names that fields of an instruction may have, and what each
// name means: a register file, a signed or unsigned number, how it is written.
// The names are the ISA manual's, with `f` before FP registers (frd, frs1).

import { csrNames, csrNumbers } from "./csr-names.js";
import type { Destination } from "./machine.js";
import type { F64, I64 } from "./value.js";

/// What a row's semantics receive under each name.
export interface OperandValues {
  rd: Destination<I64>; rs1: I64; rs2: I64;
  frd: Destination<F64>; frs1: F64; frs2: F64; frs3: F64;
  imm: I64; nzimm: I64; uimm: I64; nzuimm: I64; upper: I64; nzupper: I64; shamt: I64; offset: I64;
  csr: I64; rm: I64; aqrl: I64; pred: I64; succ: I64; fm: I64; order: I64; ignored: I64;
}
export type OperandName = keyof OperandValues;

export interface OperandKind {
  /// The register file that the operand is a number in.
  readonly file?: "x" | "f";
  /// Width in bits of a field that is written without a bit range.
  readonly width?: number;
  readonly signed?: boolean;
  /// Zero is a reserved encoding.
  readonly nonzero?: boolean;
  /// What an assembly text means that does not name the operand.
  readonly default?: number;
  print(value: number, pc?: number): string;
  parse(text: string, pc?: number): number;
}

const abiNames = "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");
const floatNames = "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11".split(" ");
const roundingModes = ["rne", "rtz", "rdn", "rup", "rmm", "5", "6", ""];
const orderings = ["", ".rl", ".aq", ".aqrl"];

const decimal = { print: (value: number) => String(value), parse: Number };
const hexadecimal = { print: (value: number) => `0x${value.toString(16)}`, parse: Number };
const xRegister: OperandKind = { file: "x", width: 5, ...spelled(abiNames) };
const fRegister: OperandKind = { file: "f", width: 5, ...spelled(floatNames) };
// The value is what goes into the register, the text is its upper 20 bits.
const upperImmediate: OperandKind = {
  signed: true,
  print: (value) => `0x${((value >>> 12) & 0xfffff).toString(16)}`,
  parse: (text) => Number(text) << 12,
};
const fenceSet: OperandKind = { width: 4, ...spelled(Array.from({ length: 16 }, (_, set) => [..."iorw"].filter((_, bit) => set & (8 >> bit)).join("") || "0")) };

export const operandKinds: Readonly<Record<OperandName, OperandKind>> = {
  rd: xRegister, rs1: xRegister, rs2: xRegister,
  frd: fRegister, frs1: fRegister, frs2: fRegister, frs3: fRegister,
  imm: { signed: true, ...decimal },
  nzimm: { signed: true, nonzero: true, ...decimal },
  uimm: { width: 5, ...decimal },
  nzuimm: { nonzero: true, ...decimal },
  shamt: { ...hexadecimal },
  upper: upperImmediate,
  nzupper: { ...upperImmediate, nonzero: true },
  offset: {
    signed: true,
    print: (value, pc) => (pc === undefined ? `.${value < 0 ? "" : "+"}${value}` : `0x${(pc + value).toString(16)}`),
    parse: (text, pc) => (text.startsWith(".") ? Number(text.slice(1)) : Number(text) - (pc ?? 0)),
  },
  csr: {
    print: (value) => csrNames.get(value) ?? `0x${value.toString(16)}`,
    parse: (text) => csrNumbers[text] ?? Number(text),
  },
  rm: { width: 3, print: (mode) => roundingModes[mode] ?? "", parse: (text) => roundingModes.indexOf(text.trim()) },
  aqrl: { width: 2, ...spelled(orderings) },
  pred: fenceSet, succ: fenceSet,
  fm: { width: 4, default: 0, ...decimal },
  // fence.tso orders reads and writes with reads and writes: rw, rw.
  order: { default: 0x33, ...hexadecimal },
  ignored: { default: 0, ...decimal },
};

function spelled(names: readonly string[]) {
  return {
    print: (value: number) => names[value] ?? String(value),
    parse: (text: string) => names.indexOf(text),
  };
}
