// Elaborates expressions, bidirectionally: `wanted` flows down to give literals
// their type, the type found flows up. tsc sees `number` everywhere, so this
// is where widths and signs are checked.

import { ts } from "ts-morph";
import { elaborateCall } from "./calls.js";
import { Refused, type Scope } from "./scope.js";
import { isInt, type BinaryOp, type CompareOp, type Expr, type Indexed, type Place } from "./tree.js";
import { assignable, bool, inRange, sameType, typeText, u64, type Type } from "./types.js";

const { SyntaxKind } = ts;

const arithmetic: Partial<Record<ts.SyntaxKind, BinaryOp>> = {
  [SyntaxKind.PlusToken]: "add",
  [SyntaxKind.MinusToken]: "sub",
  [SyntaxKind.AsteriskToken]: "mul",
  [SyntaxKind.SlashToken]: "div",
  [SyntaxKind.PercentToken]: "rem",
  [SyntaxKind.AmpersandToken]: "and",
  [SyntaxKind.BarToken]: "or",
  [SyntaxKind.CaretToken]: "xor",
  [SyntaxKind.LessThanLessThanToken]: "shl",
  [SyntaxKind.GreaterThanGreaterThanToken]: "shr",
  [SyntaxKind.GreaterThanGreaterThanGreaterThanToken]: "shrLogical",
};
const assignments: Partial<Record<ts.SyntaxKind, BinaryOp>> = {
  [SyntaxKind.PlusEqualsToken]: "add",
  [SyntaxKind.MinusEqualsToken]: "sub",
  [SyntaxKind.AsteriskEqualsToken]: "mul",
  [SyntaxKind.SlashEqualsToken]: "div",
  [SyntaxKind.PercentEqualsToken]: "rem",
  [SyntaxKind.AmpersandEqualsToken]: "and",
  [SyntaxKind.BarEqualsToken]: "or",
  [SyntaxKind.CaretEqualsToken]: "xor",
  [SyntaxKind.LessThanLessThanEqualsToken]: "shl",
  [SyntaxKind.GreaterThanGreaterThanEqualsToken]: "shr",
  [SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken]: "shrLogical",
};
const comparisons: Partial<Record<ts.SyntaxKind, CompareOp>> = {
  [SyntaxKind.EqualsEqualsEqualsToken]: "eq",
  [SyntaxKind.ExclamationEqualsEqualsToken]: "ne",
  [SyntaxKind.LessThanToken]: "lt",
  [SyntaxKind.LessThanEqualsToken]: "le",
  [SyntaxKind.GreaterThanToken]: "gt",
  [SyntaxKind.GreaterThanEqualsToken]: "ge",
};
const isShift = (op: BinaryOp) => op.startsWith("sh");

/// A value that may be used where `wanted` is needed: lossless widening is done here.
export function elaborateAs(scope: Scope, node: ts.Expression, wanted: Type): Expr {
  const expr = elaborate(scope, node, wanted);
  if (sameType(expr.type, wanted)) return expr;
  if (!assignable(expr.type, wanted)) scope.fail(node, "TM2003", `${typeText(expr.type)}, needed ${typeText(wanted)}`);
  return { kind: "convert", type: wanted, operand: expr };
}

/// A value; aggregates are named through their places only.
export function elaborate(scope: Scope, node: ts.Expression, wanted?: Type): Expr {
  const expr = elaborateAny(scope, node, wanted);
  if (expr.type.kind === "arr" || expr.type.kind === "struct") scope.fail(node, "TM2005", node.getText());
  return expr;
}

export function elaborateCondition(scope: Scope, node: ts.Expression): Expr {
  return toCondition(elaborate(scope, node, bool));
}

export function elaboratePlace(scope: Scope, node: ts.Expression): Place {
  const expr = elaborateAny(scope, node);
  return expr.kind === "read" ? expr.place : scope.fail(node, "TM1001", `${node.getText()} has no place`);
}

/// As `elaborate`, but the result may be an array or a struct in its place.
export function elaborateAny(scope: Scope, node: ts.Expression, wanted?: Type): Expr {
  if (scope.isLiteral(node)) return literal(scope, node, wanted);
  if (ts.isParenthesizedExpression(node)) return elaborateAny(scope, node.expression, wanted);
  if (ts.isIdentifier(node)) return readName(scope, node);
  if (ts.isPropertyAccessExpression(node)) return member(scope, node);
  if (ts.isElementAccessExpression(node)) return element(scope, node);
  if (ts.isBinaryExpression(node)) return binary(scope, node, wanted);
  if (ts.isPrefixUnaryExpression(node)) return prefix(scope, node, wanted);
  if (ts.isPostfixUnaryExpression(node)) {
    const place = elaboratePlace(scope, node.operand);
    return { kind: "postfix", type: place.type, place, op: node.operator === SyntaxKind.PlusPlusToken ? "add" : "sub" };
  }
  if (ts.isConditionalExpression(node)) {
    const [then, otherwise, type] = agreeing(scope, node, node.whenTrue, node.whenFalse, wanted);
    return { kind: "conditional", type, condition: elaborateCondition(scope, node.condition), then, otherwise };
  }
  if (ts.isCallExpression(node)) return elaborateCall(scope, node);
  if (node.kind === SyntaxKind.TrueKeyword || node.kind === SyntaxKind.FalseKeyword)
    return { kind: "const", type: bool, value: BigInt(node.kind === SyntaxKind.TrueKeyword) };
  if (node.kind === SyntaxKind.NullKeyword) return { kind: "const", type: { kind: "null" }, value: 0n };
  return scope.fail(node, "TM1001", SyntaxKind[node.kind]);
}

export const readOf = (place: Place): Expr => ({ kind: "read", type: place.type, place });

function toCondition(expr: Expr): Expr {
  if (expr.type.kind === "bool") return expr;
  return { kind: "compare", type: bool, op: "ne", left: expr, right: { kind: "const", type: expr.type, value: 0n } };
}

/// The exact value: `text` of a literal node is rounded, its source is not.
function literalValue(scope: Scope, node: ts.Expression): bigint {
  if (ts.isNumericLiteral(node)) return BigInt(node.getText().replaceAll("_", ""));
  if (ts.isParenthesizedExpression(node)) return literalValue(scope, node.expression);
  if (ts.isIdentifier(node)) return literalValue(scope, scope.literalOf(node) as ts.Expression);
  if (ts.isPrefixUnaryExpression(node)) {
    const value = literalValue(scope, node.operand);
    if (node.operator === SyntaxKind.MinusToken) return -value;
    if (node.operator === SyntaxKind.TildeToken) return ~value;
  }
  if (ts.isBinaryExpression(node)) {
    const [a, b] = [literalValue(scope, node.left), literalValue(scope, node.right)];
    switch (arithmetic[node.operatorToken.kind]) {
      case "add":
        return a + b;
      case "sub":
        return a - b;
      case "mul":
        return a * b;
      case "shl":
        return a << b;
      case "or":
        return a | b;
    }
  }
  return scope.fail(node, "TM1001", node.getText());
}

function literal(scope: Scope, node: ts.Expression, wanted: Type | undefined): Expr {
  const type = wanted && (wanted.kind === "bool" ? u64 : wanted);
  if (!type || !isInt(type)) return scope.fail(node, "TM2004", node.getText());
  const value = literalValue(scope, node);
  const inverted = ts.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.TildeToken;
  if (!inverted && !inRange(value, type)) scope.fail(node, "TM2002", `${node.getText()} in ${type.name}`);
  return { kind: "const", type, value };
}

function readName(scope: Scope, node: ts.Identifier): Expr {
  const symbol = scope.symbolOf(node);
  const local = scope.locals.get(symbol);
  if (local) return readOf({ kind: "local", type: local.type, local });
  const global = scope.globals.get(symbol);
  if (global) return readOf({ kind: "global", type: global.type, global });
  if (scope.poisoned.has(symbol)) throw new Refused(node.text);
  return scope.fail(node, "TM1001", node.text);
}

function member(scope: Scope, node: ts.PropertyAccessExpression): Expr {
  const base = elaborateAny(scope, node.expression);
  const name = node.name.text;
  if (name === "$" && base.type.kind === "ptr") return readOf({ kind: "deref", type: base.type.to, pointer: base });
  if (name === "length" && base.type.kind === "arr") return { kind: "const", type: u64, value: base.type.length };
  if (name === "length" && base.type.kind === "slice") return { kind: "length", type: u64, of: base };
  if (name === "ptr" && base.type.kind === "arr" && base.kind === "read")
    return { kind: "address", type: { kind: "many", of: base.type.of }, place: base.place };
  const place = dereferenced(base);
  const field = place?.type.kind === "struct" ? place.type.fields.get(name) : undefined;
  if (!place || !field) return scope.fail(node, "TM1001", `.${name} of ${typeText(base.type)}`);
  return readOf({ kind: "field", type: field.type, base: place, offset: field.offset });
}

/// The place that an expression names: a pointer's pointee, an aggregate's own.
function dereferenced(base: Expr): Place | undefined {
  if (base.type.kind === "ptr") return { kind: "deref", type: base.type.to, pointer: base };
  return base.kind === "read" ? base.place : undefined;
}

function element(scope: Scope, node: ts.ElementAccessExpression): Expr {
  const base = elaborateAny(scope, node.expression);
  const index = elaborate(scope, node.argumentExpression, u64);
  if (!isInt(index.type)) return scope.fail(node.argumentExpression, "TM2003", typeText(index.type));
  const place = dereferenced(base);
  const indexed: Indexed = place?.type.kind === "arr" ? { kind: "arr", place } : { kind: "value", value: base };
  const type = indexed.kind === "arr" ? indexed.place.type : base.type;
  if (type.kind !== "arr" && type.kind !== "slice" && type.kind !== "many")
    return scope.fail(node, "TM1001", `index of ${typeText(base.type)}`);
  return readOf({ kind: "index", type: type.of, base: indexed, index });
}

function binary(scope: Scope, node: ts.BinaryExpression, wanted: Type | undefined): Expr {
  const token = node.operatorToken.kind;
  const compound = assignments[token];
  if (token === SyntaxKind.EqualsToken || compound) {
    const place = elaboratePlace(scope, node.left);
    if (place.type.kind === "arr" || place.type.kind === "struct")
      return scope.fail(node.left, "TM2005", node.left.getText());
    const value =
      compound && isShift(compound) ? elaborate(scope, node.right, u64) : elaborateAs(scope, node.right, place.type);
    return { kind: "assign", type: place.type, place, op: compound, value };
  }
  if (token === SyntaxKind.AmpersandAmpersandToken || token === SyntaxKind.BarBarToken) {
    const [left, right] = [elaborateCondition(scope, node.left), elaborateCondition(scope, node.right)];
    return { kind: "logical", type: bool, op: token === SyntaxKind.BarBarToken ? "or" : "and", left, right };
  }
  const comparison = comparisons[token];
  if (comparison) {
    const [left, right] = agreeing(scope, node, node.left, node.right, undefined);
    return { kind: "compare", type: bool, op: comparison, left, right };
  }
  const op = arithmetic[token] ?? scope.fail(node.operatorToken, "TM1001", node.operatorToken.getText());
  if (isShift(op)) {
    const left = elaborate(scope, node.left, wanted);
    return { kind: "binary", type: left.type, op, left, right: elaborate(scope, node.right, u64) };
  }
  const [left, right, type] = agreeing(scope, node, node.left, node.right, wanted);
  if (!isInt(type)) return scope.fail(node, "TM2003", typeText(type));
  return { kind: "binary", type, op, left, right };
}

/// Two operands of one type: the side that is no literal gives the other its type.
function agreeing(
  scope: Scope,
  node: ts.Node,
  first: ts.Expression,
  second: ts.Expression,
  wanted: Type | undefined,
): [Expr, Expr, Type] {
  const secondFirst = scope.isLiteral(first) || first.kind === SyntaxKind.NullKeyword;
  const known = elaborate(scope, secondFirst ? second : first, wanted);
  const other = elaborate(scope, secondFirst ? first : second, known.type);
  const type = assignable(other.type, known.type) && other.type.kind !== "int" ? known.type : other.type;
  if (!sameType(known.type, other.type) && !(assignable(other.type, known.type) && known.type.kind === "ptr")) {
    scope.fail(node, "TM2001", `${typeText(known.type)} and ${typeText(other.type)}`);
  }
  return secondFirst ? [other, known, type] : [known, other, type];
}

function prefix(scope: Scope, node: ts.PrefixUnaryExpression, wanted: Type | undefined): Expr {
  if (node.operator === SyntaxKind.ExclamationToken)
    return { kind: "not", type: bool, operand: elaborateCondition(scope, node.operand) };
  if (node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken) {
    const place = elaboratePlace(scope, node.operand);
    const value: Expr = { kind: "const", type: place.type, value: 1n };
    return {
      kind: "assign",
      type: place.type,
      place,
      op: node.operator === SyntaxKind.PlusPlusToken ? "add" : "sub",
      value,
    };
  }
  const operand = elaborate(scope, node.operand, wanted);
  const constant = (value: bigint): Expr => ({ kind: "const", type: operand.type, value });
  if (node.operator === SyntaxKind.TildeToken)
    return { kind: "binary", type: operand.type, op: "xor", left: operand, right: constant(-1n) };
  return { kind: "binary", type: operand.type, op: "sub", left: constant(0n), right: operand };
}
