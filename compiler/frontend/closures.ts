// Arrow functions that capture: there is no function value for one, so what is called with it becomes part of
// the caller, with the arrow's body in place of each call of the parameter. Such a parameter may be called and
// handed on, nothing else.

import { ts } from "#typescript";
import { unwrap } from "./constants.js";
import { destructure } from "./declarations.js";
import { elaborate, elaborateAs } from "./expressions.js";
import { addressOf, readOf } from "./fold.js";
import { signatureOf } from "./functions.js";
import type { FunctionNode } from "./program.js";
import { Scope, type Closure } from "./scope.js";
import { elaborateStatements } from "./statements.js";
import type { Expr, Place, Statement } from "./tree.js";
import type { Environment } from "./type-reader.js";
import { pointerTo, type FuncType, type StructType } from "./types.js";

/// Functions that are called with arrows inside each other; a recursive one would have no end.
const DEEPEST = 16;

/// The arrow function that an argument is, where it captures; one that was handed on.
export function closureOf(scope: Scope, argument: ts.Expression): Closure | undefined {
  const node = unwrap(argument);
  if (ts.isIdentifier(node)) return scope.closures.get(scope.program.symbolOf(node));
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return undefined;
  return captures(scope, node) ? { node, scope } : undefined;
}

/// It uses a local of the function around it.
export function captures(scope: Scope, node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.ThisKeyword) return scope.self !== undefined;
  if (ts.isIdentifier(node)) {
    const { checker } = scope.program;
    const symbol = ts.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    if (symbol && (scope.locals.has(symbol) || scope.closures.has(symbol))) return true;
  }
  return ts.forEachChild(node, (child) => captures(scope, child) || undefined) ?? false;
}

/// A call of a parameter that stands for an arrow function.
export function callClosure(scope: Scope, node: ts.CallExpression, { node: arrow, scope: outer, type: wanted }: Closure): Expr {
  const inner = outer.inside();
  const type = signatureOf(scope.program, arrow, outer.env, wanted);
  return inlined(scope, node, arrow, type, inner, undefined);
}

/// A call with arrow functions that capture: the function's body in place of the call.
export function callWithClosures(
  scope: Scope,
  node: ts.CallExpression,
  declaration: FunctionNode,
  env: Environment,
  self?: { struct: StructType; place: Place },
): Expr {
  const inner = new Scope(scope.program, env, scope.name);
  return inlined(scope, node, declaration, signatureOf(scope.program, declaration, env), inner, self);
}

function inlined(
  scope: Scope,
  node: ts.CallExpression,
  declaration: FunctionNode,
  type: FuncType,
  inner: Scope,
  self: { struct: StructType; place: Place } | undefined,
): Expr {
  inner.depth = scope.depth + 1;
  if (inner.depth > DEEPEST) return scope.fail(node, "TM1002", "this function calls itself with an arrow function");
  const body: Statement[] = [];
  if (self) {
    const local = scope.fresh("this", pointerTo(self.struct));
    body.push({ kind: "let", local, initial: addressOf(self.place, local.type) });
    inner.self = { kind: "deref", type: self.struct, pointer: readOf({ kind: "local", type: local.type, local }) };
  }
  // All arguments are the caller's: they are elaborated before any name of the function means something.
  const bound = declaration.parameters.map((parameter, index) => {
    const argument = node.arguments[index];
    const initial = argument ?? parameter.initializer ?? scope.fail(node, "TM2020", node.getText());
    const closure = argument && closureOf(scope, argument);
    const wanted = type.params[index]!;
    if (closure) return { parameter, closure: { ...closure, type: wanted.kind === "func" ? wanted : undefined } };
    return { parameter, value: elaborateAs(argument ? scope : new Scope(scope.program, inner.env, scope.name), initial, wanted) };
  });
  for (const { parameter, closure, value } of bound) {
    const { name } = parameter;
    if (closure && ts.isIdentifier(name)) inner.closures.set(scope.program.symbolOf(name), closure);
    else if (closure) return scope.fail(name, "TM1002", name.getText());
    else if (ts.isIdentifier(name)) body.push({ kind: "let", local: inner.declare(name, value.type), initial: value });
    else body.push(...destructure(inner, name, parameter, value));
  }
  inner.result = type.result;
  const isVoid = type.result.kind === "void" || type.result.kind === "never";
  const result = isVoid ? undefined : scope.fresh("", type.result);
  const label = `inline ${scope.program.inlined++}`;
  inner.returns = { label, result };
  const code = declaration.body;
  if (code && ts.isBlock(code)) body.push(...elaborateStatements(inner, code.statements));
  else if (code && result) body.push({ kind: "let", local: result, initial: elaborateAs(inner, code, type.result, true) });
  else if (code) body.push({ kind: "expr", expr: elaborate(inner, code) });
  return { kind: "block", type: type.result, label, body, result, location: scope.program.locationOf(node) };
}
