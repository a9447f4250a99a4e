// Elaborates expressions, bidirectionally: `wanted` flows down to give literals their type, the type found
// flows up. tsc sees `number` everywhere, so this is where widths and signs are checked. A whitelist: a
// kind of node that is not named here is refused.

import { ts } from "#typescript";
import { arrayLiteral, objectLiteral } from "./aggregates.js";
import { elaborateAsm } from "./asm.js";
import { postfix } from "./assignments.js";
import { elaborateCall } from "./calls.js";
import { coerce, refuseCopy } from "./coerce.js";
import { constantNode, enumMember, isAsConst, isFrozen, isInverted, isLiteral, literalValue, needsContext, resolve } from "./constants.js";
import { boolean, compare, conditional, constant, readOf } from "./fold.js";
import { floatLiteral } from "./floats.js";
import { functionValue, lambda } from "./functions.js";
import { element, member } from "./members.js";
import { binaryExpression, prefix } from "./operators.js";
import { globalValue } from "./statics.js";
import { Refused, type Program } from "./program.js";
import type { Scope } from "./scope.js";
import { stringBytes } from "./strings.js";
import type { Expr, Place } from "./tree.js";
import {
  bool,
  inRange,
  integerOf,
  isAggregate,
  isOption,
  nullType,
  numberOf,
  sameType,
  text,
  typeText,
  widens,
  wrapTo,
  type EnumType,
  type Type,
} from "./types.js";

const { SyntaxKind } = ts;

/// A value of this type. `isMove`: a local may be given away whole, as in `return`.
export function elaborateAs(scope: Scope, node: ts.Expression, wanted: Type, isMove = false): Expr {
  const expr = elaborate(scope, node, wanted);
  const result = coerce(scope, node, expr, wanted);
  refuseCopy(scope, node, result, isMove);
  return result;
}

/// A value or an aggregate in its place.
export function elaborate(scope: Scope, node: ts.Expression, wanted?: Type): Expr {
  const expr = elaborateNode(scope, node, wanted);
  expr.location ??= scope.program.locationOf(node);
  return expr;
}

/// A value that is not copied from its place by accident.
export function elaborateValue(scope: Scope, node: ts.Expression, wanted?: Type): Expr {
  const expr = elaborate(scope, node, wanted);
  refuseCopy(scope, node, expr);
  return expr;
}

/// As elaborate. What tsc has seen not to be null is looked at again, and is its value.
export function elaboratePresent(scope: Scope, node: ts.Expression, wanted?: Type): Expr {
  return present(scope, node, elaborate(scope, node, wanted));
}
export const present = (scope: Scope, node: ts.Node, expr: Expr): Expr => (isOption(expr.type) ? coerce(scope, node, expr, expr.type.args[0] as Type) : expr);

export function elaborateCondition(scope: Scope, node: ts.Expression): Expr {
  const expr = elaborate(scope, node, bool);
  const { type } = expr;
  if (type.kind === "bool") return expr;
  if (type.kind === "ptr" || type.kind === "func") return compare("ne", expr, constant(nullable(type), 0n));
  if (isOption(type)) return presence(expr);
  return scope.fail(node, type.kind === "never" ? "TM2019" : "TM2008", typeText(type));
}
const nullable = (type: Type): Type =>
  type.kind === "ptr" || type.kind === "func" ? { ...type, nullable: true } : type;
export const presence = (expr: Expr): Expr => ({ kind: "part", type: bool, of: expr, offset: 0 });

/// The place that an expression names.
export function elaboratePlace(scope: Scope, node: ts.Expression): Place {
  const expr = elaborate(scope, node);
  return expr.kind === "read" ? expr.place : scope.fail(node, "TM2012", node.getText());
}

function elaborateNode(scope: Scope, node: ts.Expression, wanted: Type | undefined): Expr {
  if (ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node))
    return elaborate(scope, node.expression, wanted);
  if (isLiteral(scope.program, node)) return literal(scope, node, wanted);
  switch (node.kind) {
    case SyntaxKind.TrueKeyword:
      return boolean(true);
    case SyntaxKind.FalseKeyword:
      return boolean(false);
    case SyntaxKind.NullKeyword:
      return constant(wanted?.kind === "ptr" && wanted.nullable ? wanted : nullType, 0n);
    case SyntaxKind.ThisKeyword:
      return scope.self ? readOf(scope.self) : scope.fail(node, "TM2019", "this");
  }
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
    return { kind: "bytes", type: text, bytes: stringBytes(scope, node) };
  if (ts.isIdentifier(node)) return name(scope, node, wanted);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return access(scope, node, wanted);
  if (ts.isCallExpression(node)) return elaborateCall(scope, node, wanted);
  if (ts.isBinaryExpression(node)) return binaryExpression(scope, node, wanted);
  if (ts.isPrefixUnaryExpression(node)) return prefix(scope, node, wanted);
  if (ts.isPostfixUnaryExpression(node)) return postfix(scope, node);
  if (ts.isConditionalExpression(node)) return choice(scope, node, wanted);
  if (ts.isObjectLiteralExpression(node)) return objectLiteral(scope, node, wanted);
  if (ts.isArrayLiteralExpression(node)) return arrayLiteral(scope, node, wanted);
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return lambda(scope, node, wanted);
  if (ts.isTaggedTemplateExpression(node)) return elaborateAsm(scope, node, wanted);
  if (ts.isNonNullExpression(node)) return nonNull(scope, node);
  if (isAsConst(node)) return elaborate(scope, node.expression, wanted);
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) return scope.fail(node, "TM1038", node.getText());
  return scope.fail(node, "TM1001", SyntaxKind[node.kind]);
}

/// `p!`, and every use of a pointer that may be null: checked.
function nonNull(scope: Scope, node: ts.NonNullExpression): Expr {
  const expr = elaborate(scope, node.expression);
  const { type } = expr;
  if (type.kind === "ptr" || type.kind === "func") return coerce(scope, node, expr, { ...type, nullable: false });
  return present(scope, node, expr);
}

export function literal(scope: Scope, node: ts.Expression, wanted: Type | undefined): Expr {
  const { program } = scope;
  node = resolve(program, node);
  if (wanted && isOption(wanted)) wanted = wanted.args[0];
  if (wanted?.kind === "float") return floatLiteral(program, node, wanted);
  const constantOf = constantNode(program, node);
  const member = enumMember(program, node) ?? (constantOf && enumMember(program, constantOf));
  if (member && (!wanted || !integerOf(wanted) || (wanted.kind === "enum" && sameType(wanted, member.type))))
    return constant(member.type, member.value);
  wanted ??= flagsOf(program, node);
  const type = wanted && integerOf(wanted);
  if (!type || !wanted) return scope.fail(node, wanted?.kind === "bool" ? "TM2008" : "TM2004", node.getText());
  if (wanted.kind === "enum" && !mentionsEnum(scope, node))
    return scope.fail(node, "TM2003", `${node.getText()}, needed ${wanted.name}`);
  const value = literalValue(program, node);
  const wrapped = wrapTo(value, type);
  if (inRange(value, type) || (isInverted(program, node) && inRange(value, { ...type, signed: true })))
    return constant(wanted, wrapped);
  return scope.fail(node, "TM2002", `${node.getText()} in ${typeText(wanted)}`);
}

/// The enum of which all of `Flag.A | Flag.B` are members.
function flagsOf(program: Program, node: ts.Expression): EnumType | undefined {
  node = resolve(program, node);
  const found = constantNode(program, node);
  const member = enumMember(program, node) ?? (found && enumMember(program, found));
  if (member) return member.type;
  if (!ts.isBinaryExpression(node) || ![SyntaxKind.BarToken, SyntaxKind.AmpersandToken, SyntaxKind.CaretToken].includes(node.operatorToken.kind)) return undefined;
  const [left, right] = [flagsOf(program, node.left), flagsOf(program, node.right)];
  return left && right && sameType(left, right) ? left : undefined;
}

/// Flags: `Flag.A | Flag.B` is one of the enum's values, a number is not.
function mentionsEnum(scope: Scope, node: ts.Expression): boolean {
  node = resolve(scope.program, node);
  if (enumMember(scope.program, node)) return true;
  if (ts.isBinaryExpression(node)) return mentionsEnum(scope, node.left) || mentionsEnum(scope, node.right);
  if (ts.isPrefixUnaryExpression(node)) return mentionsEnum(scope, node.operand);
  const constantOf =
    ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) ? constantNode(scope.program, node) : undefined;
  return constantOf !== undefined && constantOf !== node && mentionsEnum(scope, constantOf);
}

function name(scope: Scope, node: ts.Identifier, wanted: Type | undefined): Expr {
  const { program } = scope;
  if (node.text === "undefined") return scope.fail(node, "TM1023");
  const symbol = program.symbolOf(node);
  const place = scope.locals.get(symbol);
  if (place) return readOf(place);
  const bound = scope.bound.get(symbol);
  if (bound) return { ...bound };
  if (scope.poisoned.has(symbol)) throw new Refused(node.text);
  const declaration = symbol.valueDeclaration;
  if (declaration && ts.isFunctionDeclaration(declaration)) return functionValue(scope, node, declaration, wanted);
  const constantOf = constantNode(program, node);
  if (constantOf && constantOf !== node && isFolded(constantOf) && !isList(program, constantOf)) {
    const value = elaborate(staticScope(scope), constantOf, wanted);
    if (!changes(value)) return value;
  }
  if (!declaration || (!ts.isVariableDeclaration(declaration) && !ts.isBindingElement(declaration)))
    return scope.fail(node, "TM2019", node.text);
  if (!isTopLevel(declaration)) return scope.fail(node, "TM1002", node.text);
  return globalValue(program, symbol, declaration, node);
}

/// Tables without a type take one from where they are used.
function isFolded(node: ts.Expression): boolean {
  return (
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isIdentifier(node) ||
    ts.isPropertyAccessExpression(node)
  );
}
/// `const names = ["a", "b"]`, whose elements have their type.
const isList = (program: Program, node: ts.Expression): boolean => ts.isArrayLiteralExpression(node) && node.elements.length > 0 && !isFrozen(node) && node.elements.every(hasType(program));
const hasType = (program: Program) => (node: ts.Expression): boolean => ts.isStringLiteral(node) || !(needsContext(program, node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node) || ts.isArrowFunction(node));
/// `const first = counters.first`: what was there at the beginning, whatever is there later.
const changes = (value: Expr): boolean => value.kind === "read" && !isAggregate(value.type) && !isReadonly(value.place);
const isReadonly = (place: Place): boolean => (place.kind === "global" ? place.global.readonly : place.kind === "field" && isReadonly(place.base));
function staticScope(scope: Scope): Scope {
  const inner = new (scope.constructor as typeof Scope)(scope.program, scope.env, scope.name, true);
  return inner;
}

function isTopLevel(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) if (ts.isFunctionLike(at)) return false;
  return true;
}

function access(
  scope: Scope,
  node: ts.PropertyAccessExpression | ts.ElementAccessExpression,
  wanted: Type | undefined,
): Expr {
  if (node.questionDotToken) return scope.fail(node, "TM1019", node.getText());
  const constantOf = constantNode(scope.program, node);
  if (constantOf && constantOf !== node) return elaborate(staticScope(scope), constantOf, wanted);
  return ts.isPropertyAccessExpression(node) ? member(scope, node) : element(scope, node);
}

function choice(scope: Scope, node: ts.ConditionalExpression, wanted: Type | undefined): Expr {
  const condition = elaborateCondition(scope, node.condition);
  const [then, otherwise, type] = agreeing(scope, node, node.whenTrue, node.whenFalse, wanted);
  return conditional(type, condition, then, otherwise);
}

/// Two values of one type: the side that needs no context gives the other its type.
export function agreeing(
  scope: Scope,
  node: ts.Node,
  first: ts.Expression,
  second: ts.Expression,
  wanted: Type | undefined,
): [Expr, Expr, Type] {
  const swap = needsContext(scope.program, first) && !needsContext(scope.program, second);
  const known = elaborateValue(scope, swap ? second : first, wanted);
  const context = wanted && wanted.kind !== "bool" ? wanted : known.type;
  const other = elaborateValue(scope, swap ? first : second, numberOf(known.type) && !wanted ? known.type : context);
  const type =
    commonType(known.type, other.type, wanted) ??
    scope.fail(
      node,
      signsDiffer(known.type, other.type) ? "TM2001" : "TM2003",
      `${typeText(known.type)} and ${typeText(other.type)}`,
    );
  const results = [coerce(scope, node, known, type), coerce(scope, node, other, type)] as const;
  return swap ? [results[1], results[0], type] : [results[0], results[1], type];
}

export function signsDiffer(a: Type, b: Type): boolean {
  const [left, right] = [integerOf(a), integerOf(b)];
  return left !== undefined && right !== undefined && left.signed !== right.signed;
}

/// The type that both convert to without loss.
export function commonType(a: Type, b: Type, wanted?: Type): Type | undefined {
  if (sameType(a, b)) return a;
  if (a.kind === "never") return b;
  if (b.kind === "never") return a;
  if (a.kind === "float" && b.kind === "float") return a.bits > b.bits ? a : b;
  const [left, right] = [integerOf(a), integerOf(b)];
  if (left && right) return left.signed !== right.signed ? undefined : widens(left, right) ? right : left;
  const option = wanted && isOption(wanted) ? wanted : undefined;
  if (a.kind === "null") return orNull(b) ?? option;
  if (b.kind === "null") return orNull(a) ?? option;
  if (a.kind === "ptr" && b.kind === "ptr" && sameType(a.to, b.to)) return { ...a, nullable: true };
  if (isOption(a) && sameType(a.args[0] as Type, b)) return a;
  if (isOption(b) && sameType(b.args[0] as Type, a)) return b;
  if (wanted && (isAggregate(wanted) || wanted.kind === "ptr" || wanted.kind === "func")) return wanted;
  return undefined;
}
function orNull(type: Type): Type | undefined {
  if (type.kind === "ptr" || type.kind === "func") return { ...type, nullable: true };
  return isOption(type) ? type : undefined;
}
