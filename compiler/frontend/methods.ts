// Methods of the library's own types: slices, arrays, Many, strings, device registers, atomics.

import { ts } from "#typescript";
import { elaborate, elaborateAs } from "./expressions.js";
import { binary, constant, convert, readOf, word } from "./fold.js";
import { moved, somewhere } from "./members.js";
import type { Scope } from "./scope.js";
import type { Expr, Place } from "./tree.js";
import {
  i64,
  integerOf,
  pointerTo,
  sizeOf,
  sliceOf,
  typeText,
  u64,
  voidType,
  type AtomicType,
  type DeviceType,
  type Type,
} from "./types.js";

export function builtinMethod(
  scope: Scope,
  node: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  base: Expr,
): Expr | undefined {
  const name = callee.name.text;
  const through = base.type.kind === "ptr" && ["arr", "slice", "many", "device", "atomic"].includes(base.type.to.kind);
  const place = through ? somewhere(scope, callee.expression, base) : undefined;
  const value = place ? readOf(place) : base;
  const args = node.arguments;
  switch (value.type.kind) {
    case "arr":
    case "slice":
      if (name === "entries") return scope.fail(callee.name, "TM2030", "");
      return name === "slice" || name === "bytes" ? slice(scope, value, name, args) : undefined;
    case "many":
      return many(scope, value, value.type.of, name, args);
    case "device":
      return device(scope, node, place ?? somewhere(scope, node, value), value.type, name);
    case "atomic":
      return atomic(scope, node, place ?? somewhere(scope, node, value), value.type, name);
    default:
      return undefined;
  }
}

function slice(scope: Scope, of: Expr, name: string, [from, to]: readonly ts.Expression[]): Expr {
  const { type } = of;
  const result: Type =
    type.kind === "slice" ? (name === "bytes" ? sliceOf(type.of, true) : type) : sliceOf((type as { of: Type }).of);
  const start = from ? elaborateAs(scope, from, u64) : word(0);
  if (of.kind === "read" && type.kind === "arr") somewhereInMemory(of.place);
  if (start.kind === "const" && start.value === 0n && !to && type.kind === "slice") return { ...of, type: result };
  return { kind: "subslice", type: result, of, from: start, to: to && elaborateAs(scope, to, u64) };
}
function somewhereInMemory(place: Place): void {
  if (place.kind === "local") place.local.inMemory = true;
  else if (place.kind === "field" || place.kind === "variant") somewhereInMemory(place.base);
  else if (place.kind === "index" && place.base.kind === "arr") somewhereInMemory(place.base.place);
}

function many(scope: Scope, base: Expr, of: Type, name: string, [first]: readonly ts.Expression[]): Expr | undefined {
  if (!first) return undefined;
  const by = () => elaborate(scope, first, u64);
  switch (name) {
    case "add":
      return moved(base, by(), base.type, of);
    case "sub":
      return moved(base, by(), base.type, of, true);
    case "at":
      return moved(base, by(), pointerTo(of), of);
    case "slice":
      return { kind: "slice", type: sliceOf(of), pointer: base, length: elaborateAs(scope, first, u64) };
    case "diff": {
      const other = elaborateAs(scope, first, base.type);
      const bytes = binary(i64, "sub", convert(base, i64), convert(other, i64));
      return binary(i64, "div", bytes, constant(i64, BigInt(Math.max(1, sizeOf(of)))));
    }
    default:
      return undefined;
  }
}

function device(
  scope: Scope,
  node: ts.CallExpression,
  place: Place,
  { of }: DeviceType,
  name: string,
): Expr | undefined {
  const register: Place = { ...retyped(place, of) };
  const [first, second] = node.arguments;
  const read: Expr = { kind: "volatileRead", type: of, place: register };
  if (name === "read") return read;
  if (name === "write" && first)
    return { kind: "volatileWrite", type: voidType, place: register, value: elaborateAs(scope, first, of) };
  if (name !== "modify" || !first || !second) return undefined;
  const integer = integerOf(of) ?? scope.fail(node, "TM2014", typeText(of));
  const cleared = binary(of, "and", read, binary(of, "xor", elaborateAs(scope, first, integer), constant(of, -1n)));
  const value = binary(of, "or", cleared, elaborateAs(scope, second, integer));
  return { kind: "volatileWrite", type: voidType, place: register, value };
}

/// The same place, holding what the device or atomic is of.
function retyped(place: Place, type: Type): Place {
  return { kind: "field", type, base: place, offset: 0 };
}

const operations = {
  fetchAdd: "add",
  fetchAnd: "and",
  fetchOr: "or",
  fetchXor: "xor",
  swap: "swap",
  cas: "cas",
} as const;

function atomic(
  scope: Scope,
  node: ts.CallExpression,
  place: Place,
  { of }: AtomicType,
  name: string,
): Expr | undefined {
  const word: Place = retyped(place, of);
  const size = sizeOf(of);
  if (size !== 4 && size !== 8) return scope.fail(node, "TM3005", typeText(of));
  const [first, second] = node.arguments;
  const order = (argument: ts.Expression | undefined): string =>
    argument && ts.isStringLiteral(argument) ? argument.text : "seqcst";
  if (name === "load") {
    const local = scope.fresh("loaded", of);
    const read = readOf({ kind: "local", type: of, local });
    const value: Expr = { kind: "volatileRead", type: of, place: word };
    if (order(first) === "relaxed") return value;
    const before = order(first) === "seqcst" ? [fence("rw", "rw")] : [];
    return {
      kind: "sequence",
      type: of,
      first: before,
      last: {
        kind: "let",
        type: of,
        bindings: [{ local, value }],
        body: { kind: "sequence", type: of, first: [fence("r", "rw")], last: read },
      },
    };
  }
  if (name === "store" && first) {
    const store: Expr = { kind: "volatileWrite", type: voidType, place: word, value: elaborateAs(scope, first, of) };
    if (order(second) === "relaxed") return store;
    const after = order(second) === "seqcst" ? fence("rw", "rw") : constant(voidType, 0n);
    return { kind: "sequence", type: voidType, first: [fence("rw", "w"), store], last: after };
  }
  if (!(name in operations)) return undefined;
  const args = node.arguments.map((argument) => elaborateAs(scope, argument, of));
  return { kind: "atomic", type: of, op: operations[name as keyof typeof operations], place: word, args };
}

/// `fence pred, succ`.
export function fence(before: string, after: string): Expr {
  return instruction(`fence ${before}, ${after}`);
}
/// One instruction without operands, in its place.
export function instruction(text: string): Expr {
  const asm = { lines: [[{ kind: "text" as const, text }]], inputs: [], outputs: [], clobbers: [], effect: true };
  return { kind: "asm", type: voidType, asm, inputs: [], outputs: [] };
}
