// Makers of expressions that compute at once what is constant. Static data and constants need no other
// evaluation; the passes do the rest.

import { evaluateOp, type PureOp, type Type as IrType } from "../ir/ops.js";
import type { BinaryOp, CompareOp, Expr, Place, UnaryOp } from "./tree.js";
import { bool, integerOf, u64, wrapTo, type Type } from "./types.js";

export const constant = (type: Type, value: bigint): Expr => ({ kind: "const", type, value });
export const readOf = (place: Place): Expr => ({ kind: "read", type: place.type, place });
export const boolean = (value: boolean): Expr => constant(bool, value ? 1n : 0n);

/// The operands have the type of the result; a shift's count has any integer type.
export function binary(type: Type, op: BinaryOp, left: Expr, right: Expr): Expr {
  const integer = integerOf(type);
  if (type.kind === "float" && left.kind === "const" && right.kind === "const" && op in floatOps) {
    const width = type.name;
    return constant(type, evaluateOp(floatOps[op as keyof typeof floatOps], width, width, left.value, right.value));
  }
  if (integer && left.kind === "const" && right.kind === "const") {
    const bits = BigInt(integer.bits);
    const value = evaluate(op, left.value, right.value, bits);
    if (value !== undefined) return constant(type, wrapTo(value, integer));
  }
  if (left.kind === "symbol" && right.kind === "const" && (op === "add" || op === "sub"))
    return { ...left, addend: left.addend + Number(BigInt.asIntN(64, op === "add" ? right.value : -right.value)) };
  return { kind: "binary", type, op, left, right };
}

function evaluate(op: BinaryOp, a: bigint, b: bigint, bits: bigint): bigint | undefined {
  const count = b & (bits - 1n);
  switch (op) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "div":
      return b === 0n ? undefined : a / b;
    case "rem":
      return b === 0n ? undefined : a % b;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return a << count;
    case "shr":
      return a >> count;
    case "shrLogical":
      return BigInt.asUintN(Number(bits), a) >> count;
    case "mulHigh":
      return (a * b) >> bits;
    default:
      return undefined;
  }
}

/// The IR's names.
export const floatOps = {
  add: "fadd",
  sub: "fsub",
  mul: "fmul",
  div: "fdiv",
  min: "fmin",
  max: "fmax",
  copySign: "fcopysign",
} as const;
export const unaryOps = { neg: "fneg", sqrt: "fsqrt", abs: "fabs", bits: "ftobits", fromBits: "frombits" } as const;

const irTypeOf = (type: Type): IrType =>
  type.kind === "float" ? type.name : (integerOf(type)?.bits ?? 8) === 64 ? "i64" : "i32";

/// Of a conversion to or from a float; undefined where the bits stay.
export function conversionOf(from: Type, to: Type): PureOp | undefined {
  if (from.kind === "float" && to.kind === "float")
    return from.bits === to.bits ? undefined : from.bits === 32 ? "fpromote" : "fdemote";
  if (from.kind === "float") return integerOf(to)?.signed ? "ftois" : "ftoiu";
  return integerOf(from)?.signed ? "itofs" : "itofu";
}

export function unary(type: Type, op: UnaryOp, operand: Expr): Expr {
  if (operand.kind !== "const") return { kind: "unary", type, op, operand };
  const value = evaluateOp(unaryOps[op], irTypeOf(operand.type), irTypeOf(type), operand.value, 0n);
  const integer = integerOf(type);
  return constant(type, integer ? wrapTo(value, integer) : value);
}

export function compare(op: CompareOp, left: Expr, right: Expr): Expr {
  if (left.kind !== "const" || right.kind !== "const") return { kind: "compare", type: bool, op, left, right };
  if (left.type.kind === "float") {
    const { name } = left.type;
    const test = (of: "feq" | "flt" | "fle", a: Expr, b: Expr) =>
      evaluateOp(of, name, "i32", (a as { value: bigint }).value, (b as { value: bigint }).value) === 1n;
    switch (op) {
      case "eq":
      case "ne":
        return boolean(test("feq", left, right) === (op === "eq"));
      case "lt":
      case "le":
        return boolean(test(`f${op}`, left, right));
      default:
        return boolean(test(op === "gt" ? "flt" : "fle", right, left));
    }
  }
  return boolean(holds(op, left.value, right.value));
}

export function holds(op: CompareOp, a: bigint, b: bigint): boolean {
  return { eq: a === b, ne: a !== b, lt: a < b, le: a <= b, gt: a > b, ge: a >= b }[op];
}

export function not(operand: Expr): Expr {
  return operand.kind === "const" ? boolean(operand.value === 0n) : { kind: "not", type: bool, operand };
}

export function convert(operand: Expr, type: Type): Expr {
  const integer = integerOf(type);
  if (operand.kind === "const" && (type.kind === "float" || operand.type.kind === "float")) {
    const op = conversionOf(operand.type, type);
    const [from, to] = [irTypeOf(operand.type), irTypeOf(type)];
    const value = op ? evaluateOp(op, from, to, operand.value, 0n) : operand.value;
    return constant(type, integer ? wrapTo(value, integer) : value);
  }
  if (operand.kind === "const" && integer) return constant(type, wrapTo(operand.value, integer));
  if (operand.kind === "const" && (type.kind === "ptr" || type.kind === "many" || type.kind === "tagged"))
    return constant(type, operand.value);
  if (operand.kind === "symbol" && (integer?.bits === 64 || !integer)) return { ...operand, type };
  return { kind: "convert", type, operand };
}

export function conditional(type: Type, condition: Expr, yes: Expr, otherwise: Expr): Expr {
  if (condition.kind === "const") return condition.value !== 0n ? yes : otherwise;
  return { kind: "conditional", type, condition, yes, otherwise };
}

/// The address of a place, as a pointer or Many; what must live in memory is told so.
export function addressOf(place: Place, type: Type): Expr {
  moveToMemory(place);
  if (place.kind === "deref" && place.pointer.type.kind === "ptr") return { ...place.pointer, type };
  const symbol = staticAddress(place);
  if (symbol) return { kind: "symbol", type, symbol: symbol.symbol, addend: symbol.addend };
  return { kind: "address", type, place };
}

function moveToMemory(place: Place): void {
  if (place.kind === "local") place.local.inMemory = true;
  else if (place.kind === "field" || place.kind === "variant") moveToMemory(place.base);
  else if (place.kind === "index" && place.base.kind === "arr") moveToMemory(place.base.place);
}

/// A place in static data that is known now.
export function staticAddress(place: Place): { symbol: string; addend: number } | undefined {
  if (place.kind === "global") return { symbol: place.global.name, addend: 0 };
  if (place.kind === "field") {
    const base = staticAddress(place.base);
    return base && { symbol: base.symbol, addend: base.addend + place.offset };
  }
  if (place.kind === "deref" && place.pointer.kind === "symbol")
    return { symbol: place.pointer.symbol, addend: place.pointer.addend };
  return undefined;
}

/// It is known when the program starts: it can be static data.
export function isStaticValue(expr: Expr): boolean {
  switch (expr.kind) {
    case "const":
    case "symbol":
    case "bytes":
      return true;
    case "aggregate":
      return expr.parts.every((part) => isStaticValue(part.value));
    case "slice":
      return isStaticValue(expr.pointer) && isStaticValue(expr.length);
    default:
      return false;
  }
}

export const word = (value: bigint | number): Expr => constant(u64, BigInt(value));
