// A value where another type is asked for: lossless conversions are done here, the rest is refused. Where
// tsc narrowed a type, the value is checked again: narrowing outlives calls and stores in TypeScript.

import { ts } from "#typescript";
import { boolean, constant, convert } from "./fold.js";
import { adapter } from "./functions.js";
import type { Scope } from "./scope.js";
import type { Expr } from "./tree.js";
import {
  integerOf,
  isAggregate,
  isValue,
  sameType,
  staysInPlace,
  typeText,
  widens,
  type PtrType,
  type StructType,
  type Type,
} from "./types.js";

export function coerce(scope: Scope, node: ts.Node, expr: Expr, to: Type): Expr {
  const result = convertTo(scope, node, expr, to);
  if (!result)
    return scope.fail(
      node,
      mixesSigns(expr.type, to) ? "TM2001" : "TM2003",
      `${typeText(expr.type)}, needed ${typeText(to)}`,
    );
  result.location ??= expr.location;
  return result;
}

function mixesSigns(from: Type, to: Type): boolean {
  const [a, b] = [integerOf(from), integerOf(to)];
  return a !== undefined && b !== undefined && a.signed !== b.signed;
}

function convertTo(scope: Scope, node: ts.Node, expr: Expr, to: Type): Expr | undefined {
  const from = expr.type;
  if (sameType(from, to)) return expr;
  if (from.kind === "never") return { kind: "sequence", type: to, first: [expr], last: zero(to) };
  if (to.kind === "void") return undefined;
  // tsc has seen that nothing gets here.
  if (to.kind === "never") return { kind: "trap", type: to, reason: "unreachable" };
  if (to.kind === "struct" && to.role === "option") return intoOption(scope, node, expr, to);
  if (from.kind === "struct" && from.role === "option") return fromOption(scope, node, expr, from, to);
  if (to.kind === "struct" && to.role === "result") return intoResult(scope, node, expr, to);
  if (to.kind === "int" && (from.kind === "int" || from.kind === "enum"))
    return widens(integerOf(from)!, to) ? convert(expr, to) : undefined;
  if (to.kind === "float" && from.kind === "float") return from.bits < to.bits ? convert(expr, to) : undefined;
  if (to.kind === "ptr") return intoPointer(scope, node, expr, to);
  if (to.kind === "func") return intoFunction(scope, expr, to);
  if (to.kind === "slice" && from.kind === "arr" && expr.kind === "read" && sameType(from.of, to.of))
    return {
      kind: "subslice",
      type: to,
      of: expr,
      from: constant({ kind: "int", name: "u64", bits: 64, signed: false }, 0n),
      to: undefined,
    };
  if (to.kind === "union" && from.kind === "struct" && to.members.some((member) => member.key === from.key))
    return { kind: "aggregate", type: to, parts: [{ offset: 0, value: expr }] };
  if (
    to.kind === "struct" &&
    from.kind === "struct" &&
    to.role === "tuple" &&
    from.role === "tuple" &&
    to.args.length === from.args.length
  )
    return eachField(scope, node, expr, from, to);
  return undefined;
}

export function zero(type: Type): Expr {
  return isAggregate(type) || type.kind === "slice" ? { kind: "aggregate", type, parts: [] } : constant(type, 0n);
}

function intoOption(scope: Scope, node: ts.Node, expr: Expr, to: StructType): Expr | undefined {
  if (expr.type.kind === "null") return zero(to);
  const value = convertTo(scope, node, expr, to.args[0] as Type);
  return value && aggregate(to, { present: boolean(true), value });
}

/// tsc has seen that the value is there; we look again.
function fromOption(scope: Scope, node: ts.Node, expr: Expr, from: StructType, to: Type): Expr | undefined {
  const local = scope.fresh("option", from);
  const place = { kind: "local", type: from, local } as const;
  const part = (name: string): Expr => {
    const field = from.fields.get(name)!;
    return { kind: "part", type: field.type, of: { kind: "read", type: from, place }, offset: field.offset };
  };
  const value = convertTo(scope, node, part("value"), to);
  if (!value) return undefined;
  const check: Expr = {
    kind: "check",
    type: { kind: "void" },
    condition: part("present"),
    reason: "null",
    location: scope.program.locationOf(node),
  };
  return {
    kind: "let",
    type: to,
    bindings: [{ local, value: expr }],
    body: { kind: "sequence", type: to, first: [check], last: value },
  };
}

export function aggregate(type: StructType, fields: Record<string, Expr>): Expr {
  const parts = Object.entries(fields).map(([name, value]) => ({ offset: type.fields.get(name)!.offset, value }));
  return { kind: "aggregate", type, parts };
}

/// From ok(…), fail(…), or a Result that tsc narrowed to one of them.
function intoResult(scope: Scope, node: ts.Node, expr: Expr, to: StructType): Expr | undefined {
  const { type: from } = expr;
  if (from.kind !== "struct" || from.role !== "result") return undefined;
  const [value, error] = from.args as [Type, Type];
  const [wantedValue, wantedError] = to.args as [Type, Type];
  if (expr.kind === "aggregate" && (value.kind === "never" || error.kind === "never")) {
    const isOk = error.kind === "never";
    const part = expr.parts[1];
    if (!part)
      return (isOk ? wantedValue : wantedError).kind === "void" ? aggregate(to, { ok: boolean(isOk) }) : undefined;
    const payload = convertTo(scope, node, part.value, isOk ? wantedValue : wantedError);
    return payload && aggregate(to, isOk ? { ok: boolean(true), val: payload } : { ok: boolean(false), err: payload });
  }
  const local = scope.fresh("result", from);
  const part = (name: string): Expr => {
    const field = from.fields.get(name)!;
    return {
      kind: "part",
      type: field.type,
      of: { kind: "read", type: from, place: { kind: "local", type: from, local } },
      offset: field.offset,
    };
  };
  const location = scope.program.locationOf(node);
  const check = (condition: Expr): Expr => ({
    kind: "check",
    type: { kind: "void" },
    condition,
    reason: "wrong variant of a Result",
    location,
  });
  const isFail = ts.isExpression(node) && narrowedTo(scope, node) === "Fail";
  const isOk = ts.isExpression(node) && narrowedTo(scope, node) === "Ok";
  const err = isOk ? undefined : convertTo(scope, node, part("err"), wantedError);
  const val = isFail ? undefined : convertTo(scope, node, part("val"), wantedValue);
  if ((!isOk && !err) || (!isFail && !val)) return undefined;
  const fields = { ok: part("ok"), ...(val ? { val } : {}), ...(err ? { err } : {}) };
  const first = isFail
    ? [check({ kind: "not", type: { kind: "bool" }, operand: part("ok") })]
    : isOk
      ? [check(part("ok"))]
      : [];
  return {
    kind: "let",
    type: to,
    bindings: [{ local, value: expr }],
    body: { kind: "sequence", type: to, first, last: aggregate(to, fields) },
  };
}

function narrowedTo(scope: Scope, node: ts.Expression): string | undefined {
  return scope.program.checker.getTypeAtLocation(node).aliasSymbol?.name;
}

function intoPointer(scope: Scope, node: ts.Node, expr: Expr, to: PtrType): Expr | undefined {
  const { type: from } = expr;
  if (from.kind === "null") return to.nullable ? constant(to, 0n) : undefined;
  if (from.kind !== "ptr" || !pointsAt(from.to, to.to)) return undefined;
  const trap = from.nullable && !to.nullable ? "null" : undefined;
  if (expr.kind === "symbol" || expr.kind === "const") return { ...expr, type: to };
  return { kind: "narrow", type: to, operand: expr, trap, location: scope.program.locationOf(node) };
}

/// A pointer to a member is one to the union; the other way round needs a look at the tag, so a field does it.
function pointsAt(from: Type, to: Type): boolean {
  if (to.kind === "union" && from.kind === "struct") return to.members.some((member) => member.key === from.key);
  return sameType(from, to);
}

function intoFunction(scope: Scope, expr: Expr, to: Type & { kind: "func" }): Expr | undefined {
  const { type: from } = expr;
  if (from.kind === "null") return to.nullable ? constant(to, 0n) : undefined;
  if (from.kind !== "func") return undefined;
  if (expr.kind === "symbol") return adapter(scope.program, expr, from, to);
  if (sameType({ ...from, nullable: false }, { ...to, nullable: false }))
    return { kind: "narrow", type: to, operand: expr, trap: from.nullable && !to.nullable ? "null" : undefined };
  return undefined;
}

function eachField(scope: Scope, node: ts.Node, expr: Expr, from: StructType, to: StructType): Expr | undefined {
  const local = scope.fresh("tuple", from);
  const read: Expr = { kind: "read", type: from, place: { kind: "local", type: from, local } };
  const parts: { offset: number; value: Expr }[] = [];
  for (const field of from.fields.values()) {
    const wanted = to.fields.get(field.name)!;
    const value = convertTo(
      scope,
      node,
      { kind: "part", type: field.type, of: read, offset: field.offset },
      wanted.type,
    );
    if (!value) return undefined;
    parts.push({ offset: wanted.offset, value });
  }
  return { kind: "let", type: to, bindings: [{ local, value: expr }], body: { kind: "aggregate", type: to, parts } };
}

/// Refuses what would copy a struct or an array without saying so, and every copy of what stays in its place.
export function refuseCopy(scope: Scope, node: ts.Node, expr: Expr, isMove = false): void {
  if (expr.kind !== "read" || isValue(expr.type)) return;
  if (staysInPlace(expr.type)) return scope.fail(node, "TM2026", `${node.getText()} is ${typeText(expr.type)}`);
  if (isMove && expr.place.kind === "local") return;
  // What comptime made is nobody else's.
  if (expr.place.kind === "global" && expr.place.global.comptime && ts.isCallExpression(node)) return;
  scope.fail(node, "TM2005", node.getText());
}
