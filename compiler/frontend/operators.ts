// Operators: which types they take, and how two widths meet. Operands of one sign widen to the wider of
// the two; an enum is the integer that the other side or the context is; everything wraps at its width.

import { ts } from "#typescript";
import { checkBits } from "./aggregates.js";
import { coerce } from "./coerce.js";
import { constantNode, isLiteral, literalTruth, literalValue, needsContext } from "./constants.js";
import {
  commonType,
  elaborate,
  elaborateAs,
  elaborateCondition,
  elaboratePlace,
  elaboratePresent,
  elaborateValue,
  presence,
  present,
  signsDiffer,
} from "./expressions.js";
import { addressOf, binary, boolean, compare, constant, convert, not, readOf, unary } from "./fold.js";
import { runtimeCall } from "./functions.js";
import { fieldPlace } from "./members.js";
import type { Scope } from "./scope.js";
import type { BinaryOp, CompareOp, Expr, Place } from "./tree.js";
import { bool, integerOf, isOption, numberOf, pointerTo, typeText, u64, widens, type IntType, type StructType, type Type } from "./types.js";

const { SyntaxKind } = ts;
type Table<T> = Partial<Record<ts.SyntaxKind, T>>;

const arithmetic: Table<BinaryOp> = {
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
const comparisons: Table<CompareOp> = {
  [SyntaxKind.EqualsEqualsEqualsToken]: "eq",
  [SyntaxKind.ExclamationEqualsEqualsToken]: "ne",
  [SyntaxKind.LessThanToken]: "lt",
  [SyntaxKind.LessThanEqualsToken]: "le",
  [SyntaxKind.GreaterThanToken]: "gt",
  [SyntaxKind.GreaterThanEqualsToken]: "ge",
};
const hasOperator = (type: Type, op: BinaryOp) =>
  integerOf(type) !== undefined || (type.kind === "float" && ["add", "sub", "mul", "div"].includes(op));
const isShift = (op: BinaryOp) => op.startsWith("sh");

export function binaryExpression(scope: Scope, node: ts.BinaryExpression, wanted: Type | undefined): Expr {
  const token = node.operatorToken.kind;
  if (token === SyntaxKind.EqualsToken) return assignment(scope, node);
  const compound = assignments[token];
  if (compound) return compoundAssignment(scope, node, compound);
  const logical = logicalAssignments[token];
  if (logical) return logicalAssignment(scope, node, logical);
  const truth = literalTruth(scope.program, node);
  if (truth !== undefined) return boolean(truth);
  if (token === SyntaxKind.AmpersandAmpersandToken || token === SyntaxKind.BarBarToken) {
    const [left, right] = [elaborateCondition(scope, node.left), elaborateCondition(scope, node.right)];
    return { kind: "logical", type: bool, op: token === SyntaxKind.BarBarToken ? "or" : "and", left, right };
  }
  if (token === SyntaxKind.QuestionQuestionToken) return coalesce(scope, node, wanted);
  const comparison = comparisons[token];
  if (comparison) return comparisonOf(scope, node, comparison);
  const op = arithmetic[token];
  if (op) return operation(scope, node, op, wanted);
  return scope.fail(node.operatorToken, "TM1001", node.operatorToken.getText());
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

/// `a ?? b`.
function coalesce(scope: Scope, node: ts.BinaryExpression, wanted: Type | undefined): Expr {
  const left = elaborate(scope, node.left, wanted);
  const local = scope.fresh("left", left.type);
  const read: Expr = { kind: "read", type: left.type, place: { kind: "local", type: left.type, local } };
  let condition: Expr, value: Expr;
  if (left.type.kind === "ptr" || left.type.kind === "func") {
    condition = compare("ne", read, constant(left.type, 0n));
    value = { kind: "narrow", type: { ...left.type, nullable: false }, operand: read, trap: undefined };
  } else if (isOption(left.type)) {
    condition = presence(read);
    value = { kind: "part", type: left.type.args[0] as Type, of: read, offset: left.type.fields.get("value")!.offset };
  } else return scope.fail(node.left, "TM2014", `${typeText(left.type)} is never null`);
  // A literal is of the context's type only where the left side becomes that too.
  const [own, asked] = [integerOf(value.type), wanted && integerOf(wanted)];
  const isWider = needsContext(scope.program, node.right) && own && asked && widens(own, asked);
  const context = numberOf(value.type) && !isWider ? value.type : (wanted ?? value.type);
  const right = elaborateValue(scope, node.right, context);
  const type =
    (isWider ? wanted : commonType(value.type, right.type, wanted)) ??
    scope.fail(node, "TM2003", `${typeText(value.type)} and ${typeText(right.type)}`);
  const body: Expr = {
    kind: "conditional",
    type,
    condition,
    yes: coerce(scope, node, value, type),
    otherwise: coerce(scope, node, right, type),
  };
  return { kind: "let", type, bindings: [{ local, value: left }], body };
}

function comparisonOf(scope: Scope, node: ts.BinaryExpression, op: CompareOp): Expr {
  const swap = needsContext(scope.program, node.left) && !needsContext(scope.program, node.right);
  const known = elaborate(scope, swap ? node.right : node.left);
  const other = elaborate(scope, swap ? node.left : node.right, known.type);
  const isEquality = op === "eq" || op === "ne";
  if (isEquality && isOption(known.type) && other.type.kind === "null")
    return op === "ne" ? presence(known) : not(presence(known));
  const operands = swap ? [other, known] : [known, other];
  const option = isEquality && operands.map(({ type }) => type).find(isOption);
  if (option) return optionEquality(scope, node, op, option, operands);
  const [a, b] = operands.map((expr) => present(scope, node, expr)) as [Expr, Expr];
  const type =
    commonType(a.type, b.type) ??
    scope.fail(node, signsDiffer(a.type, b.type) ? "TM2001" : "TM2003", `${typeText(a.type)} and ${typeText(b.type)}`);
  if (type.kind === "slice" && isEquality && type.text) {
    const equal = runtimeCall(scope, node, "equalText", [a, b]);
    return op === "eq" ? equal : not(equal);
  }
  const comparesByWord =
    numberOf(type) || (isEquality && ["bool", "ptr", "many", "func", "tagged", "null"].includes(type.kind));
  if (!comparesByWord) return scope.fail(node, "TM2014", `${typeText(type)} ${node.operatorToken.getText()}`);
  return compare(op, coerce(scope, node, a, type), coerce(scope, node, b, type));
}

/// Both are null, or both are there and equal.
function optionEquality(scope: Scope, node: ts.Node, op: "eq" | "ne", option: StructType, operands: readonly Expr[]): Expr {
  const value = option.args[0] as Type;
  if (!numberOf(value) && value.kind !== "bool") return scope.fail(node, "TM2014", typeText(option));
  const bindings = operands.map((operand) => ({ local: scope.fresh("operand", option), value: coerce(scope, node, operand, option) }));
  const [a, b] = bindings.map(({ local }) => readOf({ kind: "local", type: option, local })) as [Expr, Expr];
  const partOf = (of: Expr): Expr => ({ kind: "part", type: value, of, offset: option.fields.get("value")!.offset });
  const sameValue: Expr = { kind: "logical", type: bool, op: "or", left: not(presence(a)), right: compare("eq", partOf(a), partOf(b)) };
  const equal: Expr = { kind: "logical", type: bool, op: "and", left: compare("eq", presence(a), presence(b)), right: sameValue };
  return { kind: "let", type: bool, bindings, body: op === "eq" ? equal : not(equal) };
}

/// Of two operands, or a shift.
function operation(scope: Scope, node: ts.BinaryExpression, op: BinaryOp, wanted: Type | undefined): Expr {
  const context = wanted && numberOf(wanted) ? wanted : undefined;
  if (isShift(op)) {
    const left = asInteger(scope, node.left, elaboratePresent(scope, node.left, context), context);
    return binary(left.type, op, left, count(scope, node.right, left.type));
  }
  const { program } = scope;
  const swap = needsContext(program, node.left) && !needsContext(program, node.right);
  const [known, other] = swap ? [node.right, node.left] : [node.left, node.right];
  const first = elaboratePresent(scope, known, context);
  const asked = !needsContext(program, other) || (context?.kind === "int" && first.type.kind === "enum") ? context : first.type;
  const second = elaboratePresent(scope, other, asked);
  if (first.type.kind === "float" || second.type.kind === "float") {
    const type = commonType(first.type, second.type);
    if (type?.kind !== "float") return scope.fail(node, "TM2003", `${typeText(first.type)} and ${typeText(second.type)}`);
    if (!hasOperator(type, op)) return scope.fail(node.operatorToken, "TM2014", `${typeText(type)} ${node.operatorToken.getText()}`);
    const [a, b] = [coerce(scope, node, first, type), coerce(scope, node, second, type)];
    return swap ? binary(type, op, b, a) : binary(type, op, a, b);
  }
  const integers = [first, second].map((expr, index) => {
    const other = (index === 0 ? second : first).type;
    return asInteger(scope, node, expr, other.kind === "int" ? other : context);
  }) as [Expr, Expr];
  const type =
    commonType(integers[0].type, integers[1].type) ??
    scope.fail(node, "TM2001", `${typeText(integers[0].type)} and ${typeText(integers[1].type)}`);
  const [a, b] = [coerce(scope, node, integers[0], type), coerce(scope, node, integers[1], type)];
  return swap ? binary(type, op, b, a) : binary(type, op, a, b);
}

/// An enum is the integer that the context or the other operand is, when that holds its values.
function asInteger(scope: Scope, node: ts.Node, expr: Expr, context: Type | undefined): Expr {
  const integer = integerOf(expr.type);
  if (!integer) return scope.fail(node, "TM2014", typeText(expr.type));
  if (expr.type.kind === "int") return expr;
  const wider = context?.kind === "int" && widens(integer, context) ? context : integer;
  return convert(expr, wider satisfies IntType);
}

/// How far; a written number beyond the width would be masked, which nobody means.
function count(scope: Scope, node: ts.Expression, type: Type): Expr {
  const bits = integerOf(type)?.bits ?? 64;
  if (isLiteral(scope.program, node) && literalValue(scope.program, node) >= bits)
    return scope.fail(node, "TM2032", `${typeText(type)} by ${node.getText()}`);
  const value = elaboratePresent(scope, node, u64);
  return integerOf(value.type) ? value : scope.fail(node, "TM2014", typeText(value.type));
}

export function prefix(scope: Scope, node: ts.PrefixUnaryExpression, wanted: Type | undefined): Expr {
  if (node.operator === SyntaxKind.ExclamationToken) return not(elaborateCondition(scope, node.operand));
  if (node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken) {
    const op = node.operator === SyntaxKind.PlusPlusToken ? "add" : "sub";
    return inPlace(scope, node.operand, (place) => {
      if (!numberOf(place.type)) return scope.fail(node, "TM2014", typeText(place.type));
      return { kind: "assign", type: place.type, place, op, value: convert(constant(u64, 1n), place.type) };
    });
  }
  const context = wanted && numberOf(wanted) ? wanted : undefined;
  const given = elaboratePresent(scope, node.operand, context);
  if (given.type.kind === "float" && node.operator !== SyntaxKind.TildeToken)
    return node.operator === SyntaxKind.MinusToken ? unary(given.type, "neg", given) : given;
  const operand = asInteger(scope, node, given, context);
  if (node.operator === SyntaxKind.TildeToken) return binary(operand.type, "xor", operand, constant(operand.type, -1n));
  return node.operator === SyntaxKind.MinusToken
    ? binary(operand.type, "sub", constant(operand.type, 0n), operand)
    : operand;
}

export function postfix(scope: Scope, node: ts.PostfixUnaryExpression): Expr {
  const op = node.operator === SyntaxKind.PlusPlusToken ? "add" : "sub";
  return inPlace(scope, node.operand, (place) => (numberOf(place.type) ? { kind: "postfix", type: place.type, place, op } : scope.fail(node, "TM2014", typeText(place.type))));
}
