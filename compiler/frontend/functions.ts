// Functions and their instances: a generic one is made anew for each set of types. What is asked for waits
// in a queue until the program's other functions are done.

import { ts } from "#typescript";
import { coerce } from "./coerce.js";
import { elaborate } from "./expressions.js";
import { inferTypes } from "./inference.js";
import { keptOf } from "./kept.js";
import type { FunctionNode, Instance, Program } from "./program.js";
import { Scope } from "./scope.js";
import type { Expr, Local } from "./tree.js";
import { noTypes, type Environment } from "./type-reader.js";
import { typeKey } from "./struct-types.js";
import { sameType, typeText, type FuncType, type StructType, type Type } from "./types.js";

/// The one instance of a function with these types. `wanted` gives an arrow function its parameters' types.
export function instanceOf(
  program: Program,
  node: FunctionNode,
  env: Environment,
  self?: StructType,
  wanted?: FuncType,
): Instance {
  const envKey = [...env.values()].map(typeKey).join(";");
  const key = `<${envKey}>${self ? typeKey(self) : ""}${wanted && needsTypes(node) ? typeKey(wanted) : ""}`;
  const id = `${program.idOf(node)}${key}`;
  const instance = program.instances.get(id) ?? newInstance(program, { node, env, self, wanted, key });
  if (!program.instances.has(id)) {
    program.instances.set(id, instance);
    program.waiting.push(instance);
  }
  program.request({ kind: "instance", node, env, self, wanted, name: instance.name });
  return instance;
}

function newInstance(program: Program, asked: Pick<Instance, "node" | "env" | "self" | "wanted" | "key">): Instance {
  const { node, env, self, wanted } = asked;
  const kept = keptOf(program, asked);
  // To find a result that is not written asks for other functions.
  const type = kept && node.type ? kept.type : signatureOf(program, node, env, wanted);
  return { ...asked, name: program.unique(nameFor(node, env, self)), type, kept, tree: undefined };
}

const needsTypes = (node: FunctionNode): boolean => node.parameters.some((parameter) => !parameter.type) || !node.type;

function nameFor(node: FunctionNode, env: Environment, self: StructType | undefined): string {
  const own = node.name?.getText().replaceAll(/[^\w$.]/g, "") ?? arrowName(node);
  if (self) return `${self.name.replaceAll(" ", "")}.${own}`;
  const types = [...env.values()].map((type) => typeText(type).replaceAll(" ", ""));
  const isMethodOfClass = ts.isMethodDeclaration(node) && ts.isClassDeclaration(node.parent);
  const name = isMethodOfClass ? `${node.parent.name?.text ?? ""}.${own}` : own;
  return types.length > 0 && node.typeParameters ? `${name}<${types.join(",")}>` : name;
}

/// An arrow function is called what it is assigned to.
function arrowName(node: FunctionNode): string {
  for (let at: ts.Node = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
    if (ts.isFunctionDeclaration(parent)) return `${parent.name?.text ?? ""}.arrow`;
  }
  return "arrow";
}

export function signatureOf(program: Program, node: FunctionNode, env: Environment, wanted?: FuncType): FuncType {
  const { types } = program;
  const params = node.parameters.map((parameter, index) => {
    if (parameter.dotDotDotToken) return program.fail(parameter, "TM1018", parameter.getText());
    if (parameter.questionToken) return program.fail(parameter, "TM1023", parameter.getText());
    if (parameter.type) return types.read(parameter.type, env);
    return wanted?.params[index] ?? types.convert(program.checker.getTypeAtLocation(parameter), env, parameter);
  });
  return { kind: "func", params, result: resultOf(program, node, env, params, wanted), nullable: false };
}

function resultOf(
  program: Program,
  node: FunctionNode,
  env: Environment,
  params: readonly Type[],
  wanted: FuncType | undefined,
): Type {
  if (node.type) return program.types.read(node.type, env);
  if (wanted) return wanted.result;
  const signature = program.checker.getSignatureFromDeclaration(node);
  const found = signature && program.checker.getReturnTypeOfSignature(signature);
  const isNumber = found && found.flags & ts.TypeFlags.NumberLike && !(found.flags & ts.TypeFlags.EnumLike);
  if (found && !isNumber) return program.types.convert(found, env, node);
  if (!ts.isArrowFunction(node) || ts.isBlock(node.body))
    return program.fail(node.name ?? node, "TM2010", "the function's result");
  const scope = new Scope(program, env, "result");
  node.parameters.forEach((parameter, index) => {
    if (ts.isIdentifier(parameter.name)) scope.declare(parameter.name, params[index] as Type);
  });
  return elaborate(scope, node.body).type;
}

/// A function by its name, as a value.
export function functionValue(
  scope: Scope,
  node: ts.Identifier,
  declaration: ts.FunctionDeclaration,
  wanted: Type | undefined,
): Expr {
  const { program } = scope;
  const body = withBody(program, declaration);
  if (!body) return externalFunction(scope, node, declaration);
  const env = declaration.typeParameters
    ? inferTypes(
        scope,
        node,
        declaration,
        wanted?.kind === "func" ? wanted.params : [],
        undefined,
        wanted?.kind === "func" ? wanted.result : undefined,
      )
    : noTypes;
  return symbolFor(instanceOf(program, body, env));
}

export function withBody(program: Program, declaration: ts.FunctionDeclaration): ts.FunctionDeclaration | undefined {
  if (declaration.body) return declaration;
  const symbol = declaration.name && program.checker.getSymbolAtLocation(declaration.name);
  const own = symbol?.declarations?.filter(ts.isFunctionDeclaration).find((other) => other.body);
  // The runtime declares what the target's file has.
  return (
    own ??
    (declaration.getSourceFile().fileName.startsWith(program.host.library)
      ? program.runtime.get(symbol?.name ?? "")
      : undefined)
  );
}

/// `declare function f(a: u32): u32;` in a program's own file: another object defines it.
export const isExternal = (declaration: ts.FunctionDeclaration): boolean =>
  !declaration.body && (ts.getModifiers(declaration)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false);

/// A function of another object, by the name that it has there.
export function externalFunction(scope: Scope, node: ts.Node, declaration: ts.FunctionDeclaration): Expr & { kind: "symbol"; type: FuncType } {
  const { program } = scope;
  const name = declaration.name?.text ?? "";
  if (!isExternal(declaration) || declaration.typeParameters) return scope.fail(node, "TM2019", name);
  if (!program.hasExternals) return scope.fail(node, "TM3011", name);
  const type = signatureOf(program, declaration, noTypes);
  travelsAsInC(program, declaration, type);
  return { kind: "symbol", type, symbol: name, addend: 0 };
}

/// C passes no arrays: what looks like one there is a pointer.
export function travelsAsInC(program: Program, { parameters, type: result, name }: ts.FunctionDeclaration, type: FuncType): void {
  const nodes = [...parameters, result ?? name!];
  [...type.params, type.result].forEach((part, index) => part.kind === "arr" && program.fail(nodes[index]!, "TM3012", typeText(part)));
}

export const symbolFor = (instance: Instance): Expr => ({
  kind: "symbol",
  type: instance.type,
  symbol: instance.name,
  addend: 0,
});

export function lambda(scope: Scope, node: ts.ArrowFunction | ts.FunctionExpression, wanted: Type | undefined): Expr {
  return symbolFor(instanceOf(scope.program, node, scope.env, undefined, wanted?.kind === "func" ? wanted : undefined));
}
/// `{ echo(state, badge) {…} }`: a method of an object literal is a function.
export function methodValue(scope: Scope, node: ts.MethodDeclaration, wanted: Type): Expr {
  return symbolFor(instanceOf(scope.program, node, scope.env, undefined, wanted.kind === "func" ? wanted : undefined));
}

export function callInstance(instance: Instance, args: Expr[]): Expr {
  return { kind: "call", type: instance.type.result, callee: instance.name, args };
}

/// Calls a function of the runtime.
export function runtimeCall(scope: Scope, node: ts.Node, name: string, args: Expr[]): Expr {
  const declaration = scope.program.runtime.get(name);
  if (!declaration) return scope.fail(node, "TM2019", `${name} is not in this target's runtime`);
  const instance = instanceOf(scope.program, declaration, noTypes);
  return callInstance(
    instance,
    args.map((arg, index) => coerce(scope, node, arg, instance.type.params[index] as Type)),
  );
}

/// A function where another function type is asked for. Fewer parameters are fine as they are; narrower
/// ones need a function in between, which wraps them.
export function adapter(
  program: Program,
  expr: Expr & { kind: "symbol" },
  from: FuncType,
  to: FuncType,
): Expr | undefined {
  if (from.params.length > to.params.length) return undefined;
  if (!sameType(from.result, to.result) && to.result.kind !== "void") return undefined;
  const same = from.params.every((param, index) => sameType(param, to.params[index] as Type));
  if (same && sameType(from.result, to.result)) return { ...expr, type: to };
  const fits = from.params.every((param, index) => {
    const given = to.params[index] as Type;
    return sameType(param, given) || (param.kind === "int" && given.kind === "int" && param.signed === given.signed);
  });
  if (!fits) return undefined;
  const key = `adapter ${expr.symbol} ${typeKey(to)}`;
  const known = program.memo.get(key);
  if (known) return known;
  const params = to.params.map((type, index): Local => ({ name: `a${index}`, type, inMemory: false }));
  const args = from.params.map((type, index): Expr => {
    const local = params[index] as Local;
    const read: Expr = { kind: "read", type: local.type, place: { kind: "local", type: local.type, local } };
    return sameType(type, local.type) ? read : { kind: "convert", type, operand: read };
  });
  const call: Expr = { kind: "call", type: from.result, callee: expr.symbol, args };
  const name = program.unique(`${expr.symbol}.adapter`);
  const body =
    to.result.kind === "void" ? [{ kind: "expr" as const, expr: call }] : [{ kind: "return" as const, value: call }];
  program.extra.push({ name, params, result: to.result, attributes: {}, location: undefined, body, naked: undefined });
  const result: Expr = { kind: "symbol", type: to, symbol: name, addend: 0 };
  program.memo.set(key, result);
  return result;
}
