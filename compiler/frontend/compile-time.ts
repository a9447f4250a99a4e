// What is made while compiling: comptime values, embedded files, dispatch tables.

import { ts } from "#typescript";
import { coerce } from "./coerce.js";
import { constantNode, literalValue, nameOf, unwrap } from "./constants.js";
import { elaborate } from "./expressions.js";
import { addressOf, readOf, word } from "./fold.js";
import { instanceOf, symbolFor } from "./functions.js";
import { libraryName } from "./library.js";
import { joinPath } from "./load.js";
import { canFollow } from "./remains.js";
import type { Scope } from "./scope.js";
import type { Expr } from "./tree.js";
import { isValue, sizeOf, sliceOf, typeText, u8, type ArrType, type FuncType, type Type } from "./types.js";

/// The result, and what it points to, becomes static data, which the compiler fills by running the function.
export function comptime(scope: Scope, node: ts.CallExpression, wanted: Type | undefined): Expr {
  const [argument] = node.arguments;
  if (!argument || !(ts.isArrowFunction(argument) || ts.isFunctionExpression(argument)))
    return scope.fail(node, "TM2015", node.getText());
  const { program } = scope;
  const context: FuncType | undefined =
    wanted && wanted.kind !== "bool" ? { kind: "func", params: [], result: wanted, nullable: false } : undefined;
  const instance = instanceOf(program, argument, scope.env, undefined, context);
  const key = `comptime ${instance.name}`;
  const known = program.memo.get(key);
  if (known) return known;
  const type = instance.type.result;
  if (!canFollow(type)) return scope.fail(node, "TM3006", `${typeText(type)} holds what means nothing in static data`);
  const global = program.static(`${scope.name}.comptime`, type, isValue(type) || !scope.isStatic, {
    comptime: instance.name,
  });
  const value = readOf({ kind: "global", type, global });
  program.memo.set(key, value);
  return value;
}

/// Whether the function around a node is what comptime runs.
export function isOfComptime(scope: Scope, node: ts.Node): boolean {
  const around = ts.findAncestor(node, ts.isFunctionLike);
  const call = around && ts.findAncestor(around.parent, (outer) => !ts.isParenthesizedExpression(outer));
  return call !== undefined && ts.isCallExpression(call) && libraryName(scope, call.expression) === "comptime";
}

export function embed(scope: Scope, node: ts.CallExpression): Expr {
  const [path] = node.arguments;
  if (!path || !ts.isStringLiteral(path)) return scope.fail(node, "TM2015", node.getText());
  const { fileName } = node.getSourceFile();
  const relative = joinPath(fileName.slice(0, fileName.lastIndexOf("/") + 1), path.text);
  const bytes = scope.program.embed(path.text, relative);
  if (!bytes) return scope.fail(path, "TM3004", path.text);
  return { kind: "bytes", type: sliceOf(u8, true), bytes };
}

/// `tableOf(rows, handlers, fallback)`: an array of functions by each row's number.
export function tableOf(scope: Scope, node: ts.CallExpression): Expr {
  const [rows, handlers, fallback] = node.arguments as unknown as [ts.Expression, ts.Expression, ts.Expression];
  const rowTable = objectOf(scope, rows);
  const handlerTable = objectOf(scope, handlers);
  const other = elaborate(scope, fallback);
  if (other.type.kind !== "func") return scope.fail(fallback, "TM2003", `${typeText(other.type)}, needed a function`);
  const entries = new Map<number, Expr>();
  for (const property of rowTable.properties) {
    const name = property.name && nameOf(property.name);
    const number = ts.isPropertyAssignment(property) ? numberOf(scope, property.initializer) : undefined;
    if (name === undefined || number === undefined) return scope.fail(property, "TM2015", property.getText());
    if (entries.has(number)) return scope.fail(property, "TM2015", `two rows have the number ${number}`);
    const handler = handlerTable.properties.find((candidate) => candidate.name && nameOf(candidate.name) === name);
    if (!handler) return scope.fail(handlers, "TM2020", name);
    entries.set(number, coerce(scope, handler, handlerValue(scope, handler, other.type), other.type));
  }
  const length = Math.max(-1, ...entries.keys()) + 1;
  const type: ArrType = { kind: "arr", of: other.type, length: BigInt(length), readonly: true };
  const parts = Array.from({ length }, (_, index) => ({
    offset: index * sizeOf(other.type),
    value: entries.get(index) ?? other,
  }));
  const initial: Expr = { kind: "aggregate", type, parts };
  const global = scope.program.static(`${scope.name}.table`, type, true, { initial });
  return {
    kind: "slice",
    type: sliceOf(other.type, true),
    pointer: addressOf({ kind: "global", type, global }, { kind: "many", of: other.type }),
    length: word(length),
  };
}

/// The function that an object literal has for a name, as `type`; it may take fewer parameters.
export function handlerOf(scope: Scope, node: ts.Node, table: ts.ObjectLiteralExpression, name: string, type: FuncType): Expr {
  const handler = table.properties.find((candidate) => candidate.name && nameOf(candidate.name) === name) ?? scope.fail(node, "TM2020", name);
  const value = ts.isMethodDeclaration(handler) ? symbolFor(instanceOf(scope.program, handler, scope.env, undefined, type)) : handlerValue(scope, handler, type);
  const fitting = coerce(scope, handler, value, type);
  return fitting.kind === "symbol" && value.kind === "symbol" && fitting.symbol === value.symbol ? value : fitting;
}

export function objectOf(scope: Scope, node: ts.Expression): ts.ObjectLiteralExpression {
  const found = constantNode(scope.program, node) ?? typedConstant(scope, node) ?? unwrap(node);
  return ts.isObjectLiteralExpression(found) ? found : scope.fail(node, "TM2015", node.getText());
}
/// `const handlers: Handlers = {…}`: the type is tsc's business alone.
function typedConstant(scope: Scope, node: ts.Expression): ts.Expression | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const declaration = scope.program.symbolOf(node).valueDeclaration;
  return declaration && ts.isVariableDeclaration(declaration) && declaration.initializer
    ? unwrap(declaration.initializer)
    : undefined;
}

function numberOf(scope: Scope, node: ts.Expression): number | undefined {
  const row = constantNode(scope.program, node) ?? unwrap(node);
  if (!ts.isObjectLiteralExpression(row)) return undefined;
  const number = row.properties.find((property) => property.name && nameOf(property.name) === "number");
  return number && ts.isPropertyAssignment(number)
    ? Number(literalValue(scope.program, number.initializer))
    : undefined;
}

/// The handler's own parameter types where it has them, else what tsc found for its place.
function handlerValue(scope: Scope, property: ts.ObjectLiteralElementLike, fallback: FuncType): Expr {
  const node = ts.isPropertyAssignment(property)
    ? property.initializer
    : ts.isShorthandPropertyAssignment(property)
      ? property.name
      : undefined;
  if (ts.isMethodDeclaration(property)) {
    const contextual = scope.program.checker.getTypeAtLocation(property);
    const type = scope.program.types.convert(contextual, scope.env, property);
    const instance = instanceOf(scope.program, property, scope.env, undefined, type.kind === "func" ? type : fallback);
    return { kind: "symbol", type: instance.type, symbol: instance.name, addend: 0 };
  }
  if (!node) return scope.fail(property, "TM2015", property.getText());
  if (ts.isArrowFunction(node)) {
    const contextual = scope.program.checker.getContextualType(node);
    const type = contextual && scope.program.types.convert(contextual, scope.env, node);
    return elaborate(scope, node, type?.kind === "func" ? type : fallback);
  }
  return elaborate(scope, node, fallback);
}
