// Calls: of the library's functions, of methods, of functions by name, and of function values.

import { ts } from "#typescript";
import { coerce } from "./coerce.js";
import { callClosure, callWithClosures, captures, closureOf } from "./closures.js";
import { constantNode, needsContext, unwrap } from "./constants.js";
import { elaborate, elaborateAs, elaboratePresent } from "./expressions.js";
import { addressOf } from "./fold.js";
import { callInstance, externalFunction, instanceOf, isExternal, withBody } from "./functions.js";
import { inferTypes } from "./inference.js";
import { isStatic } from "./layouts.js";
import { libraryCall, libraryName } from "./library.js";
import { placeOf, somewhere } from "./members.js";
import { builtinMethod } from "./methods.js";
import { callOperation } from "./protocols.js";
import type { FunctionNode, Instance } from "./program.js";
import { Scope } from "./scope.js";
import type { Expr, Place } from "./tree.js";
import { noTypes, type Environment } from "./type-reader.js";
import { pointerTo, typeText, type ClientType, type StructType, type Type } from "./types.js";

export function elaborateCall(scope: Scope, node: ts.CallExpression, wanted: Type | undefined): Expr {
  const callee = unwrap(node.expression);
  if (node.questionDotToken || (ts.isPropertyAccessExpression(callee) && callee.questionDotToken))
    return scope.fail(node, "TM1019", node.getText());
  if (callee.kind === ts.SyntaxKind.SuperKeyword) return scope.fail(node, "TM1009", node.getText());
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return scope.fail(node, "TM1029", node.getText());
  const library = libraryName(scope, callee);
  if (library) return libraryCall(scope, node, library, wanted);
  const closure = ts.isIdentifier(callee) ? scope.closures.get(scope.program.symbolOf(callee)) : undefined;
  if (closure) return callClosure(scope, node, closure);
  const direct = declarationOf(scope, callee);
  if (direct && ts.isArrowFunction(direct) && captures(scope, direct)) return callClosure(scope, node, { node: direct, scope });
  if (direct) return callFunction(scope, node, direct, wanted, ts.isArrowFunction(direct) ? scope.env : noTypes);
  const external = externalOf(scope, callee);
  if (external) return callExternal(scope, node, external);
  if (ts.isPropertyAccessExpression(callee)) return method(scope, node, callee, wanted);
  return callValue(scope, node, elaborate(scope, callee));
}

/// The function that a name or a path through a constant table stands for.
function declarationOf(scope: Scope, callee: ts.Expression): FunctionNode | undefined {
  const { program } = scope;
  if (ts.isArrowFunction(callee) || ts.isFunctionExpression(callee)) return undefined;
  const constant = constantNode(program, callee);
  if (constant && (ts.isArrowFunction(constant) || ts.isFunctionExpression(constant))) return constant;
  const name = constant ?? callee;
  if (!ts.isIdentifier(name)) return undefined;
  if (scope.locals.has(program.symbolOf(name))) return undefined;
  const declaration = program.symbolOf(name).valueDeclaration;
  return declaration && ts.isFunctionDeclaration(declaration) ? withBody(program, declaration) : undefined;
}

function externalOf(scope: Scope, callee: ts.Expression): ts.FunctionDeclaration | undefined {
  const declaration = ts.isIdentifier(callee) ? scope.program.symbolOf(callee).valueDeclaration : undefined;
  return declaration && ts.isFunctionDeclaration(declaration) && isExternal(declaration) ? declaration : undefined;
}

function callExternal(scope: Scope, node: ts.CallExpression, declaration: ts.FunctionDeclaration): Expr {
  const { symbol, type } = externalFunction(scope, node.expression, declaration);
  const args = type.params.map((param, index) => {
    const argument = node.arguments[index] ?? scope.fail(node, "TM2020", node.getText());
    return ts.isSpreadElement(argument) ? scope.fail(argument, "TM1018", argument.getText()) : elaborateAs(scope, argument, param);
  });
  return { kind: "call", type: type.result, callee: symbol, args };
}

function callFunction(
  scope: Scope,
  node: ts.CallExpression,
  declaration: FunctionNode,
  wanted: Type | undefined,
  outer: Environment,
): Expr {
  if (hasClosures(scope, node)) return callWithClosures(scope, node, declaration, environmentOf(scope, node, declaration, wanted, outer));
  const instance = genericInstance(scope, node, declaration, wanted, outer, undefined);
  return callInstance(instance, argumentsOf(scope, node, instance));
}

function genericInstance(
  scope: Scope,
  node: ts.CallExpression,
  declaration: FunctionNode,
  wanted: Type | undefined,
  outer: Environment,
  self: StructType | undefined,
): Instance {
  return instanceOf(scope.program, declaration, environmentOf(scope, node, declaration, wanted, outer), self);
}

/// What the function's type parameters stand for in this call.
function environmentOf(
  scope: Scope,
  node: ts.CallExpression,
  declaration: FunctionNode,
  wanted: Type | undefined,
  outer: Environment,
): Environment {
  if (!declaration.typeParameters) return outer;
  // Arguments without a context of their own say what the types are; they are elaborated again as arguments.
  const args = node.typeArguments ? [] : node.arguments.map((argument) => typeOfArgument(scope, argument));
  return inferTypes(scope, node, declaration, args, node.typeArguments, wanted, outer);
}

const hasClosures = (scope: Scope, node: ts.CallExpression): boolean =>
  node.arguments.some((argument) => closureOf(scope, argument) !== undefined);

function typeOfArgument(scope: Scope, node: ts.Expression): Type | undefined {
  if (needsContext(scope.program, node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node))
    return undefined;
  if (
    (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) &&
    node.parameters.some((parameter) => !parameter.type)
  )
    return undefined;
  if (closureOf(scope, node)) return undefined;
  return elaborate(scope, node).type;
}

function argumentsOf(scope: Scope, node: ts.CallExpression, { node: declaration, type, env, name }: Instance): Expr[] {
  return type.params.map((param, index) => {
    const argument = node.arguments[index];
    if (argument && ts.isSpreadElement(argument)) return scope.fail(argument, "TM1018", argument.getText());
    if (argument) return elaborateAs(scope, argument, param);
    const initial = declaration.parameters[index]?.initializer;
    return initial
      ? elaborateAs(new Scope(scope.program, env, name), initial, param)
      : scope.fail(node, "TM2020", node.getText());
  });
}

export function callValue(scope: Scope, node: ts.CallExpression, target: Expr): Expr {
  const { type } = target;
  if (type.kind !== "func") return scope.fail(node.expression, "TM2003", `${typeText(type)}, needed a function`);
  const checked = type.nullable ? coerce(scope, node, target, { ...type, nullable: false }) : target;
  if (node.arguments.length !== type.params.length) return scope.fail(node, "TM2020", node.getText());
  const args = node.arguments.map((argument, index) => elaborateAs(scope, argument, type.params[index] as Type));
  if (checked.kind === "symbol" && checked.addend === 0)
    return { kind: "call", type: type.result, callee: checked.symbol, args };
  return { kind: "callPointer", type: type.result, target: checked, args };
}

function method(
  scope: Scope,
  node: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  wanted: Type | undefined,
): Expr {
  const statics = staticMethod(scope, callee);
  if (statics) return callFunction(scope, node, statics, wanted, noTypes);
  const constant = constantNode(scope.program, callee.expression);
  if (constant && ts.isObjectLiteralExpression(constant)) return callValue(scope, node, elaborate(scope, callee));
  const base = elaboratePresent(scope, callee.expression);
  if (isClient(base)) return callOperation(scope, node, base, callee.name.text);
  const builtin = builtinMethod(scope, node, callee, base);
  if (builtin) return builtin;
  const found = methodOf(scope, callee.expression, base, callee.name.text);
  if (!found) return callValue(scope, node, elaborate(scope, callee));
  const { declaration, place, struct, env } = found;
  if (hasClosures(scope, node))
    return callWithClosures(scope, node, declaration, environmentOf(scope, node, declaration, wanted, env), { struct, place });
  const instance = genericInstance(scope, node, declaration, wanted, env, struct);
  return callInstance(instance, [addressOf(place, pointerTo(struct)), ...argumentsOf(scope, node, instance)]);
}

const isClient = (value: Expr): value is Expr & { type: ClientType } => value.type.kind === "client";

function staticMethod(scope: Scope, callee: ts.PropertyAccessExpression): ts.MethodDeclaration | undefined {
  const declaration = scope.program.checker.getSymbolAtLocation(callee.name)?.valueDeclaration;
  return declaration &&
    ts.isMethodDeclaration(declaration) &&
    ts.isClassDeclaration(declaration.parent) &&
    isStatic(declaration)
    ? declaration
    : undefined;
}

interface Method {
  readonly declaration: ts.MethodDeclaration;
  readonly place: Place;
  readonly struct: StructType;
  readonly env: Environment;
}
/// The method of a struct in its place, or behind a pointer.
export function methodOf(scope: Scope, node: ts.Node, base: Expr, name: string): Method | undefined {
  const struct = base.type.kind === "ptr" ? base.type.to : base.type;
  if (struct.kind !== "struct") return undefined;
  const origin = scope.program.types.layouts.originOf(struct);
  const declaration = origin?.node?.members
    .filter(ts.isMethodDeclaration)
    .find((member) => member.name.getText() === name);
  if (!origin || !declaration) return undefined;
  const place = base.type.kind === "ptr" ? placeOf(scope, node, base)! : somewhere(scope, node, base);
  return { declaration, place, struct, env: origin.env };
}
