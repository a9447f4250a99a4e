// Floats: their literals, which are as exact as an f64 is, and the functions of their types.

import { ts } from "#typescript";
import { bitsOfNumber } from "../ir/floats.js";
import { enumMember, constantNode, isLiteral, literalValue, needsContext, resolve, unwrap } from "./constants.js";
import { elaborateAs, elaboratePresent } from "./expressions.js";
import { binary, compare, constant, convert, readOf, unary } from "./fold.js";
import { runtimeCall } from "./functions.js";
import type { Program } from "./program.js";
import type { Scope } from "./scope.js";
import type { Expr } from "./tree.js";
import { f32, f64, floats, integerOf, integers, typeText, u64, type FloatType, type IntType } from "./types.js";

const { SyntaxKind } = ts;

/// An expression of literals as a float: `1 / 3` is a third here.
export function floatLiteral(program: Program, node: ts.Expression, type: FloatType): Expr {
  return floatConstant(type, numberOf(program, node));
}
/// A literal that no integer is.
export function isFraction(node: ts.Expression): boolean {
  node = unwrap(node);
  if (ts.isPrefixUnaryExpression(node)) return isFraction(node.operand);
  return ts.isNumericLiteral(node) && /^[\d_]*(\.|[\d_]e)/i.test(node.getText());
}
export const floatConstant = (type: FloatType, value: number): Expr => constant(type, bitsOfNumber(value, type.bits));

function numberOf(program: Program, node: ts.Expression): number {
  node = resolve(program, node);
  if (ts.isNumericLiteral(node)) return Number(node.getText().replaceAll("_", ""));
  if (ts.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.MinusToken) return -numberOf(program, node.operand);
  if (ts.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.PlusToken) return numberOf(program, node.operand);
  if (ts.isBinaryExpression(node)) {
    const operate = operations[node.operatorToken.kind];
    if (operate) return operate(numberOf(program, node.left), numberOf(program, node.right));
  }
  const constantOf = constantNode(program, node);
  if (constantOf && constantOf !== node && !enumMember(program, constantOf)) return numberOf(program, constantOf);
  return Number(literalValue(program, node));
}
const operations: Partial<Record<ts.SyntaxKind, (a: number, b: number) => number>> = {
  [SyntaxKind.PlusToken]: (a, b) => a + b,
  [SyntaxKind.MinusToken]: (a, b) => a - b,
  [SyntaxKind.AsteriskToken]: (a, b) => a * b,
  [SyntaxKind.SlashToken]: (a, b) => a / b,
  [SyntaxKind.AsteriskAsteriskToken]: (a, b) => a ** b,
};

/// The integer that holds a float's bits.
const bitsType = (type: FloatType): IntType => integers.get(type.bits === 32 ? "u32" : "u64")!;

const limits: Record<string, Record<32 | 64, number>> = {
  MAX: { 32: 2 ** 128 - 2 ** 104, 64: Number.MAX_VALUE },
  MIN_POSITIVE: { 32: 2 ** -126, 64: 2 ** -1022 },
  EPSILON: { 32: 2 ** -23, 64: 2 ** -52 },
  INFINITY: { 32: Infinity, 64: Infinity },
  NAN: { 32: NaN, 64: NaN },
};

/// `f64.EPSILON` and its kin.
export function floatMember(first: string, second: string): Expr | undefined {
  const type = floats.get(first);
  const limit = limits[second];
  return type && limit && floatConstant(type, limit[type.bits]);
}

export function floatCall(scope: Scope, node: ts.CallExpression, name: string): Expr | undefined {
  const [head = "", method] = name.split(".");
  const type = floats.get(head);
  const [first, second] = node.arguments;
  if (!type || !first) return undefined;
  scope.program.types.needFloats(node);
  if (!method) return toFloat(scope, first, type);
  if (method === "fromBits") return unary(type, "fromBits", elaborateAs(scope, first, bitsType(type)));
  const value = elaborateAs(scope, first, type);
  const other = () => elaborateAs(scope, second as ts.Expression, type);
  switch (method) {
    case "sqrt":
    case "abs":
      return unary(type, method, value);
    case "bits":
      return unary(bitsType(type), "bits", value);
    case "min":
    case "max":
    case "copySign":
      return binary(type, method, value, other());
    case "isNaN": {
      const local = scope.fresh("value", type);
      const read = readOf({ kind: "local", type, local });
      const body = compare("ne", read, read);
      return { kind: "let", type: body.type, bindings: [{ local, value }], body };
    }
    case "isFinite":
      return compare("lt", unary(type, "abs", value), floatConstant(type, Infinity));
    // By the function for f64, which is exact for an f32 too.
    case "floor":
    case "ceil":
    case "trunc":
    case "round":
      return convert(runtimeCall(scope, node, `${method}Float`, [convert(value, f64)]), type);
    default:
      return undefined;
  }
}

function toFloat(scope: Scope, node: ts.Expression, type: FloatType): Expr {
  if (isLiteral(scope.program, node)) return floatLiteral(scope.program, node, type);
  // Only what has no type of its own becomes a float before it is converted.
  const operand = elaboratePresent(scope, node, needsContext(scope.program, node) ? type : undefined);
  const fits = integerOf(operand.type) || operand.type.kind === "float" || operand.type.kind === "bool";
  return fits ? convert(operand, type) : scope.fail(node, "TM2003", `${typeText(operand.type)}, needed a number`);
}

/// `u8(x)`: truncated, and the nearest integer that there is.
export function toInteger(scope: Scope, value: Expr, type: IntType): Expr {
  if (type.bits >= 32) return convert(value, type);
  const word = integers.get(type.signed ? "i32" : "u32")!;
  const [lowest, highest] = type.signed ? [-(1n << BigInt(type.bits - 1)), (1n << BigInt(type.bits - 1)) - 1n] : [0n, (1n << BigInt(type.bits)) - 1n];
  const local = scope.fresh("value", word);
  const read = readOf({ kind: "local", type: word, local });
  const least: Expr = type.signed
    ? { kind: "conditional", type, condition: compare("lt", read, constant(word, lowest)), yes: constant(type, lowest), otherwise: convert(read, type) }
    : convert(read, type);
  const body: Expr = { kind: "conditional", type, condition: compare("gt", read, constant(word, highest)), yes: constant(type, highest), otherwise: least };
  return { kind: "let", type, bindings: [{ local, value: convert(value, word) }], body };
}

/// `print(x)`.
export function printFloat(scope: Scope, node: ts.Node, value: Expr): Expr {
  const isSingle = value.type.kind === "float" && value.type.bits === 32;
  return runtimeCall(scope, node, isSingle ? "printSingle" : "printDouble", [
    isSingle ? convert(unary(bitsType(f32), "bits", value), u64) : unary(u64, "bits", value),
  ]);
}
