// How large a value can be, by the operations that make it.

import { bitsOf, isTest } from "../ir/ops.js";
import { isConst, type Value } from "../ir/types.js";

/// What is known of some values beside what they show by themselves.
export interface Limits {
  get(value: Value): bigint | undefined;
}

/// The largest that a value can be, where it is known not to be negative.
export function maximum(value: Value, depth = 4, known?: Limits): bigint | undefined {
  const told = known?.get(value);
  if (told !== undefined) return told;
  const { op, args } = value;
  const [left, right] = args;
  switch (op) {
    case "const":
      return value.imm >= 0n ? value.imm : undefined;
    case "load":
      return value.memory === "u8" ? 0xffn : value.memory === "u16" ? 0xffffn : undefined;
    case "zext8":
      return 0xffn;
    case "zext16":
      return 0xffffn;
    case "zext":
      return below(left, depth, known) ?? (1n << BigInt(bitsOf(left?.type ?? "i32"))) - 1n;
    case "sext":
      return below(left, depth, known);
    case "trunc":
      return fitting(value, below(left, depth, known));
    case "and": {
      const a = below(left, depth, known);
      const b = below(right, depth, known);
      return a === undefined ? b : b === undefined ? a : a < b ? a : b;
    }
    case "shru": {
      const amount = isConst(right) ? amountOf(value, right) : 0n;
      const a = below(left, depth, known);
      return amount === 0n ? a : (a ?? limitOf(value) * 2n + 1n) >> amount;
    }
    case "remu":
      return isConst(right) && right.imm > 0n ? right.imm - 1n : undefined;
    case "divu": {
      const a = below(left, depth, known);
      // By zero it is -1.
      return a !== undefined && isConst(right) && right.imm > 0n ? a / right.imm : undefined;
    }
    case "shl": {
      const a = below(left, depth, known);
      return a !== undefined && isConst(right) ? fitting(value, a << amountOf(value, right)) : undefined;
    }
    case "add":
    case "mul": {
      const a = below(left, depth, known);
      const b = a === undefined ? a : below(right, depth, known);
      return a === undefined || b === undefined ? undefined : fitting(value, op === "add" ? a + b : a * b);
    }
    case "or":
    case "xor": {
      const a = below(left, depth, known);
      const b = a === undefined ? a : below(right, depth, known);
      return a === undefined || b === undefined ? undefined : fitting(value, (1n << BigInt((a > b ? a : b).toString(2).length)) - 1n);
    }
    default:
      return isTest(op) ? 1n : undefined;
  }
}

/// Of an operand.
function below(value: Value | undefined, depth: number, known: Limits | undefined): bigint | undefined {
  return value && depth > 0 ? maximum(value, depth - 1, known) : undefined;
}

/// The largest of its type that is not negative.
const limitOf = ({ type }: Value) => (1n << BigInt(bitsOf(type ?? "i64") - 1)) - 1n;
const fitting = (value: Value, bound: bigint | undefined) => (bound !== undefined && bound <= limitOf(value) ? bound : undefined);
const amountOf = ({ type }: Value, { imm }: Value) => imm & BigInt(bitsOf(type ?? "i64") - 1);
