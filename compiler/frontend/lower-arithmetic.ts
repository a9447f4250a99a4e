// Arithmetic to IR. Every operation gets the dialect's total meaning here: narrow results are wrapped,
// shifts masked, divisors checked.

import type { Op, Value } from "../ir/types.js";
import { conversionOf, floatOps } from "./fold.js";
import type { Lowering } from "./lowering.js";
import { scalarType } from "./representation.js";
import type { BinaryOp, CompareOp } from "./tree.js";
import { integerOf, type IntType, type Type, widens } from "./types.js";

const compareOps: Record<CompareOp, { op: "eq" | "ne" | "lt" | "ge"; swap: boolean }> = {
  eq: { op: "eq", swap: false },
  ne: { op: "ne", swap: false },
  lt: { op: "lt", swap: false },
  ge: { op: "ge", swap: false },
  gt: { op: "lt", swap: true },
  le: { op: "ge", swap: true },
};

export function compare(lowering: Lowering, op: CompareOp, of: Type, left: Value, right: Value): Value {
  const operands = [left, right];
  if (of.kind === "float") {
    const swapped = op === "gt" || op === "ge" ? [right, left] : operands;
    if (op === "eq" || op === "ne") {
      const equal = lowering.emit("feq", "i32", operands);
      return op === "eq" ? equal : lowering.emit("eq", "i32", [equal, lowering.constant("i32", 0n)]);
    }
    return lowering.emit(op === "lt" || op === "gt" ? "flt" : "fle", "i32", swapped);
  }
  const row = compareOps[op];
  const sign = integerOf(of)?.signed ? "s" : "u";
  const name = row.op === "eq" || row.op === "ne" ? row.op : (`${row.op}${sign}` as const);
  return lowering.emit(name, "i32", row.swap ? operands.reverse() : operands);
}

export function arithmetic(
  lowering: Lowering,
  op: BinaryOp,
  of: Type,
  left: Value,
  right: Value,
  rightType: Type,
  wraps = false,
): Value {
  const type = integerOf(of);
  if (of.kind === "float" && op in floatOps) return lowering.emit(floatOps[op as keyof typeof floatOps], of.name, [left, right]);
  if (!type) throw new Error(`arithmetic on ${of.kind}`);
  const irType = left.type!;
  if (lowering.checksOverflow && !wraps && (op === "add" || op === "sub" || op === "mul")) checkOverflow(lowering, op, type, left, right);
  const sign = type.signed ? "s" : "u";
  let name: Op;
  switch (op) {
    case "div":
    case "rem":
      lowering.check(lowering.emit("ne", "i32", [right, lowering.constant(irType, 0n)]), "division by zero");
      name = `${op}${sign}`;
      break;
    case "shl":
    case "shr":
    case "shrLogical":
      if (right.type !== irType)
        right = lowering.emit(irType === "i32" ? "trunc" : integerOf(rightType)?.signed ? "sext" : "zext", irType, [
          right,
        ]);
      if (type.bits < 32)
        right = lowering.emit("and", irType, [right, lowering.constant(irType, BigInt(type.bits - 1))]);
      if (op === "shrLogical" && type.signed && type.bits < 32)
        left = lowering.emit(type.bits === 8 ? "zext8" : "zext16", irType, [left]);
      name = op === "shl" ? "shl" : op === "shr" && type.signed ? "shrs" : "shru";
      break;
    case "mulHigh":
      name = `mulh${sign}`;
      break;
    case "min":
    case "max":
    case "copySign":
      throw new Error(`${op} of integers`);
    default:
      name = op;
  }
  return inRangeOf(lowering, lowering.emit(name, irType, [left, right]), type);
}

/// Traps unless the result fits. What is narrower than a word is made with 64 bits, and looked at.
function checkOverflow(lowering: Lowering, op: "add" | "sub" | "mul", type: IntType, left: Value, right: Value): void {
  const fits = type.bits < 64 ? fitsNarrow(lowering, op, type, left, right) : fitsWord(lowering, op, type, left, right);
  lowering.check(fits, "arithmetic overflow");
}

function fitsNarrow(lowering: Lowering, op: "add" | "sub" | "mul", type: IntType, left: Value, right: Value): Value {
  const [a, b] = [left, right].map((value) => lowering.emit(type.signed ? "sext" : "zext", "i64", [value])) as [Value, Value];
  const wide = lowering.emit(op, "i64", [a, b]);
  const { bits } = type;
  const spare = lowering.constant("i64", BigInt(64 - bits));
  const high = lowering.emit("shl", "i64", [wide, spare]);
  const again = lowering.emit(type.signed ? "shrs" : "shru", "i64", [high, spare]);
  return lowering.emit("eq", "i32", [wide, again]);
}

function fitsWord(lowering: Lowering, op: "add" | "sub" | "mul", { signed }: IntType, left: Value, right: Value): Value {
  const emit = (name: Op, ...args: Value[]) => lowering.emit(name, "i64", args);
  const result = emit(op, left, right);
  const zero = lowering.constant("i64", 0n);
  if (op === "mul") {
    const high = emit(signed ? "mulhs" : "mulhu", left, right);
    return lowering.emit("eq", "i32", [high, signed ? emit("shrs", result, lowering.constant("i64", 63n)) : zero]);
  }
  if (!signed) return lowering.emit("geu", "i32", op === "add" ? [result, left] : [left, right]);
  // The sign is lost where both operands (of a difference, one and the other's opposite) have one and the result has not.
  const lost = op === "add" ? emit("and", emit("xor", result, left), emit("xor", result, right)) : emit("and", emit("xor", left, right), emit("xor", left, result));
  return lowering.emit("ges", "i32", [lost, zero]);
}

/// Wraps a result to a narrow type's range.
function inRangeOf(lowering: Lowering, value: Value, of: Type): Value {
  const type = integerOf(of);
  if (!type || type.bits >= 32) return value;
  return lowering.emit(`${type.signed ? "s" : "z"}ext${type.bits as 8 | 16}`, "i32", [value]);
}

/// Between integers, enums, booleans and addresses: extends by the source's sign, or wraps.
export function arithmeticConvert(lowering: Lowering, value: Value, from: Type, to: Type): Value {
  const wanted = scalarType(to);
  if (from.kind === "float" || to.kind === "float") {
    const op = conversionOf(from, to);
    return op ? lowering.emit(op, wanted, [value]) : value;
  }
  const [source, target] = [integerOf(from), integerOf(to)];
  if (value.type !== wanted)
    value = lowering.emit(wanted === "i32" ? "trunc" : source?.signed ? "sext" : "zext", wanted, [value]);
  if (to.kind === "bool") return lowering.emit("ne", "i32", [value, lowering.constant("i32", 0n)]);
  const fits = from.kind === "bool" || (source && target && widens(source, target));
  return fits || !target ? value : inRangeOf(lowering, value, target);
}
