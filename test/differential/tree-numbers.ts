// Arithmetic as docs/dialect.md says it, for the evaluator of the typed tree.
// Written apart from compiler/ir, which it is there to check. A number is held
// as its own value, a float as its bits.

import type { BinaryOp, CompareOp, UnaryOp } from "../../compiler/frontend/tree.js";
import { integerOf, type FloatType, type IntType, type Type } from "../../compiler/frontend/types.js";

/// The value of that type with the same low bits.
export function inTypeOf(type: Type, value: bigint): bigint {
  const integer = integerOf(type);
  if (integer) return integer.signed ? BigInt.asIntN(integer.bits, value) : BigInt.asUintN(integer.bits, value);
  if (type.kind === "bool") return BigInt.asUintN(8, value);
  return BigInt.asUintN(type.kind === "float" ? type.bits : 64, value);
}

const scratch = new DataView(new ArrayBuffer(8));

export function floatOf({ bits }: FloatType, held: bigint): number {
  scratch.setBigUint64(0, held);
  return bits === 64 ? scratch.getFloat64(0) : scratch.getFloat32(4);
}

/// Rounded to nearest; every NaN that is computed is the one with a clear sign and no payload.
export function bitsOf({ bits }: FloatType, value: number): bigint {
  if (Number.isNaN(value)) return bits === 64 ? 0x7ff8_0000_0000_0000n : 0x7fc0_0000n;
  scratch.setBigUint64(0, 0n);
  if (bits === 64) scratch.setFloat64(0, value);
  else scratch.setFloat32(4, value);
  return scratch.getBigUint64(0);
}

/// The nearest float of an integer, rounded once; the even one of two as near.
function fromInteger(type: FloatType, value: bigint): bigint {
  const near = Number(value);
  if (type.bits === 64) return bitsOf(type, near);
  const guess = bitsOf(type, near);
  const candidates = [guess - 1n, guess, guess + 1n].filter((held) => held >= 0n && Number.isFinite(floatOf(type, held)) && Number.isInteger(floatOf(type, held)));
  const distance = (held: bigint) => {
    const apart = BigInt(floatOf(type, held)) - value;
    return apart < 0n ? -apart : apart;
  };
  return candidates.reduce((best, held) => {
    const [a, b] = [distance(best), distance(held)];
    return b < a || (b === a && (held & 1n) === 0n) ? held : best;
  }, candidates.includes(guess) ? guess : candidates[0]!);
}

/// Toward zero, and the nearest integer that there is; the largest for a NaN.
function toInteger(from: FloatType, held: bigint, { bits, signed }: IntType): bigint {
  const most = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  const least = signed ? -most - 1n : 0n;
  const value = floatOf(from, held);
  if (Number.isNaN(value) || value >= Number(most)) return most;
  if (value <= Number(least)) return least;
  return BigInt(Math.trunc(value));
}

export function convertNumber(from: Type, to: Type, value: bigint): bigint {
  const target = integerOf(to);
  if (from.kind === "float" && to.kind === "float") return from.bits === to.bits ? value : bitsOf(to, floatOf(from, value));
  if (from.kind === "float") return target ? toInteger(from, value, target) : value;
  if (to.kind === "float") return fromInteger(to, value);
  if (to.kind === "bool") return value === 0n ? 0n : 1n;
  return inTypeOf(to, value);
}

const floatResults: Partial<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b)),
  max: (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b)),
};

/// Undefined for a division by zero.
export function binaryNumber(type: Type, op: BinaryOp, a: bigint, b: bigint): bigint | undefined {
  if (type.kind === "float") {
    if (op === "copySign") {
      const sign = 1n << BigInt(type.bits - 1);
      return (a & (sign - 1n)) | (b & sign);
    }
    const operate = floatResults[op];
    if (!operate) throw new Error(`${op} of floats`);
    return bitsOf(type, operate(floatOf(type, a), floatOf(type, b)));
  }
  const integer = integerOf(type);
  if (!integer) throw new Error(`${op} of ${type.kind}`);
  const result = integerResult(op, integer, a, b);
  return result === undefined ? undefined : inTypeOf(type, result);
}

function integerResult(op: BinaryOp, { bits }: IntType, a: bigint, b: bigint): bigint | undefined {
  const count = BigInt.asUintN(64, b) % BigInt(bits);
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
      return a * 2n ** count;
    case "shr":
      return a >> count;
    case "shrLogical":
      return BigInt.asUintN(bits, a) >> count;
    case "mulHigh":
      return (a * b) >> BigInt(bits);
    default:
      throw new Error(`${op} of integers`);
  }
}

export function unaryNumber(from: Type, to: Type, op: UnaryOp, value: bigint): bigint {
  if (op === "bits" || op === "fromBits") return inTypeOf(to, value);
  if (from.kind !== "float") throw new Error(`${op} of ${from.kind}`);
  const sign = 1n << BigInt(from.bits - 1);
  if (op === "neg") return value ^ sign;
  if (op === "abs") return value & (sign - 1n);
  return bitsOf(from, Math.sqrt(floatOf(from, value)));
}

export function compareNumbers(type: Type, op: CompareOp, left: bigint, right: bigint): boolean {
  const [a, b] = type.kind === "float" ? [floatOf(type, left), floatOf(type, right)] : [left, right];
  switch (op) {
    case "eq":
      return a === b;
    case "ne":
      return a !== b;
    case "lt":
      return a < b;
    case "le":
      return a <= b;
    case "gt":
      return a > b;
    case "ge":
      return a >= b;
  }
}
