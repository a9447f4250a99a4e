// What operations become: constants, identities, shorter ones. A row each, so that
// a test can go through them all: it looks at every operand of 8 bits.

import { bitsOf, evaluateOp, inverse, isComparison, isTest, type Comparison, type PureOp } from "../ir/ops.js";
import { isConst, type Op, type Type, type Value } from "../ir/types.js";
import { maximum } from "./maximum.js";

/// Makes what rules result in: simplified and numbered in its turn.
export interface Maker {
  /// The number is wrapped to the type.
  constant(type: Type, imm: bigint): Value;
  make(op: Op, type: Type, ...args: Value[]): Value;
  makeGlobal(symbol: string, imm: bigint): Value;
}

/// A value that a rule looks at.
export interface Subject {
  readonly value: Value;
  readonly type: Type;
  readonly left: Value;
  readonly right: Value;
  /// Of the right operand, where it is a constant.
  readonly imm: bigint;
}

export interface Rule {
  readonly name: string;
  readonly ops: readonly Op[];
  /// The right operand is a constant; there are two of the same; anything.
  readonly when: "constant" | "same" | "always";
  /// What the value equals, or undefined where the rule says nothing.
  readonly apply: (subject: Subject, maker: Maker) => Value | undefined;
}

/// Whether an address so far from a symbol is in reach of `auipc`, wherever the symbol lies in the image.
const isReachable = (addend: bigint) => addend > -(1n << 30n) && addend < 1n << 30n;

const isPower = (imm: bigint) => imm > 0n && (imm & (imm - 1n)) === 0n;
const exponentOf = (power: bigint) => BigInt(power.toString(2).length - 1);
const covers = (mask: bigint, bound: bigint | undefined) => bound !== undefined && (mask & (mask + 1n)) === 0n && mask >= bound;
const extensionBounds = { zext8: 0xffn, sext8: 0x7fn, zext16: 0xffffn, sext16: 0x7fffn } as const;
/// The low bits that an extension reads.
const lowBits: Partial<Record<Op, number>> = { zext8: 8, sext8: 8, zext16: 16, sext16: 16 };
/// Operations whose low bits come from no higher bits of their operands; of a shift, of the left one.
const fromLowBits: ReadonlySet<Op> = new Set(["add", "sub", "mul", "and", "or", "xor", "shl"]);

/// The same low bits, without the extensions of operands that no one of these bits sees; undefined where there is none.
export function lowBitsOf(value: Value, bits: number, { make }: Maker): Value | undefined {
  if (!fromLowBits.has(value.op) || !value.type) return undefined;
  const seen = value.op === "shl" ? 1 : 2;
  const args = value.args.map((arg, index) => (index < seen && (lowBits[arg.op] ?? 0) >= bits ? arg.args[0]! : arg));
  return args.some((arg, index) => arg !== value.args[index]) ? make(value.op, value.type, ...args) : undefined;
}

/// An operation that undoes another.
const undoes: Partial<Record<Op, Op>> = { ftobits: "frombits", frombits: "ftobits", fneg: "fneg" };

/// In the order in which they are tried.
export const rules: readonly Rule[] = [
  { name: "x - x, x ^ x", ops: ["sub", "xor"], when: "same", apply: ({ type }, { constant }) => constant(type, 0n) },
  { name: "x & x, x | x", ops: ["and", "or", "fcopysign"], when: "same", apply: ({ left }) => left },
  { name: "x + 0, x | 0, x ^ 0", ops: ["add", "or", "xor"], when: "constant", apply: ({ left, imm }) => (imm === 0n ? left : undefined) },
  {
    name: "symbol + c",
    ops: ["add"],
    when: "constant",
    apply: ({ left, imm }, { makeGlobal }) => (left.op === "global" && isReachable(left.imm + imm) ? makeGlobal(left.symbol, left.imm + imm) : undefined),
  },
  {
    name: "(x op a) op b",
    ops: ["add", "or", "xor"],
    when: "constant",
    apply: ({ value, type, left, imm }, { constant, make }) => {
      const [inner, first] = left.args;
      if (value.op !== left.op || !inner || !isConst(first)) return undefined;
      return make(value.op, type, inner, constant(type, evaluateOp(value.op as PureOp, type, type, first.imm, imm)));
    },
  },
  { name: "x - c", ops: ["sub"], when: "constant", apply: ({ type, left, imm }, { constant, make }) => make("add", type, left, constant(type, -imm)) },
  { name: "x * 0, x & 0", ops: ["mul", "and"], when: "constant", apply: ({ right, imm }) => (imm === 0n ? right : undefined) },
  {
    name: "x * 2^n",
    ops: ["mul"],
    when: "constant",
    apply: ({ type, left, imm }, { constant, make }) => (isPower(imm) ? make("shl", type, left, constant(type, exponentOf(imm))) : undefined),
  },
  { name: "x & m, m covers x", ops: ["and"], when: "constant", apply: ({ left, imm }) => (covers(imm, maximum(left)) ? left : undefined) },
  {
    name: "trunc(x) & m",
    ops: ["and"],
    when: "constant",
    apply: ({ type, left, imm }, { constant, make }) => {
      const [source] = left.args;
      if (left.op !== "trunc" || imm <= 0n || !source?.type) return undefined;
      return make("trunc", type, make("and", source.type, source, constant(source.type, imm)));
    },
  },
  {
    name: "x shift n, n outside the width",
    ops: ["shl", "shru", "shrs"],
    when: "constant",
    apply: ({ value, type, left, imm }, { constant, make }) => {
      const amount = imm & BigInt(bitsOf(type) - 1);
      if (amount === 0n) return left;
      return amount === imm ? undefined : make(value.op, type, left, constant(type, amount));
    },
  },
  {
    name: "x / 2^n",
    ops: ["divu"],
    when: "constant",
    apply: ({ type, left, imm }, { constant, make }) => (isPower(imm) ? make("shru", type, left, constant(type, exponentOf(imm))) : undefined),
  },
  {
    name: "x % 2^n",
    ops: ["remu"],
    when: "constant",
    apply: ({ type, left, imm }, { constant, make }) => (isPower(imm) ? make("and", type, left, constant(type, imm - 1n)) : undefined),
  },
  { name: "test !== 0", ops: ["ne"], when: "constant", apply: ({ left, imm }) => (imm === 0n && isTest(left.op) ? left : undefined) },
  {
    name: "comparison === 0",
    ops: ["eq", "ne"],
    when: "constant",
    apply: ({ value, type, left, imm }, { make }) => (imm === 0n && isComparison(left.op) ? make(value.op === "eq" ? inverse[left.op] : (left.op satisfies Comparison), type, ...left.args) : undefined),
  },
  {
    name: "x < c, x is less",
    ops: ["ltu"],
    when: "constant",
    apply: ({ type, left, imm }, { constant }) => ((maximum(left) ?? imm) < imm ? constant(type, 1n) : undefined),
  },
  {
    name: "x < 1",
    ops: ["ltu"],
    when: "constant",
    apply: ({ type, left, imm }, { constant, make }) => (imm === 1n ? make("eq", type, left, constant(left.type as Type, 0n)) : undefined),
  },
  {
    name: "0 < x, 0 >= x",
    ops: ["ltu", "geu"],
    when: "always",
    apply: ({ value, type, left, right }, { make }) => (isConst(left) && left.imm === 0n ? make(value.op === "ltu" ? "ne" : "eq", type, right, left) : undefined),
  },
  { name: "x >= 0", ops: ["geu"], when: "constant", apply: ({ type, imm }, { constant }) => (imm === 0n ? constant(type, 1n) : undefined) },
  {
    name: "extension of what fits",
    ops: ["zext8", "sext8", "zext16", "sext16"],
    when: "always",
    apply: ({ value, left }) => ((maximum(left) ?? 1n << 64n) <= extensionBounds[value.op as keyof typeof extensionBounds] ? left : undefined),
  },
  {
    name: "extension of what is extended",
    ops: ["zext8", "sext8", "zext16", "sext16"],
    when: "always",
    apply: ({ value, type, left }, maker) => {
      const bits = lowBits[value.op]!;
      const inner = (lowBits[left.op] ?? 0) >= bits ? left.args[0]! : lowBitsOf(left, bits, maker);
      return inner && maker.make(value.op, type, inner);
    },
  },
  { name: "trunc of an extension", ops: ["trunc"], when: "always", apply: ({ left }) => (left.op === "sext" || left.op === "zext" ? left.args[0] : undefined) },
  { name: "what undoes another", ops: ["ftobits", "frombits", "fneg"], when: "always", apply: ({ value, left }) => (left.op === undoes[value.op] ? left.args[0] : undefined) },
  {
    name: "extension of a trunc that lost nothing",
    ops: ["zext", "sext"],
    when: "always",
    apply: ({ left }) => {
      const [source] = left.args;
      const half = 1n << BigInt(bitsOf(left.type as Type) - 1);
      return left.op === "trunc" && source && (maximum(source) ?? half) < half ? source : undefined;
    },
  },
  {
    // Free in the machine, where an i32 is sign-extended already.
    name: "zext of what is not negative",
    ops: ["zext"],
    when: "always",
    apply: ({ type, left }, { make }) => (maximum(left) !== undefined ? make("sext", type, left) : undefined),
  },
];
