// Arithmetic to IR. Every operation gets the dialect's total meaning here: narrow results are wrapped,
// shifts masked, divisors checked.

import type { Op, Value } from "../ir/types.js";
import { conversionOf, floatOps } from "./fold.js";
import type { Lowering } from "./lowering.js";
import { scalarType } from "./representation.js";
import type { BinaryOp, CompareOp } from "./tree.js";
import { integerOf, type Type, widens } from "./types.js";

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
): Value {
  const type = integerOf(of);
  if (of.kind === "float" && op in floatOps) return lowering.emit(floatOps[op as keyof typeof floatOps], of.name, [left, right]);
  if (!type) throw new Error(`arithmetic on ${of.kind}`);
  const irType = left.type!;
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
