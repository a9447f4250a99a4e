// One value to a simpler one: constants, identities, addresses. GVN calls this
// on every value it meets; the operands are simple already.
//
// What an operation becomes is said by rows of `rules`, so that a test can go
// through them all: it looks at every operand of 8 bits.

import { bitsOf, evaluateOp, inverse, isComparison, isTest, operationOf, wrap, type Comparison, type PureOp } from "../ir/ops.js";
import { newValue, type Func, type MemoryType, type Op, type Type, type Value } from "../ir/types.js";

export interface Maker {
  constant(type: Type, imm: bigint): Value;
  /// A new value, simplified and numbered in its turn.
  make(value: Value): Value;
}

/// A value that a rule looks at.
interface Subject {
  readonly value: Value;
  readonly type: Type;
  readonly left: Value;
  readonly right: Value;
  /// Of the right operand, where it is a constant.
  readonly imm: bigint;
  /// The exponent, where `imm` is a power of two.
  readonly power: bigint | undefined;
  constant(type: Type, imm: bigint): Value;
  make(op: Op, type: Type, ...args: Value[]): Value;
  makeGlobal(symbol: string, imm: bigint): Value;
}

export interface Rule {
  readonly name: string;
  readonly ops: readonly Op[];
  /// The right operand is a constant; there are two of the same; anything.
  readonly when: "constant" | "same" | "always";
  /// What the value equals, or undefined where the rule says nothing.
  readonly apply: (subject: Subject) => Value | undefined;
}

/// Whether an address so far from a symbol is in reach of `auipc`, wherever the symbol lies in the image.
const isReachable = (addend: bigint) => addend > -(1n << 30n) && addend < 1n << 30n;

const isConst = (value: Value | undefined): value is Value => value?.op === "const";
const extensionBounds = { zext8: 0xffn, sext8: 0x7fn, zext16: 0xffffn, sext16: 0x7fffn } as const;
/// An operation that undoes another.
const undoes: Partial<Record<Op, Op>> = { ftobits: "frombits", frombits: "ftobits", fneg: "fneg" };

/// In the order in which they are tried.
export const rules: readonly Rule[] = [
  { name: "x - x, x ^ x", ops: ["sub", "xor"], when: "same", apply: ({ type, constant }) => constant(type, 0n) },
  { name: "x & x, x | x", ops: ["and", "or", "fcopysign"], when: "same", apply: ({ left }) => left },
  { name: "x + 0, x | 0, x ^ 0", ops: ["add", "or", "xor"], when: "constant", apply: ({ left, imm }) => (imm === 0n ? left : undefined) },
  {
    name: "symbol + c",
    ops: ["add"],
    when: "constant",
    apply: ({ left, imm, makeGlobal }) => (left.op === "global" && isReachable(left.imm + imm) ? makeGlobal(left.symbol, left.imm + imm) : undefined),
  },
  {
    name: "(x op a) op b",
    ops: ["add", "or", "xor"],
    when: "constant",
    apply: ({ value, type, left, imm, constant, make }) => {
      const [inner, first] = left.args;
      if (value.op !== left.op || !inner || !isConst(first)) return undefined;
      return make(value.op, type, inner, constant(type, evaluateOp(value.op as PureOp, type, type, first.imm, imm)));
    },
  },
  { name: "x - c", ops: ["sub"], when: "constant", apply: ({ type, left, imm, constant, make }) => make("add", type, left, constant(type, -imm)) },
  { name: "x * 0, x & 0", ops: ["mul", "and"], when: "constant", apply: ({ right, imm }) => (imm === 0n ? right : undefined) },
  {
    name: "x * 2^n",
    ops: ["mul"],
    when: "constant",
    apply: ({ type, left, power, constant, make }) => (power === undefined ? undefined : make("shl", type, left, constant(type, power))),
  },
  { name: "x & m, m covers x", ops: ["and"], when: "constant", apply: ({ left, imm }) => (covers(imm, maximum(left)) ? left : undefined) },
  {
    name: "trunc(x) & m",
    ops: ["and"],
    when: "constant",
    apply: ({ type, left, imm, constant, make }) => {
      const [source] = left.args;
      if (left.op !== "trunc" || imm <= 0n || !source?.type) return undefined;
      return make("trunc", type, make("and", source.type, source, constant(source.type, imm)));
    },
  },
  {
    name: "x shift n, n outside the width",
    ops: ["shl", "shru", "shrs"],
    when: "constant",
    apply: ({ value, type, left, imm, constant, make }) => {
      const amount = imm & BigInt(bitsOf(type) - 1);
      if (amount === 0n) return left;
      return amount === imm ? undefined : make(value.op, type, left, constant(type, amount));
    },
  },
  {
    name: "x / 2^n",
    ops: ["divu"],
    when: "constant",
    apply: ({ type, left, power, constant, make }) => (power === undefined ? undefined : make("shru", type, left, constant(type, power))),
  },
  {
    name: "x % 2^n",
    ops: ["remu"],
    when: "constant",
    apply: ({ type, left, imm, power, constant, make }) => (power === undefined ? undefined : make("and", type, left, constant(type, imm - 1n))),
  },
  { name: "test !== 0", ops: ["ne"], when: "constant", apply: ({ left, imm }) => (imm === 0n && isTest(left.op) ? left : undefined) },
  {
    name: "comparison === 0",
    ops: ["eq", "ne"],
    when: "constant",
    apply: ({ value, type, left, imm, make }) => (imm === 0n && isComparison(left.op) ? make(value.op === "eq" ? inverse[left.op] : (left.op satisfies Comparison), type, ...left.args) : undefined),
  },
  {
    name: "x < c, x is less",
    ops: ["ltu"],
    when: "constant",
    apply: ({ type, left, imm, constant }) => ((maximum(left) ?? imm) < imm ? constant(type, 1n) : undefined),
  },
  {
    name: "x < 1",
    ops: ["ltu"],
    when: "constant",
    apply: ({ type, left, imm, constant, make }) => (imm === 1n ? make("eq", type, left, constant(left.type as Type, 0n)) : undefined),
  },
  {
    name: "0 < x, 0 >= x",
    ops: ["ltu", "geu"],
    when: "always",
    apply: ({ value, type, left, right, make }) => (isConst(left) && left.imm === 0n ? make(value.op === "ltu" ? "ne" : "eq", type, right, left) : undefined),
  },
  { name: "x >= 0", ops: ["geu"], when: "constant", apply: ({ type, imm, constant }) => (imm === 0n ? constant(type, 1n) : undefined) },
  {
    name: "extension of what fits",
    ops: ["zext8", "sext8", "zext16", "sext16"],
    when: "always",
    apply: ({ value, left }) => ((maximum(left) ?? 1n << 64n) <= extensionBounds[value.op as keyof typeof extensionBounds] ? left : undefined),
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
    apply: ({ type, left, make }) => (maximum(left) !== undefined ? make("sext", type, left) : undefined),
  },
];
const rulesOf = new Map<Op, readonly Rule[]>();
for (const { ops } of rules) for (const op of ops) rulesOf.set(op, rules.filter((rule) => rule.ops.includes(op)));

/// What `value` equals, or undefined where it is simple; may change its operands in place. `applied` hears of the rule.
export function simplify(fn: Func, value: Value, maker: Maker, applied?: (rule: Rule) => void): Value | undefined {
  const operation = operationOf(value.op);
  if (!operation) return foldAddress(value);
  const type = value.type as Type;
  let [left, right] = value.args as [Value, Value];
  if (value.args.every(isConst))
    return maker.constant(type, evaluateOp(value.op as PureOp, left.type as Type, type, left.imm, right?.imm ?? 0n));
  if (operation.commutative && isConst(left)) value.args = [left, right] = [right, left];
  const found = rulesOf.get(value.op);
  if (!found) return undefined;
  const imm = isConst(right) ? right.imm : 0n;
  const { location } = value;
  const subject: Subject = {
    value,
    type,
    left,
    right,
    imm,
    power: imm > 0n && (imm & (imm - 1n)) === 0n ? BigInt(imm.toString(2).length - 1) : undefined,
    constant: (type, imm) => maker.constant(type, wrap(type, imm)),
    make: (op, type, ...args) => maker.make(newValue(fn, op, type, args, { location })),
    makeGlobal: (symbol, imm) => maker.make(newValue(fn, "global", "i64", [], { symbol, imm, location })),
  };
  for (const rule of found) {
    if (rule.when === "constant" ? !isConst(right) : rule.when === "same" && left !== right) continue;
    const simpler = rule.apply(subject);
    if (!simpler) continue;
    applied?.(rule);
    return simpler;
  }
  return undefined;
}

const ignored: Record<MemoryType, readonly string[]> = {
  u8: ["zext8", "sext8"],
  s8: ["zext8", "sext8"],
  u16: ["zext16", "sext16"],
  s16: ["zext16", "sext16"],
  i32: [],
  i64: [],
  f32: [],
  f64: [],
};

/// Constant distances move into loads and stores; a store ignores what it does not keep.
function foldAddress(value: Value): undefined {
  if (value.op !== "load" && value.op !== "store") return;
  const [address, stored] = value.args as [Value, Value?];
  if (address.op === "add" && isConst(address.args[1]) && isNear(value.imm + address.args[1].imm)) {
    value.args[0] = address.args[0] as Value;
    value.imm += address.args[1].imm;
  }
  if (stored && ignored[value.memory].includes(stored.op)) value.args[1] = stored.args[0] as Value;
}

/// Fits a load's 12-bit offset.
const isNear = (offset: bigint) => BigInt.asIntN(12, offset) === offset;
const covers = (mask: bigint, bound: bigint | undefined) =>
  bound !== undefined && (mask & (mask + 1n)) === 0n && mask >= bound;

/// The largest that a value can be, where it is known not to be negative.
/// `known` may say more of some values than they show by themselves.
export function maximum(value: Value, depth = 4, known?: ReadonlyMap<Value, bigint>): bigint | undefined {
  const told = known?.get(value);
  if (told !== undefined) return told;
  const [left, right] = value.args;
  const of = (operand: Value | undefined) => (operand && depth > 0 ? maximum(operand, depth - 1, known) : undefined);
  const limit = (1n << BigInt(bitsOf(value.type ?? "i64") - 1)) - 1n;
  const fitting = (bound: bigint | undefined) => (bound !== undefined && bound <= limit ? bound : undefined);
  const amount = isConst(right) ? right.imm & BigInt(bitsOf(value.type ?? "i64") - 1) : undefined;
  if (isTest(value.op)) return 1n;
  switch (value.op) {
    case "const":
      return value.imm >= 0n ? value.imm : undefined;
    case "load":
      return value.memory === "u8" ? 0xffn : value.memory === "u16" ? 0xffffn : undefined;
    case "zext8":
      return 0xffn;
    case "zext16":
      return 0xffffn;
    case "zext":
      return of(left) ?? (1n << BigInt(bitsOf(left?.type ?? "i32"))) - 1n;
    case "sext":
      return of(left);
    case "trunc":
      return fitting(of(left));
    case "and": {
      const [a, b] = [of(left), of(right)];
      return a === undefined ? b : b === undefined ? a : a < b ? a : b;
    }
    case "shru":
      return amount ? (of(left) ?? limit * 2n + 1n) >> amount : of(left);
    case "remu":
      return isConst(right) && right.imm > 0n ? right.imm - 1n : undefined;
    case "divu": {
      const a = of(left);
      return a !== undefined && isConst(right) && right.imm > 0n ? a / right.imm : a;
    }
    case "shl": {
      const a = of(left);
      return a !== undefined && amount !== undefined ? fitting(a << amount) : undefined;
    }
    case "add":
    case "mul": {
      const [a, b] = [of(left), of(right)];
      return a === undefined || b === undefined ? undefined : fitting(value.op === "add" ? a + b : a * b);
    }
    case "or":
    case "xor": {
      const [a, b] = [of(left), of(right)];
      return a === undefined || b === undefined
        ? undefined
        : fitting((1n << BigInt((a > b ? a : b).toString(2).length)) - 1n);
    }
    default:
      return undefined;
  }
}
