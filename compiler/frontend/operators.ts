// Operators: which types they take, and how two widths meet. Operands of one sign widen to the wider of
// the two; an enum is the integer that the other side or the context is; everything wraps at its width.

import { ts } from "#typescript";
import { assignmentOf, increment } from "./assignments.js";
import { coerce } from "./coerce.js";
import { comparisons, isLiteral, literalTruth, literalValue, needsContext } from "./constants.js";
import {
  commonType,
  elaborate,
  elaborateCondition,
  elaboratePresent,
  elaborateValue,
  presence,
  present,
  signsDiffer,
} from "./expressions.js";
import { binary, boolean, compare, constant, convert, not, readOf, unary } from "./fold.js";
import { runtimeCall } from "./functions.js";
import type { Scope } from "./scope.js";
import type { BinaryOp, CompareOp, Expr } from "./tree.js";
import { bool, integerOf, isOption, numberOf, typeText, u64, widens, type IntType, type StructType, type Type } from "./types.js";

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
export const hasOperator = (type: Type, op: BinaryOp) =>
  integerOf(type) !== undefined || (type.kind === "float" && ["add", "sub", "mul", "div"].includes(op));
export const isShift = (op: BinaryOp) => op.startsWith("sh");

export function binaryExpression(scope: Scope, node: ts.BinaryExpression, wanted: Type | undefined): Expr {
  const token = node.operatorToken.kind;
  const assigned = assignmentOf(scope, node);
  if (assigned) return assigned;
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
export function count(scope: Scope, node: ts.Expression, type: Type): Expr {
  const bits = integerOf(type)?.bits ?? 64;
  if (isLiteral(scope.program, node) && literalValue(scope.program, node) >= bits)
    return scope.fail(node, "TM2032", `${typeText(type)} by ${node.getText()}`);
  const value = elaboratePresent(scope, node, u64);
  return integerOf(value.type) ? value : scope.fail(node, "TM2014", typeText(value.type));
}

export function prefix(scope: Scope, node: ts.PrefixUnaryExpression, wanted: Type | undefined): Expr {
  if (node.operator === SyntaxKind.ExclamationToken) return not(elaborateCondition(scope, node.operand));
  if (node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken) return increment(scope, node, node.operator);
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
