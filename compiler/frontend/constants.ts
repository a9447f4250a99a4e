// Constants that have no type of their own: literals, names of literals, members of `as const` tables,
// enum members, and arithmetic on these. They are exact, and take their type from where they stand.

import { ts } from "#typescript";
import { holds } from "./fold.js";
import type { Program } from "./program.js";
import type { CompareOp } from "./tree.js";
import type { EnumType } from "./types.js";

const { SyntaxKind } = ts;

/// `… as const`.
export const isAsConst = (node: ts.Node): node is ts.AsExpression => ts.isAsExpression(node) && node.type.getText() === "const";

/// Without parentheses, `as const` and `satisfies`.
export function unwrap(node: ts.Expression): ts.Expression {
  switch (node.kind) {
    case SyntaxKind.ParenthesizedExpression:
    case SyntaxKind.SatisfiesExpression:
      return unwrap((node as ts.ParenthesizedExpression | ts.SatisfiesExpression).expression);
    case SyntaxKind.AsExpression:
      return isAsConst(node) ? unwrap(node.expression) : node;
    default:
      return node;
  }
}

/// As unwrap. A choice between literals that is known now is the one that is chosen: `SMP ? 8 : 1`.
export function resolve(program: Program, node: ts.Expression): ts.Expression {
  node = unwrap(node);
  if (!ts.isConditionalExpression(node) || !isLiteral(program, node.whenTrue) || !isLiteral(program, node.whenFalse)) return node;
  const truth = literalTruth(program, node.condition);
  return truth === undefined ? node : resolve(program, truth ? node.whenTrue : node.whenFalse);
}

/// The comparison that an operator is.
export const comparisons: Partial<Record<ts.SyntaxKind, CompareOp>> = {
  [SyntaxKind.EqualsEqualsEqualsToken]: "eq",
  [SyntaxKind.ExclamationEqualsEqualsToken]: "ne",
  [SyntaxKind.LessThanToken]: "lt",
  [SyntaxKind.LessThanEqualsToken]: "le",
  [SyntaxKind.GreaterThanToken]: "gt",
  [SyntaxKind.GreaterThanEqualsToken]: "ge",
};

/// Whether a condition made of literals alone holds; undefined where it is no such condition.
export function literalTruth(program: Program, node: ts.Expression): boolean | undefined {
  node = unwrap(node);
  if (node.kind === SyntaxKind.TrueKeyword) return true;
  if (node.kind === SyntaxKind.FalseKeyword) return false;
  if (ts.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
    const truth = literalTruth(program, node.operand);
    return truth === undefined ? undefined : !truth;
  }
  if (ts.isBinaryExpression(node)) {
    const compare = comparisons[node.operatorToken.kind];
    if (compare)
      return isLiteral(program, node.left) && isLiteral(program, node.right)
        ? holds(compare, literalValue(program, node.left), literalValue(program, node.right))
        : undefined;
    const isOr = node.operatorToken.kind === SyntaxKind.BarBarToken;
    if (!isOr && node.operatorToken.kind !== SyntaxKind.AmpersandAmpersandToken) return undefined;
    const [left, right] = [literalTruth(program, node.left), literalTruth(program, node.right)];
    return left === undefined || right === undefined ? undefined : isOr ? left || right : left && right;
  }
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return undefined;
  const constant = constantNode(program, node);
  return constant !== undefined && constant !== node ? literalTruth(program, constant) : undefined;
}

/// The initialiser that a path of names stands for: `syscalls.Call.number`, where no type was written.
export function constantNode(program: Program, node: ts.Expression): ts.Expression | undefined {
  node = unwrap(node);
  if (ts.isIdentifier(node)) {
    const declaration = throughImports(program.checker, program.symbolAt(node))?.valueDeclaration;
    if (!declaration || !ts.isVariableDeclaration(declaration) || declaration.type || !declaration.initializer)
      return undefined;
    if (declaration.name !== undefined && !ts.isIdentifier(declaration.name)) return undefined;
    if ((declaration.parent.flags & ts.NodeFlags.Const) === 0) return undefined;
    const initial = resolve(program, declaration.initializer);
    return ts.isIdentifier(initial) || ts.isPropertyAccessExpression(initial)
      ? (constantNode(program, initial) ?? initial)
      : initial;
  }
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return undefined;
  const base = constantNode(program, node.expression);
  const key = ts.isPropertyAccessExpression(node) ? node.name.text : literalKey(program, node.argumentExpression);
  if (!base || key === undefined) return undefined;
  if (ts.isArrayLiteralExpression(base)) {
    if (!isFrozen(base)) return undefined;
    const element = base.elements[Number(key)];
    return element && unwrap(element);
  }
  if (!ts.isObjectLiteralExpression(base)) return undefined;
  for (const property of base.properties) {
    if (!property.name || nameOf(property.name) !== key) continue;
    if (ts.isPropertyAssignment(property))
      return constantNode(program, property.initializer) ?? unwrap(property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

/// It is part of what `as const` says never changes.
export function isFrozen(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isAsExpression(parent)) return isAsConst(parent);
  return (ts.isExpression(parent) || ts.isPropertyAssignment(parent)) && isFrozen(parent);
}

/// What an import's name stands for, any other for itself.
export function throughImports(checker: ts.TypeChecker, found: ts.Symbol | undefined): ts.Symbol | undefined {
  return found && found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
}

export const nameOf = (name: ts.PropertyName): string =>
  ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name) ? name.text : name.getText();

function literalKey(program: Program, node: ts.Expression): string | undefined {
  if (ts.isStringLiteral(node)) return node.text;
  return isLiteral(program, node) ? String(literalValue(program, node)) : undefined;
}

/// The enum member that an expression names.
export function enumMember(program: Program, node: ts.Expression): { type: EnumType; value: bigint } | undefined {
  const declaration = memberAt(program, node);
  if (!declaration) return undefined;
  return { type: program.types.readEnum(declaration.parent), value: memberValue(program, declaration) };
}

function memberAt(program: Program, node: ts.Expression): ts.EnumMember | undefined {
  const name = ts.isPropertyAccessExpression(node) ? node.name : node;
  // To name a member of a value, tsc would find the types of all before it.
  if (!ts.isIdentifier(name) || (ts.isPropertyAccessExpression(node) && !namesEnum(program, node.expression))) return undefined;
  const declaration = program.symbolAt(name)?.valueDeclaration;
  return declaration && ts.isEnumMember(declaration) ? declaration : undefined;
}

/// Or a module that may hold one.
function namesEnum(program: Program, node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node)) return namesEnum(program, node.expression);
  return ts.isIdentifier(node) && ((throughImports(program.checker, program.symbolAt(node))?.flags ?? 0) & (ts.SymbolFlags.Enum | ts.SymbolFlags.Module)) !== 0;
}

function memberValue(program: Program, member: ts.EnumMember): bigint {
  const known = program.memberValues.get(member);
  if (known !== undefined) return known;
  const before = member.parent.members[member.parent.members.indexOf(member) - 1];
  const value = member.initializer
    ? literalValue(program, member.initializer)
    : before
      ? memberValue(program, before) + 1n
      : 0n;
  program.memberValues.set(member, value);
  return value;
}

/// An expression of literals only.
export function isLiteral(program: Program, node: ts.Expression): boolean {
  node = unwrap(node);
  switch (node.kind) {
    case SyntaxKind.NumericLiteral:
      return true;
    case SyntaxKind.Identifier:
    case SyntaxKind.PropertyAccessExpression:
    case SyntaxKind.ElementAccessExpression:
    case SyntaxKind.BinaryExpression:
    case SyntaxKind.PrefixUnaryExpression:
    case SyntaxKind.ConditionalExpression:
      break;
    default:
      return false;
  }
  const known = program.literals.get(node);
  if (known !== undefined) return known;
  const found = findLiteral(program, resolve(program, node));
  program.literals.set(node, found);
  return found;
}

function findLiteral(program: Program, node: ts.Expression): boolean {
  if (ts.isNumericLiteral(node)) return true;
  if (ts.isPrefixUnaryExpression(node))
    return (
      node.operator !== SyntaxKind.PlusPlusToken &&
      node.operator !== SyntaxKind.MinusMinusToken &&
      node.operator !== SyntaxKind.ExclamationToken &&
      isLiteral(program, node.operand)
    );
  if (ts.isBinaryExpression(node))
    return folders[node.operatorToken.kind] !== undefined && isLiteral(program, node.left) && isLiteral(program, node.right);
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node))
    return false;
  if (isBits(node) || memberAt(program, node)) return true;
  const constant = constantNode(program, node);
  return constant !== undefined && constant !== node && isLiteral(program, constant);
}

const isBits = (node: ts.Expression): node is ts.PropertyAccessExpression =>
  ts.isPropertyAccessExpression(node) &&
  node.name.text === "BITS" &&
  /^([ui](8|16|32|64|size))$/.test(node.expression.getText());

const folders: Partial<Record<ts.SyntaxKind, (a: bigint, b: bigint) => bigint | undefined>> = {
  [SyntaxKind.PlusToken]: (a, b) => a + b,
  [SyntaxKind.MinusToken]: (a, b) => a - b,
  [SyntaxKind.AsteriskToken]: (a, b) => a * b,
  [SyntaxKind.SlashToken]: (a, b) => (b === 0n ? undefined : a / b),
  [SyntaxKind.PercentToken]: (a, b) => (b === 0n ? undefined : a % b),
  [SyntaxKind.AsteriskAsteriskToken]: (a, b) => (b < 0n || b > 64n ? undefined : a ** b),
  [SyntaxKind.AmpersandToken]: (a, b) => a & b,
  [SyntaxKind.BarToken]: (a, b) => a | b,
  [SyntaxKind.CaretToken]: (a, b) => a ^ b,
  [SyntaxKind.LessThanLessThanToken]: (a, b) => (b < 0n || b > 63n ? undefined : a << b),
  [SyntaxKind.GreaterThanGreaterThanToken]: (a, b) => (b < 0n ? undefined : a >> b),
  [SyntaxKind.GreaterThanGreaterThanGreaterThanToken]: (a, b) => (b < 0n || a < 0n ? undefined : a >> b),
};

/// The exact value: `text` of a literal node is rounded, its source is not.
export function literalValue(program: Program, node: ts.Expression): bigint {
  node = resolve(program, node);
  if (ts.isNumericLiteral(node)) {
    const source = node.getText().replaceAll("_", "");
    if (/^\d+$/.test(source) || /^0[xXbBoO][\da-fA-F]+$/.test(source)) return BigInt(source);
    return program.fail(node, "TM2021", source);
  }
  if (ts.isPrefixUnaryExpression(node)) {
    const value = literalValue(program, node.operand);
    if (node.operator === SyntaxKind.MinusToken) return -value;
    if (node.operator === SyntaxKind.TildeToken) return ~value;
    return value;
  }
  if (ts.isBinaryExpression(node)) {
    const value = folders[node.operatorToken.kind]?.(
      literalValue(program, node.left),
      literalValue(program, node.right),
    );
    return value ?? program.fail(node, "TM2002", node.getText());
  }
  if (isBits(node))
    return BigInt(/size/.test(node.expression.getText()) ? 64 : Number(node.expression.getText().slice(1)));
  const member = memberAt(program, node);
  if (member) return memberValue(program, member);
  const constant = constantNode(program, node);
  return constant && constant !== node ? literalValue(program, constant) : program.fail(node, "TM2015", node.getText());
}

/// It takes its type from where it stands: a literal, or an operation on literals alone but for a shift's count.
export function needsContext(program: Program, node: ts.Expression): boolean {
  node = unwrap(node);
  if (node.kind === SyntaxKind.NullKeyword || isLiteral(program, node)) return true;
  if (ts.isPrefixUnaryExpression(node))
    return node.operator !== SyntaxKind.ExclamationToken && needsContext(program, node.operand);
  if (ts.isConditionalExpression(node))
    return needsContext(program, node.whenTrue) && needsContext(program, node.whenFalse);
  if (!ts.isBinaryExpression(node)) return false;
  const isShift = [
    SyntaxKind.LessThanLessThanToken,
    SyntaxKind.GreaterThanGreaterThanToken,
    SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
  ].includes(node.operatorToken.kind);
  if (isShift) return needsContext(program, node.left);
  return folders[node.operatorToken.kind] !== undefined && needsContext(program, node.left) && needsContext(program, node.right);
}

/// It has a `~` somewhere, so a negative value means the bits.
export function isInverted(program: Program, node: ts.Expression): boolean {
  node = resolve(program, node);
  if (ts.isPrefixUnaryExpression(node))
    return node.operator === SyntaxKind.TildeToken || isInverted(program, node.operand);
  if (ts.isBinaryExpression(node)) return isInverted(program, node.left) || isInverted(program, node.right);
  const constant =
    ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) ? constantNode(program, node) : undefined;
  return constant !== undefined && constant !== node && isInverted(program, constant);
}
