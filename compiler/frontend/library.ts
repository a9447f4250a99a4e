// The functions that core.d.ts declares, by name: each row makes the expression of a call.

import { ts } from "#typescript";
import { naked } from "./asm.js";
import { beginningOf } from "./beginnings.js";
import { aggregate, zero } from "./coerce.js";
import { isLiteral, literalValue, needsContext } from "./constants.js";
import { comptime, embed, tableOf } from "./compile-time.js";
import { elaborate, elaborateAs, elaborateCondition, elaboratePlace, elaboratePresent, elaborateValue } from "./expressions.js";
import { addressOf, binary, boolean, compare, constant, convert, word } from "./fold.js";
import { floatCall, floatLiteral, floatMember, isFraction, printFloat } from "./floats.js";
import { runtimeCall } from "./functions.js";
import { integerCall } from "./integers.js";
import { machineCall, machineMember } from "./machine.js";
import { displaced } from "./members.js";
import { clientOf, dispatcherOf } from "./protocols.js";
import type { Scope } from "./scope.js";
import { stringBytes } from "./strings.js";
import type { Expr, Place } from "./tree.js";
import { resultOf } from "./struct-types.js";
import {
  alignOf,
  f64,
  i64,
  integerOf,
  integers,
  isAggregate,
  never,
  pointerTo,
  sameType,
  sizeOf,
  staysInPlace,
  text,
  typeText,
  u64,
  voidType,
  type IntType,
  type TaggedType,
  type Type,
} from "./types.js";

/// The dotted name of a function of the library, when that is what is called.
export function libraryName(scope: Scope, callee: ts.Expression): string | undefined {
  let root = callee;
  while (ts.isPropertyAccessExpression(root)) root = root.expression;
  if (!ts.isIdentifier(root)) return undefined;
  const symbol = scope.program.checker.getSymbolAtLocation(root);
  const declaration = symbol?.valueDeclaration ?? symbol?.declarations?.[0];
  return declaration?.getSourceFile().isDeclarationFile ? callee.getText().replaceAll(/\s/g, "") : undefined;
}

/// `u8.MAX`, `register.tp`.
export function libraryMember(scope: Scope, node: ts.PropertyAccessExpression): Expr | undefined {
  const name = libraryName(scope, node);
  if (!name) return undefined;
  const [first = "", second = ""] = name.split(".");
  const integer = integers.get(first);
  if (integer && (second === "MIN" || second === "MAX")) return constant(integer, limit(integer, second));
  return floatMember(first, second) ?? machineMember(first, second) ?? scope.fail(node, "TM2019", name);
}

export function limit(type: IntType, which: "MIN" | "MAX"): bigint {
  const bits = BigInt(type.bits);
  if (which === "MIN") return type.signed ? -(1n << (bits - 1n)) : 0n;
  return type.signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
}

type Row = (scope: Scope, node: ts.CallExpression, wanted: Type | undefined, first: ts.Expression) => Expr;

export function libraryCall(scope: Scope, node: ts.CallExpression, name: string, wanted: Type | undefined): Expr {
  const number = integerCall(scope, node, name) ?? floatCall(scope, node, name);
  if (number) return number;
  const row = rows[name];
  if (row) return row(scope, node, wanted, node.arguments[0] as ts.Expression);
  return machineCall(scope, node, name) ?? scope.fail(node, "TM2019", name);
}

/// The type argument that is written, or what the context says.
function typeArgument(scope: Scope, node: ts.CallExpression, fromContext?: Type): Type {
  const [written] = node.typeArguments ?? [];
  return written ? scope.read(written) : (fromContext ?? scope.fail(node, "TM2010", node.getText()));
}
const pointeeOf = (type: Type | undefined): Type | undefined => (type?.kind === "ptr" ? type.to : undefined);

/// A message that is stored beside the code.
function message(scope: Scope, node: ts.Expression | undefined, otherwise: string): string {
  if (!node) return otherwise;
  if (!ts.isStringLiteral(node) && !ts.isNoSubstitutionTemplateLiteral(node))
    return scope.fail(node, "TM3003", node.getText());
  return new TextDecoder().decode(stringBytes(scope, node));
}

const address = (scope: Scope, node: ts.Expression): Expr => {
  const value = elaborate(scope, node, u64);
  return integerOf(value.type) ? convert(value, u64) : scope.fail(node, "TM2003", typeText(value.type));
};

function fieldOffset(
  scope: Scope,
  node: ts.CallExpression,
  name: ts.Expression | undefined,
  type: Type,
): { offset: number; type: Type } {
  const field = type.kind === "struct" && name && ts.isStringLiteral(name) ? type.fields.get(name.text) : undefined;
  return field ?? scope.fail(node, "TM2013", `${name?.getText() ?? ""} of ${typeText(type)}`);
}

/// `ref<T>({ … })`: what is written there is put into the frame, at the top level into static data.
function madeInPlace(scope: Scope, node: ts.CallExpression, wanted: Type | undefined, first: ts.Expression): Place | undefined {
  if (!ts.isObjectLiteralExpression(first) && !ts.isArrayLiteralExpression(first)) return undefined;
  const [written] = node.typeArguments ?? [];
  const type = written ? scope.read(written) : wanted?.kind === "ptr" ? wanted.to : scope.fail(node, "TM2010", node.getText());
  const given = elaborateAs(scope, first, type);
  if (!scope.isStatic) return { kind: "temporary", type, value: given };
  const value = beginningOf(given, scope.program) ?? scope.fail(first, "TM2015", first.getText());
  return { kind: "global", type, global: scope.program.static(`${scope.name}.data`, type, false, { initial: value }) };
}

const rows: Record<string, Row> = {
  ref(scope, node, wanted, first) {
    const place = madeInPlace(scope, node, wanted, first) ?? elaboratePlace(scope, first);
    if (place.kind === "field" && place.bits) return scope.fail(first, "TM2012", `${first.getText()} is a part of a word`);
    return addressOf(place, pointerTo(place.type));
  },
  copy(scope, _node, wanted, first) {
    const operand = elaborate(scope, first, wanted);
    if (staysInPlace(operand.type)) return scope.fail(first, "TM2026", `${first.getText()} is ${typeText(operand.type)}`);
    return { kind: "narrow", type: operand.type, operand, trap: undefined };
  },
  arr(scope, node, wanted) {
    const [of, length] = node.typeArguments ?? [];
    if (!of) return wanted?.kind === "arr" ? zero(wanted) : scope.fail(node, "TM2010", node.getText());
    const count = length ? scope.program.types.readCount(length, scope.env) : undefined;
    const [first] = node.arguments;
    const value =
      count?.kind === "constant"
        ? count.value
        : first && isLiteral(scope.program, first)
          ? literalValue(scope.program, first)
          : scope.fail(node, "TM2010", node.getText());
    return zero({ kind: "arr", of: scope.read(of), length: value, readonly: false });
  },
  make(scope, node, wanted, first) {
    const type = typeArgument(scope, node, wanted);
    return elaborateAs(scope, first, type);
  },
  zeroed: (scope, node, wanted) => zero(typeArgument(scope, node, wanted)),
  sizeof: (scope, node) => word(sizeOf(typeArgument(scope, node))),
  valueof(scope, node) {
    const [written] = node.typeArguments ?? [];
    const type = written && scope.program.types.readCount(written, scope.env);
    return type?.kind === "constant" ? constant(u64, type.value) : scope.fail(node, "TM2031", node.getText());
  },
  alignof: (scope, node) => word(alignOf(typeArgument(scope, node))),
  offsetof: (scope, node, _wanted, first) => word(fieldOffset(scope, node, first, typeArgument(scope, node)).offset),

  "unsafe.ptr": (scope, node, wanted, first) =>
    convert(address(scope, first), pointerTo(typeArgument(scope, node, pointeeOf(wanted)))),
  "unsafe.many"(scope, node, wanted, first) {
    const of = typeArgument(scope, node, wanted?.kind === "many" ? wanted.of : undefined);
    return convert(address(scope, first), { kind: "many", of });
  },
  "unsafe.cast"(scope, node, wanted, first) {
    const operand = elaborate(scope, first);
    if (operand.type.kind !== "ptr" && operand.type.kind !== "many")
      return scope.fail(first, "TM2003", `${typeText(operand.type)}, needed a pointer`);
    return convert(operand, pointerTo(typeArgument(scope, node, pointeeOf(wanted))));
  },
  "unsafe.container"(scope, node, wanted, first) {
    const type = typeArgument(scope, node, pointeeOf(wanted));
    const field = fieldOffset(scope, node, node.arguments[1], type);
    const pointer = elaborateAs(scope, first, pointerTo(field.type));
    return displaced(pointer, -BigInt(field.offset), pointerTo(type));
  },
  "unsafe.func"(scope, node, wanted, first) {
    const type = typeArgument(scope, node, wanted);
    return type.kind === "func" ? convert(address(scope, first), type) : scope.fail(node, "TM2003", typeText(type));
  },
  "unsafe.text"(scope, _node, _wanted, first) {
    const bytes = elaborateAs(scope, first, { ...text, text: false });
    return { ...bytes, type: text };
  },
  "unsafe.uninitialized"(scope, node, wanted) {
    const type = typeArgument(scope, node, wanted);
    return isAggregate(type) ? { kind: "uninitialized", type } : zero(type);
  },
  "unsafe.enumOf"(scope, node, wanted, first) {
    const type = typeArgument(scope, node, wanted?.kind === "enum" ? wanted : undefined);
    if (type.kind !== "enum") return scope.fail(node, "TM2003", typeText(type));
    const local = scope.fresh("number", u64);
    const read: Expr = { kind: "read", type: u64, place: { kind: "local", type: u64, local } };
    const values = [...new Set(type.members.values())].sort((a, b) => (a < b ? -1 : 1));
    const isDense = values.every((value, index) => value === BigInt(index));
    const isMember = isDense
      ? compare("lt", read, word(values.length))
      : values
          .map((value) => compare("eq", read, word(BigInt.asUintN(64, value))))
          .reduce((left, right): Expr => ({ kind: "logical", type: { kind: "bool" }, op: "or", left, right }));
    const check: Expr = {
      kind: "check",
      type: voidType,
      condition: isMember,
      reason: `no member of ${type.name}`,
      location: scope.program.locationOf(node),
    };
    const body: Expr = { kind: "sequence", type, first: [check], last: convert(read, type) };
    const value = elaborate(scope, first, u64);
    if (!integerOf(value.type)) return scope.fail(first, "TM2003", typeText(value.type));
    if (value.kind === "const")
      return values.includes(value.value)
        ? constant(type, value.value)
        : scope.fail(first, "TM2002", `${first.getText()} in ${type.name}`);
    return { kind: "let", type, bindings: [{ local, value: convert(value, u64) }], body };
  },

  "tagged.none": (scope, node, wanted) => constant(taggedType(scope, node, wanted), 0n),
  "tagged.of"(scope, node, wanted, first) {
    const type = taggedType(scope, node, wanted);
    const kind = isLiteral(scope.program, first)
      ? literalValue(scope.program, first)
      : scope.fail(first, "TM2015", first.getText());
    const pointee = type.kinds.get(kind) ?? scope.fail(first, "TM2013", `kind ${kind}`);
    if (BigInt(alignOf(pointee)) <= kind)
      return scope.fail(
        first,
        "TM2025",
        `${typeText(pointee)} is aligned on ${alignOf(pointee)}, too little for kind ${kind}`,
      );
    const pointer = elaborateAs(scope, node.arguments[1] as ts.Expression, pointerTo(pointee));
    return convert(binary(u64, "add", convert(pointer, u64), word(kind)), type);
  },
  "tagged.kind"(scope, _node, _wanted, first) {
    const { value, type } = taggedValue(scope, first);
    return convert(kindOf(value, type), type.by);
  },
  "tagged.as"(scope, node, _wanted, first) {
    const { value, type } = taggedValue(scope, first);
    const second = node.arguments[1] as ts.Expression;
    const kind = isLiteral(scope.program, second)
      ? literalValue(scope.program, second)
      : scope.fail(second, "TM2015", second.getText());
    const pointee = type.kinds.get(kind) ?? scope.fail(second, "TM2013", `kind ${kind}`);
    const local = scope.fresh("tagged", type);
    const read: Expr = { kind: "read", type, place: { kind: "local", type, local } };
    const check: Expr = {
      kind: "check",
      type: voidType,
      condition: compare("eq", kindOf(read, type), word(kind)),
      reason: "tagged pointer of another kind",
      location: scope.program.locationOf(node),
    };
    const result = pointerTo(pointee);
    const body: Expr = { kind: "sequence", type: result, first: [check], last: displaced(read, -kind, result) };
    return { kind: "let", type: result, bindings: [{ local, value }], body };
  },

  ok(scope, node, wanted) {
    const [first] = node.arguments;
    const result = wanted?.kind === "struct" && wanted.role === "result" ? wanted.args[0] : undefined;
    if (!first) return aggregate(resultOf(voidType, never), { ok: boolean(true) });
    const val =
      result && !sameType(result, voidType) ? elaborateAs(scope, first, result, true) : elaborateValue(scope, first);
    return aggregate(resultOf(val.type, never), { ok: boolean(true), val });
  },
  fail(scope, _node, wanted, first) {
    const result = wanted?.kind === "struct" && wanted.role === "result" ? wanted.args[1] : undefined;
    const err = result ? elaborateAs(scope, first, result, true) : elaborateValue(scope, first);
    return aggregate(resultOf(never, err.type), { ok: boolean(false), err });
  },
  panic: (scope, _node, _wanted, first) => ({ kind: "trap", type: never, reason: message(scope, first, "panic") }),
  unreachable: () => ({ kind: "trap", type: never, reason: "unreachable" }),
  assert(scope, node, _wanted, first) {
    const reason = message(scope, node.arguments[1], "assertion failed");
    return { kind: "check", type: voidType, condition: elaborateCondition(scope, first), reason };
  },

  comptime,
  embed,
  tableOf,
  symbolAddress(scope, _node, _wanted, first) {
    if (!ts.isStringLiteral(first)) return scope.fail(first, "TM2015", first.getText());
    return { kind: "symbol", type: u64, symbol: first.text, addend: 0 };
  },
  panicMessage: (scope, node, _wanted, first) =>
    runtimeCall(scope, node, "panicMessage", [elaborateAs(scope, first, u64)]),
  print(scope, node) {
    const calls = node.arguments.map((argument) => {
      if (isFraction(argument)) return printFloat(scope, node, floatLiteral(scope.program, argument, f64));
      if (isLiteral(scope.program, argument)) {
        const value = literalValue(scope.program, argument);
        return runtimeCall(scope, node, value < 0n ? "printSigned" : "printUnsigned", [
          constant(value < 0n ? i64 : u64, value),
        ]);
      }
      const value = elaboratePresent(scope, argument, needsContext(scope.program, argument) ? i64 : undefined);
      const integer = integerOf(value.type);
      if (integer)
        return runtimeCall(scope, node, integer.signed ? "printSigned" : "printUnsigned", [
          convert(value, integer.signed ? i64 : u64),
        ]);
      if (value.type.kind === "float") return printFloat(scope, node, value);
      if (value.type.kind === "bool") return runtimeCall(scope, node, "printBoolean", [value]);
      return runtimeCall(scope, argument, "printText", [value]);
    });
    return { kind: "sequence", type: voidType, first: calls, last: constant(voidType, 0n) };
  },
  naked: (scope, node) => naked(scope, node),
  attr: (scope, node) => scope.fail(node, "TM1030", node.getText()),
  section: (scope, node) => scope.fail(node, "TM1030", node.getText()),
  layout: (scope, node) => scope.fail(node, "TM1034", node.getText()),
  test: (scope, node) => scope.fail(node, "TM1034", node.getText()),
  clientOf,
  dispatcherOf,
};

/// What is wanted, or `tagged.of<M, K>(…)`.
function taggedType(scope: Scope, node: ts.CallExpression, wanted: Type | undefined): TaggedType {
  const { program, env } = scope;
  const type = wanted?.kind === "tagged" || !node.typeArguments ? wanted : program.types.convert(program.checker.getTypeAtLocation(node), env, node);
  return type?.kind === "tagged" ? type : scope.fail(node, "TM2010", node.getText());
}
function taggedValue(scope: Scope, node: ts.Expression): { value: Expr; type: TaggedType } {
  const value = elaborate(scope, node);
  return value.type.kind === "tagged" ? { value, type: value.type } : scope.fail(node, "TM2003", typeText(value.type));
}
/// The low bits that the largest kind needs.
function kindOf(value: Expr, type: TaggedType): Expr {
  const largest = [...type.kinds.keys()].reduce((a, b) => (a > b ? a : b), 0n);
  return binary(u64, "and", convert(value, u64), word((1n << BigInt(largest.toString(2).length)) - 1n));
}
