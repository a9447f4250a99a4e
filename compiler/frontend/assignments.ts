// Assignments: to places, and by what a place holds already. Where a place is, is computed once.

import { ts } from "#typescript";
import { checkBits } from "./aggregates.js";
import { constantNode } from "./constants.js";
import { elaborateAs, elaboratePlace, presence } from "./expressions.js";
import { addressOf, compare, constant, convert, readOf } from "./fold.js";
import { fieldPlace } from "./members.js";
import { count, hasOperator, isShift } from "./operators.js";
import type { Scope } from "./scope.js";
import type { BinaryOp, Expr, Place } from "./tree.js";
import { isOption, numberOf, pointerTo, typeText, u64 } from "./types.js";

const { SyntaxKind } = ts;
type Table<T> = Partial<Record<ts.SyntaxKind, T>>;

const assignments: Table<BinaryOp> = {
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
/// By what the place holds already, whether it is written.
const logicalAssignments: Table<"and" | "or" | "null"> = {
  [SyntaxKind.AmpersandAmpersandEqualsToken]: "and",
  [SyntaxKind.BarBarEqualsToken]: "or",
  [SyntaxKind.QuestionQuestionEqualsToken]: "null",
};

/// Undefined where the operator assigns nothing.
export function assignmentOf(scope: Scope, node: ts.BinaryExpression): Expr | undefined {
  const token = node.operatorToken.kind;
  if (token === SyntaxKind.EqualsToken) return assignment(scope, node);
  const compound = assignments[token];
  if (compound) return compoundAssignment(scope, node, compound);
  const logical = logicalAssignments[token];
  return logical && logicalAssignment(scope, node, logical);
}

function assignment(scope: Scope, node: ts.BinaryExpression): Expr {
  if (ts.isArrayLiteralExpression(node.left)) return destructuring(scope, node, node.left);
  const place = assignable(scope, node.left);
  const value = elaborateAs(scope, node.right, place.type);
  if (place.kind === "field") checkBits(scope, node.right, value, place.bits);
  return { kind: "assign", type: place.type, place, op: undefined, value };
}
function assignable(scope: Scope, node: ts.Expression): Place {
  // `count! += 1`: the operation looks whether it is there.
  if (ts.isNonNullExpression(node)) return assignable(scope, node.expression);
  const constant = constantNode(scope.program, node);
  if (constant && constant !== node && !ts.isIdentifier(node)) scope.fail(node, "TM2012", `${node.getText()} is a constant`);
  const place = elaboratePlace(scope, node);
  if (place.type.kind === "device" || place.type.kind === "atomic")
    scope.fail(node, "TM2003", `${typeText(place.type)} is written through its methods`);
  if (place.kind === "field" && place.base.type.kind === "struct" && place.base.type.role === "tuple") scope.fail(node, "TM2028", node.getText());
  return place;
}

/// `[a, b] = [b, a]`: all values first, then all places.
function destructuring(scope: Scope, node: ts.BinaryExpression, left: ts.ArrayLiteralExpression): Expr {
  if (!ts.isArrayLiteralExpression(node.right) || node.right.elements.length !== left.elements.length)
    return scope.fail(node, "TM1001", node.getText());
  const right = node.right.elements;
  const places = left.elements.map((element) => assignable(scope, element));
  const bindings = places.map((place, index) => ({
    local: scope.fresh(`part${index}`, place.type),
    value: elaborateAs(scope, right[index]!, place.type),
  }));
  const stores = places.map((place, index): Expr => {
    const { local } = bindings[index]!;
    return {
      kind: "assign",
      type: place.type,
      place,
      op: undefined,
      value: { kind: "read", type: local.type, place: { kind: "local", type: local.type, local } },
    };
  });
  const last: Expr = { kind: "sequence", type: { kind: "void" }, first: stores, last: constant({ kind: "void" }, 0n) };
  return { kind: "let", type: { kind: "void" }, bindings, body: last };
}

function compoundAssignment(scope: Scope, node: ts.BinaryExpression, op: BinaryOp): Expr {
  return inPlace(scope, node.left, (place) => {
    if (!hasOperator(place.type, op)) return scope.fail(node.left, "TM2014", typeText(place.type));
    const value = isShift(op) ? count(scope, node.right, place.type) : elaborateAs(scope, node.right, place.type);
    return { kind: "assign", type: place.type, place, op, value };
  });
}

/// An operation on what a place holds. Where that may be null, it is looked at first, and the value is the place.
function inPlace(scope: Scope, node: ts.Expression, operation: (place: Place) => Expr): Expr {
  const place = assignable(scope, node);
  const { type } = place;
  if (!isOption(type)) return operation(place);
  return once(scope, place, (again) => {
    const value = operation(fieldPlace(again, type.fields.get("value")!));
    const check: Expr = { kind: "check", type: { kind: "void" }, condition: presence(readOf(again)), reason: "null", location: scope.program.locationOf(node) };
    return { kind: "sequence", type: value.type, first: [check], last: value };
  });
}

/// Computes where a place is once, for what uses it twice.
function once(scope: Scope, place: Place, use: (place: Place) => Expr): Expr {
  if (place.kind === "local" || place.kind === "global") return use(place);
  const local = scope.fresh("", pointerTo(place.type));
  const body = use({ kind: "deref", type: place.type, pointer: readOf({ kind: "local", type: local.type, local }) });
  return { kind: "let", type: body.type, bindings: [{ local, value: addressOf(place, local.type) }], body };
}

/// `p ??= q`, `done ||= f()`: assigns where the place holds nothing (or, with `&&=`, something).
function logicalAssignment(scope: Scope, node: ts.BinaryExpression, op: "and" | "or" | "null"): Expr {
  const place = assignable(scope, node.left);
  const { type } = place;
  if (place.kind === "field" && place.bits) return scope.fail(node.left, "TM2012", `${node.left.getText()} is a part of a word`);
  const isPointer = type.kind === "ptr" || type.kind === "func";
  if (op === "null" ? !isPointer && !isOption(type) : !isPointer && type.kind !== "bool") return scope.fail(node.left, "TM2014", typeText(type));
  return once(scope, place, (again) => {
    const held = readOf(again);
    const condition = isOption(type) ? presence(held) : isPointer ? compare("ne", held, constant(type, 0n)) : held;
    const assign: Expr = { kind: "assign", type, place: again, op: undefined, value: elaborateAs(scope, node.right, type) };
    return { kind: "conditional", type, condition, yes: op === "and" ? assign : held, otherwise: op === "and" ? held : assign };
  });
}

/// `++x`.
export function increment(scope: Scope, node: ts.PrefixUnaryExpression, operator: ts.SyntaxKind): Expr {
  const op = operator === SyntaxKind.PlusPlusToken ? "add" : "sub";
  return inPlace(scope, node.operand, (place) => {
    if (!numberOf(place.type)) return scope.fail(node, "TM2014", typeText(place.type));
    return { kind: "assign", type: place.type, place, op, value: convert(constant(u64, 1n), place.type) };
  });
}

export function postfix(scope: Scope, node: ts.PostfixUnaryExpression): Expr {
  const op = node.operator === SyntaxKind.PlusPlusToken ? "add" : "sub";
  return inPlace(scope, node.operand, (place) => (numberOf(place.type) ? { kind: "postfix", type: place.type, place, op } : scope.fail(node, "TM2014", typeText(place.type))));
}
