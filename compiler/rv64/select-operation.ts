// Selection of arithmetic: one machine operation, sometimes two, for each of
// the IR's. Operations on i32 use the `w` forms, which keep their results
// sign-extended.

import { bitsOf, operationOf, type Type } from "../ir/ops.js";
import type { Value } from "../ir/types.js";
import { fitsImm12, zero, type Instr, type Reg } from "./machine.js";
import type { Selector } from "./select.js";

interface Arithmetic {
  readonly op: string;
  readonly immediate?: string;
  /// For i32, where it has such a form.
  readonly word?: Arithmetic;
}
/// Machine operations, and their forms with an immediate.
const arithmetic: Record<string, Arithmetic> = {
  add: { op: "add", immediate: "addi", word: { op: "addw", immediate: "addiw" } },
  sub: { op: "sub", word: { op: "subw" } },
  mul: { op: "mul", word: { op: "mulw" } },
  mulhu: { op: "mulhu" },
  mulhs: { op: "mulh" },
  and: { op: "and", immediate: "andi" },
  or: { op: "or", immediate: "ori" },
  xor: { op: "xor", immediate: "xori" },
  shl: { op: "sll", immediate: "slli", word: { op: "sllw", immediate: "slliw" } },
  shru: { op: "srl", immediate: "srli", word: { op: "srlw", immediate: "srliw" } },
  shrs: { op: "sra", immediate: "srai", word: { op: "sraw", immediate: "sraiw" } },
  divs: { op: "div", word: { op: "divw" } },
  divu: { op: "divu", word: { op: "divuw" } },
  rems: { op: "rem", word: { op: "remw" } },
  remu: { op: "remu", word: { op: "remuw" } },
  lts: { op: "slt", immediate: "slti" },
  ltu: { op: "sltu", immediate: "sltiu" },
};
const isShift: ReadonlySet<string> = new Set(["shl", "shru", "shrs"]);
/// FP instructions, by the letters of the operands' type and the result's.
const suffixes: Record<Type, string> = { i32: "w", i64: "l", f32: "s", f64: "d" };
const floats: Record<string, (from: string, to: string) => string> = {
  fadd: (from) => `fadd.${from}`,
  fsub: (from) => `fsub.${from}`,
  fmul: (from) => `fmul.${from}`,
  fdiv: (from) => `fdiv.${from}`,
  fmin: (from) => `fmin.${from}`,
  fmax: (from) => `fmax.${from}`,
  fsqrt: (from) => `fsqrt.${from}`,
  fneg: (from) => `fsgnjn.${from}`,
  fabs: (from) => `fsgnjx.${from}`,
  fcopysign: (from) => `fsgnj.${from}`,
  feq: (from) => `feq.${from}`,
  flt: (from) => `flt.${from}`,
  fle: (from) => `fle.${from}`,
  fpromote: () => "fcvt.d.s",
  fdemote: () => "fcvt.s.d",
  itofs: (from, to) => `fcvt.${to}.${from}`,
  itofu: (from, to) => `fcvt.${to}.${from}u`,
  ftois: (from, to) => `fcvt.${to}.${from}`,
  ftoiu: (from, to) => `fcvt.${to}u.${from}`,
  ftobits: (from) => (from === "s" ? "fmv.x.w" : "fmv.x.d"),
  frombits: (_, to) => (to === "s" ? "fmv.w.x" : "fmv.d.x"),
};
/// The sign comes from the operand itself.
const signOf: ReadonlySet<string> = new Set(["fneg", "fabs"]);
/// Extensions as a pair of shifts.
const shiftPairs: Record<string, { by: number; right: string }> = {
  zext: { by: 32, right: "srli" },
  sext8: { by: 56, right: "srai" },
  zext16: { by: 48, right: "srli" },
  sext16: { by: 48, right: "srai" },
};

export function selectOperation(selector: Selector, value: Value, rd: Reg, left: Value, right: Value): void {
  const pair = shiftPairs[value.op];
  if (pair) {
    const shifted = selector.fresh();
    return selector.emit(
      { op: "slli", rd: shifted, rs1: selector.useLow(left), imm: pair.by },
      { op: pair.right, rd, rs1: shifted, imm: pair.by },
    );
  }
  switch (value.op) {
    case "zext8":
      return selector.emit({ op: "andi", rd, rs1: selector.useLow(left), imm: 0xff });
    case "trunc":
      return selector.emit({ op: "addiw", rd, rs1: selector.use(left), imm: 0 });
    case "sext":
      return selector.emit({ op: "mv", rd, rs1: selector.use(left) });
    case "eq":
    case "ne":
      return selectEquality(selector, value.op, rd, left, right);
    case "ges":
    case "geu": {
      const less = selector.fresh();
      const op = value.op === "ges" ? "slt" : "sltu";
      return selector.emit(
        { op, rd: less, rs1: selector.use(left), rs2: selector.use(right) },
        { op: "xori", rd, rs1: less, imm: 1 },
      );
    }
    case "mulhu":
    case "mulhs":
      if (value.type === "i32") return selectHighWord(selector, value.op, rd, left, right);
  }
  const float = floats[value.op];
  if (float) {
    const name = float(suffixes[left.type!], suffixes[value.type!]);
    const operands = operationOf(value.op)!.arity === 2 ? { rs2: selector.use(right) } : signOf.has(value.op) ? { rs2: selector.use(left) } : {};
    // Only the low halves of words are read.
    return selector.emit({ op: name, rd, rs1: left.type === "i32" ? selector.useLow(left) : selector.use(left), ...operands });
  }
  const pattern = arithmetic[value.op];
  if (!pattern) throw new Error(`no instruction for ${value.op}`);
  const word = value.type === "i32" ? pattern.word : undefined;
  const { op, immediate } = word ?? pattern;
  // A wrapped sum, product or left shift needs no more than the low halves of its operands.
  const operand = (of: Value) => (word ? selector.useLow(of) : selector.use(of));
  if (isShift.has(value.op) && right.op === "const") {
    const amount = Number(right.imm & BigInt(bitsOf(value.type!) - 1));
    return selector.emit({ op: immediate!, rd, rs1: operand(left), imm: amount });
  }
  if (immediate && right.op === "const" && fitsImm12(right.imm))
    return selector.emit({ op: immediate, rd, rs1: operand(left), imm: Number(right.imm) });
  selector.emit({ op, rd, rs1: operand(left), rs2: operand(right) });
}

function selectEquality(selector: Selector, op: "eq" | "ne", rd: Reg, left: Value, right: Value): void {
  const difference = right.op === "const" && right.imm === 0n ? selector.use(left) : selector.fresh();
  const test: Instr =
    op === "eq" ? { op: "sltiu", rd, rs1: difference, imm: 1 } : { op: "sltu", rd, rs1: zero, rs2: difference };
  if (right.op === "const" && right.imm === 0n) return selector.emit(test);
  if (right.op === "const" && fitsImm12(-right.imm) && right.imm !== -2048n)
    return selector.emit({ op: "addi", rd: difference, rs1: selector.use(left), imm: Number(-right.imm) }, test);
  selector.emit({ op: "xor", rd: difference, rs1: selector.use(left), rs2: selector.use(right) }, test);
}

/// The high word of a product of words: the product of the extended words, shifted.
function selectHighWord(selector: Selector, op: "mulhu" | "mulhs", rd: Reg, left: Value, right: Value): void {
  const product = selector.fresh();
  const [a, b] = [selector.use(left), selector.use(right)];
  if (op === "mulhs")
    return selector.emit({ op: "mul", rd: product, rs1: a, rs2: b }, { op: "srai", rd, rs1: product, imm: 32 });
  // (a << 32) * (b << 32) has the product of the low words in its high half.
  const [high, highB] = [selector.fresh(), selector.fresh()];
  selector.emit(
    { op: "slli", rd: high, rs1: a, imm: 32 },
    { op: "slli", rd: highB, rs1: b, imm: 32 },
    { op: "mulhu", rd: product, rs1: high, rs2: highB },
    { op: "srai", rd, rs1: product, imm: 32 },
  );
}
