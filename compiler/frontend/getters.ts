// `get size(): u64 { … }`: a method without arguments that is called where it is read. Reading must change nothing, so
// a getter writes nothing but locals of its own, and calls only what does likewise.

import { ts } from "#typescript";
import { throughImports } from "./constants.js";
import { addressOf } from "./fold.js";
import { callInstance, instanceOf } from "./functions.js";
import { somewhere } from "./members.js";
import type { Program } from "./program.js";
import type { Scope } from "./scope.js";
import type { Expr } from "./tree.js";
import { pointerTo } from "./types.js";

/// The value of a getter; undefined where the name is none.
export function getterValue(scope: Scope, node: ts.PropertyAccessExpression, base: Expr): Expr | undefined {
  const struct = base.type.kind === "ptr" ? base.type.to : base.type;
  if (struct.kind !== "struct" || struct.fields.has(node.name.text)) return undefined;
  const origin = scope.program.types.layouts.originOf(struct);
  const getter = origin?.node?.members.filter(ts.isGetAccessorDeclaration).find(({ name }) => name.getText() === node.name.text);
  if (!origin || !getter) return undefined;
  const instance = instanceOf(scope.program, getter, origin.env, struct);
  return callInstance(instance, [addressOf(somewhere(scope, node.expression, base), pointerTo(struct))]);
}

/// Refuses one that does more than read.
export function checkGetter(program: Program, getter: ts.GetAccessorDeclaration): void {
  const effect = effectOf(program, getter, new Set());
  if (effect) program.fail(effect, "TM1006", `${getter.name.getText()} does more than read`);
}

/// The library's functions and methods that write, or do what has no value.
const writers = /^(print|write|modify|set|clear|swap|store|fetchAdd|fetchAnd|fetchOr|fetchXor|cas|fence|fence_i|sfence_vma|wfi|asm|naked|out)$/;

/// In the function, what changes something that others see.
function effectOf(program: Program, fn: ts.FunctionLikeDeclaration, seen: Set<ts.Node>): ts.Node | undefined {
  if (seen.has(fn) || !fn.body) return undefined;
  seen.add(fn);
  const visit = (node: ts.Node): ts.Node | undefined => {
    const written = writtenBy(node);
    if (written && !isOwn(program, written, fn)) return node;
    if (ts.isTaggedTemplateExpression(node)) return node;
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using) return node;
    if (ts.isCallExpression(node) && doesMore(program, node, seen)) return node;
    return ts.forEachChild(node, visit);
  };
  return visit(fn.body);
}

function writtenBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) return node.left;
  if (!ts.isPrefixUnaryExpression(node) && !ts.isPostfixUnaryExpression(node)) return undefined;
  return node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken ? node.operand : undefined;
}

/// A local, or a part of one that was made here.
function isOwn(program: Program, target: ts.Expression, fn: ts.Node): boolean {
  if (ts.isArrayLiteralExpression(target)) return target.elements.every((element) => isOwn(program, element, fn));
  let root = target;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root) || ts.isNonNullExpression(root) || ts.isParenthesizedExpression(root)) root = root.expression;
  const declaration = ts.isIdentifier(root) ? program.symbolAt(root)?.valueDeclaration : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || ts.findAncestor(declaration, (outer) => outer === fn) === undefined) return false;
  const made = declaration.initializer;
  return root === target || (made !== undefined && (ts.isObjectLiteralExpression(made) || (ts.isCallExpression(made) && /^(arr|zeroed|copy|make)$/.test(made.expression.getText()))));
}

function doesMore(program: Program, { expression }: ts.CallExpression, seen: Set<ts.Node>): boolean {
  const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  const symbol = throughImports(program.checker, program.symbolAt(name));
  // Of overloads the one that does it.
  const declaration = symbol?.declarations?.find((one) => "body" in one && one.body) ?? symbol?.valueDeclaration;
  if (!declaration) return true;
  if (declaration.getSourceFile().isDeclarationFile) return writers.test(name.getText());
  const body = ts.isVariableDeclaration(declaration) && declaration.initializer ? declaration.initializer : declaration;
  return !ts.isFunctionLike(body) || !("body" in body) || effectOf(program, body as ts.FunctionLikeDeclaration, seen) !== undefined;
}
