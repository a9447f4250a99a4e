// What a generic function's type parameters stand for in a call: what is written, else what the arguments
// are, else what the context wants.

import { ts } from "#typescript";
import type { FunctionNode } from "./program.js";
import type { Scope } from "./scope.js";
import type { Environment } from "./type-reader.js";
import { isOption, type Type } from "./types.js";

export function inferTypes(
  scope: Scope,
  node: ts.Node,
  declaration: FunctionNode,
  args: readonly (Type | undefined)[],
  written: readonly ts.TypeNode[] | undefined,
  wanted: Type | undefined,
  outer: Environment = new Map(),
): Environment {
  const { checker } = scope.program;
  const env = new Map(outer);
  const parameters = (declaration.typeParameters ?? []).map(
    (parameter) => checker.getSymbolAtLocation(parameter.name) as ts.Symbol,
  );
  if (written) {
    declaration.typeParameters?.forEach((parameter, index) => {
      const [symbol, type] = [parameters[index], written[index]];
      if (symbol && type) env.set(symbol, scope.program.types.counts.isCount(parameter) ? scope.program.types.readCount(type, scope.env) : scope.read(type));
    });
  } else {
    const found = new Map<ts.Symbol, Type>();
    declaration.parameters.forEach((parameter, index) => {
      const type = args[index];
      if (type) unify(checker, checker.getTypeAtLocation(parameter), type, parameters, found);
    });
    const signature = checker.getSignatureFromDeclaration(declaration);
    if (wanted && signature) unify(checker, signature.getReturnType(), wanted, parameters, found);
    for (const [symbol, type] of found) env.set(symbol, type);
  }
  for (const symbol of parameters) if (!env.has(symbol)) scope.fail(node, "TM2010", symbol.name);
  return env;
}

/// Binds type parameters in `pattern` so that it becomes `type`; the first binding stays.
export function unify(
  checker: ts.TypeChecker,
  pattern: ts.Type,
  type: Type,
  parameters: readonly ts.Symbol[],
  found: Map<ts.Symbol, Type>,
): void {
  const again = (inner: ts.Type | undefined, of: Type | undefined) =>
    inner && of && unify(checker, inner, of, parameters, found);
  if (pattern.flags & ts.TypeFlags.TypeParameter) {
    const symbol = pattern.symbol;
    const isUseful = type.kind !== "null" && type.kind !== "never" && type.kind !== "void";
    if (isUseful && parameters.includes(symbol) && !found.has(symbol)) found.set(symbol, type);
    return;
  }
  // The program's own alias may order its arguments as it likes.
  const args = isReference(pattern) ? checker.getTypeArguments(pattern) : (pattern.aliasTypeArguments ?? []);
  if (type.kind === "ptr" && pattern.aliasSymbol?.name === "Ptr") return void again(args[0], type.to);
  if (pattern.isUnion()) {
    const named = (name: string) => pattern.types.find((part) => part.aliasSymbol?.name === name)?.aliasTypeArguments?.[0];
    if (type.kind === "struct" && type.role === "result") return void [named("Ok"), named("Fail")].forEach((part, index) => again(part, type.args[index]));
    const value = isOption(type) ? type.args[0] : type;
    for (const part of pattern.types) if (!(part.flags & ts.TypeFlags.Null)) again(part, value);
    return;
  }
  if (pattern.isIntersection() && type.kind === "ptr") {
    const operations = pattern.types.find((part) => part.symbol?.name === "PtrOps");
    return void again(operations && checker.getTypeArguments(operations as ts.TypeReference)[0], type.to);
  }
  switch (type.kind) {
    case "ptr":
      if (pattern.symbol?.name === "PtrOps") again(args[0], type.to);
      break;
    case "slice":
    case "many":
    case "device":
    case "atomic":
      again(args[0], type.of);
      break;
    case "arr":
      again(args[0], type.of);
      again(args[1], { kind: "constant", value: type.length });
      break;
    case "struct":
      type.args.forEach((arg, index) => again(args[index], arg));
      break;
    case "func": {
      const [signature] = pattern.getCallSignatures();
      signature?.parameters.forEach((parameter, index) =>
        again(checker.getTypeOfSymbol(parameter), type.params[index]),
      );
      again(signature?.getReturnType(), type.result);
    }
  }
}

const isReference = (type: ts.Type): type is ts.TypeReference =>
  (type.flags & ts.TypeFlags.Object) !== 0 && ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0;
