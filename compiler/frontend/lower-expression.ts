// Expressions to IR. What a value is made of, representation.ts says; places, calls and arithmetic have
// files of their own.

import type { Variable } from "../ir/builder.js";
import { Digest } from "../ir/digest.js";
import { constant, convert, unaryOps } from "./fold.js";
import { arithmetic, arithmeticConvert, compare } from "./lower-arithmetic.js";
import { lowerInline } from "./lower.js";
import { assembly, call, callInto } from "./lower-call.js";
import { newBlock, type Block, type Value } from "../ir/types.js";
import {
  addressOf,
  addressValue,
  load,
  readPlace,
  readResolved,
  resolve,
  scaled,
  store,
  writeBits,
  writeResolved,
  zeroMemory,
  type Address,
} from "./lower-place.js";
import { isFlat, type Lowering } from "./lowering.js";
import { leavesOf, memoryTypeOf, scalarType } from "./representation.js";
import type { Expr } from "./tree.js";
import { integerOf, sizeOf, u64, wrapTo, type Type } from "./types.js";

/// The values of an expression: its leaves, or its address where the type is not flat.
export function lower(lowering: Lowering, expr: Expr): Value[] {
  return lowering.at(expr.location, () => lowerKind(lowering, expr));
}

function lowerKind(lowering: Lowering, expr: Expr): Value[] {
  switch (expr.kind) {
    case "const":
      return scalar(lowering, expr.type, expr.value);
    case "symbol":
      return [lowering.emit("global", "i64", [], { symbol: expr.symbol, imm: BigInt(expr.addend) })];
    case "bytes":
      return [
        lowering.emit("global", "i64", [], { symbol: bytesSymbol(lowering, expr.bytes) }),
        lowering.constant("i64", BigInt(expr.bytes.length)),
      ];
    case "read":
      return readPlace(lowering, expr.place);
    case "address":
      return [addressValue(lowering, addressOf(lowering, expr.place))];
    case "aggregate":
      return isFlat(expr.type) ? flatAggregate(lowering, expr.type, expr.parts) : intoTemporary(lowering, expr);
    case "uninitialized":
      return intoTemporary(lowering, expr);
    case "part":
      return part(lowering, expr.of, expr.offset, expr.type);
    case "binary":
      return [
        arithmetic(lowering, expr.op, expr.type, one(lowering, expr.left), one(lowering, expr.right), expr.right.type, expr.wraps),
      ];
    case "unary":
      return [lowering.emit(unaryOps[expr.op], scalarType(expr.type), [one(lowering, expr.operand)])];
    case "compare":
      return [compare(lowering, expr.op, expr.left.type, one(lowering, expr.left), one(lowering, expr.right))];
    case "not":
      return [lowering.emit("eq", "i32", [one(lowering, expr.operand), lowering.constant("i32", 0n)])];
    case "logical":
    case "conditional":
      return chosen(lowering, expr);
    case "convert":
      return [arithmeticConvert(lowering, one(lowering, expr.operand), expr.operand.type, expr.type)];
    case "narrow": {
      const values = lower(lowering, expr.operand);
      if (expr.trap)
        lowering.check(lowering.emit("ne", "i32", [values[0]!, lowering.constant("i64", 0n)]), "null pointer");
      return values;
    }
    case "call":
    case "callPointer":
      return isFlat(expr.type) ? call(lowering, expr) : intoTemporary(lowering, expr);
    case "slice":
      return [one(lowering, expr.pointer), one(lowering, expr.length)];
    case "subslice":
      return subslice(lowering, expr);
    case "length":
      return [lower(lowering, expr.of)[1]!];
    case "pointer":
      return [lower(lowering, expr.of)[0]!];
    case "offset": {
      const pointer = one(lowering, expr.pointer);
      const by = arithmeticConvert(lowering, one(lowering, expr.by), expr.by.type, {
        kind: "int",
        name: "u64",
        bits: 64,
        signed: false,
      });
      return [lowering.emit(expr.negative ? "sub" : "add", "i64", [pointer, scaled(lowering, by, expr.of)])];
    }
    case "assign":
      return assign(lowering, expr);
    case "postfix": {
      const resolved = resolve(lowering, expr.place);
      const [before] = readResolved(lowering, expr.type, resolved);
      const step = one(lowering, convert(constant(u64, 1n), expr.type));
      writeResolved(lowering, expr.type, resolved, [
        arithmetic(lowering, expr.op, expr.type, before!, step, expr.type),
      ]);
      return [before!];
    }
    case "volatileRead":
      return load(lowering, expr.type, addressOf(lowering, expr.place), true);
    case "volatileWrite": {
      const address = addressOf(lowering, expr.place);
      store(lowering, expr.place.type, address, lower(lowering, expr.value), true);
      return [];
    }
    case "atomic": {
      const address = addressValue(lowering, addressOf(lowering, expr.place));
      const args = expr.args.map((arg) => one(lowering, arg));
      return [
        lowering.emit("atomic", scalarType(expr.type), [address, ...args], {
          atomic: expr.op,
          memory: memoryTypeOf(expr.type),
        }),
      ];
    }
    case "register":
      return [lowering.emit("register", "i64", [], { symbol: expr.name })];
    case "asm":
      return assembly(lowering, expr);
    case "check":
      lowering.check(
        one(lowering, expr.condition),
        expr.reason === "null" ? "null where a value was needed" : expr.reason,
      );
      return [];
    case "trap":
      lowering.builder.end(
        { kind: "trap", reason: expr.reason, location: lowering.location, edges: [] },
        lowering.builder.unreachable(),
      );
      return [];
    case "block":
      return lowerInline(lowering, expr);
    case "let":
      for (const { local, value } of expr.bindings)
        writeResolved(
          lowering,
          local.type,
          resolve(lowering, { kind: "local", type: local.type, local }),
          lower(lowering, value),
        );
      return lower(lowering, expr.body);
    case "sequence":
      for (const first of expr.first) lower(lowering, first);
      return lower(lowering, expr.last);
  }
}

export function one(lowering: Lowering, expr: Expr): Value {
  return lower(lowering, expr)[0] ?? lowering.constant("i64", 0n);
}

/// A narrow literal is kept in its type's own range, as every narrow value is.
function scalar(lowering: Lowering, type: Type, value: bigint): Value[] {
  const leaves = leavesOf(type) ?? [];
  const integer = integerOf(type);
  return leaves.map((leaf) => lowering.constant(leaf.type, integer ? wrapTo(value, integer) : value));
}

/// Constant bytes are stored once.
export function bytesSymbol({ module }: Pick<Lowering, "module">, bytes: Uint8Array): string {
  const key = bytes.join();
  const known = module.strings.get(key);
  if (known) return known.name;
  const name = `bytes.${new Digest().addBytes(bytes)}`;
  module.strings.set(key, { name, size: bytes.length, align: 1, bytes, readonly: true, relocations: [] });
  return name;
}

function flatAggregate(lowering: Lowering, type: Type, parts: readonly { offset: number; value: Expr }[]): Value[] {
  const given = new Map<number, Value>();
  for (const { offset, value } of parts) {
    const values = lower(lowering, value);
    leavesOf(value.type)?.forEach((leaf, index) => given.set(leaf.offset + offset, values[index]!));
  }
  return leavesOf(type)!.map((leaf) => given.get(leaf.offset) ?? lowering.constant(leaf.type, 0n));
}

function intoTemporary(lowering: Lowering, expr: Expr): Value[] {
  const symbol = lowering.slotName();
  lowerInto(lowering, expr, { base: lowering.slot(symbol, expr.type), offset: 0n });
  return [lowering.slot(symbol, expr.type)];
}

/// Puts a value into memory that nothing else reads meanwhile.
export function lowerInto(lowering: Lowering, expr: Expr, address: Address): void {
  if (expr.kind === "uninitialized") return;
  if (expr.kind === "aggregate" && !isFlat(expr.type)) {
    const covered = expr.parts.reduce((sum, { value }) => sum + sizeOf(value.type), 0);
    if (covered < sizeOf(expr.type) || expr.parts.some(({ bits }) => bits)) zeroMemory(lowering, address, expr.type);
    for (const { offset, value, bits } of expr.parts) {
      const place = { base: address.base, offset: address.offset + BigInt(offset) };
      if (bits) writeBits(lowering, value.type, place, one(lowering, value), bits);
      else lowerInto(lowering, value, place);
    }
    return;
  }
  if ((expr.kind === "call" || expr.kind === "callPointer") && !isFlat(expr.type))
    return callInto(lowering, expr, address);
  store(lowering, expr.type, address, lower(lowering, expr));
}

function part(lowering: Lowering, of: Expr, offset: number, type: Type): Value[] {
  const leaves = leavesOf(of.type);
  const values = lower(lowering, of);
  if (!leaves) return load(lowering, type, { base: values[0]!, offset: BigInt(offset) });
  const end = offset + sizeOf(type);
  return values.filter((_, index) => leaves[index]!.offset >= offset && leaves[index]!.offset < end);
}

function assign(lowering: Lowering, expr: Extract<Expr, { kind: "assign" }>): Value[] {
  const { place, op, value, type } = expr;
  const resolved = resolve(lowering, place);
  if (op) {
    const [before] = readResolved(lowering, type, resolved);
    const result = [arithmetic(lowering, op, type, before!, one(lowering, value), value.type)];
    writeResolved(lowering, type, resolved, result);
    return result;
  }
  // What is all zeros reads nothing, so it can be made in place.
  if (!isFlat(type) && resolved.kind === "memory" && value.kind === "aggregate" && value.parts.length === 0) {
    zeroMemory(lowering, resolved.address, type);
    return [addressValue(lowering, resolved.address)];
  }
  const values = lower(lowering, value);
  writeResolved(lowering, type, resolved, values);
  return values;
}

/// Branches on a condition, without making its value where it is `&&`, `||` or `!`.
export function lowerCondition(lowering: Lowering, expr: Expr, then: Block, otherwise: Block, next: Block): void {
  const { builder } = lowering;
  if (expr.kind === "not") return lowerCondition(lowering, expr.operand, otherwise, then, next);
  if (expr.kind !== "logical") return builder.branch(one(lowering, expr), then, otherwise, next);
  const second = newBlock(builder.fn);
  if (expr.op === "and") lowerCondition(lowering, expr.left, second, otherwise, second);
  else lowerCondition(lowering, expr.left, then, second, second);
  builder.seal(second);
  lowerCondition(lowering, expr.right, then, otherwise, next);
}

/// `c ? a : b`, and the value of `a && b`.
function chosen(lowering: Lowering, expr: Extract<Expr, { kind: "conditional" | "logical" }>): Value[] {
  const { builder } = lowering;
  const types = leavesOf(expr.type)?.map((leaf) => leaf.type) ?? (["i64"] as const);
  const variables = types.map((type): Variable => ({ type }));
  const [then, otherwise, after] = [newBlock(builder.fn), newBlock(builder.fn), newBlock(builder.fn)];
  lowerCondition(lowering, expr.kind === "conditional" ? expr.condition : expr, then, otherwise, then);
  builder.seal(then);
  builder.seal(otherwise);
  const finish = (values: readonly Value[]) =>
    variables.forEach((variable, index) => builder.write(variable, values[index]!));
  finish(expr.kind === "conditional" ? lower(lowering, expr.yes) : [lowering.constant("i32", 1n)]);
  builder.jump(after, otherwise);
  finish(expr.kind === "conditional" ? lower(lowering, expr.otherwise) : [lowering.constant("i32", 0n)]);
  builder.jump(after);
  builder.seal(after);
  return variables.map((variable) => builder.read(variable));
}

function subslice(lowering: Lowering, expr: Extract<Expr, { kind: "subslice" }>): Value[] {
  const from = one(lowering, expr.from);
  const element = expr.type.kind === "slice" ? expr.type.of : expr.type;
  let pointer: Value, length: Value;
  if (expr.of.type.kind === "arr") {
    pointer =
      expr.of.kind === "read" ? addressValue(lowering, addressOf(lowering, expr.of.place)) : one(lowering, expr.of);
    length = lowering.constant("i64", expr.of.type.length);
  } else [pointer, length] = lower(lowering, expr.of) as [Value, Value];
  const isStart = expr.from.kind === "const" && expr.from.value === 0n;
  const to = expr.to ? one(lowering, expr.to) : length;
  if (lowering.module.boundsChecks) {
    if (expr.to) lowering.check(lowering.emit("geu", "i32", [length, to]), "slice ends past the end");
    if (!isStart) lowering.check(lowering.emit("geu", "i32", [to, from]), "slice starts past its end");
  }
  if (isStart) return [pointer, to];
  return [
    lowering.emit("add", "i64", [pointer, scaled(lowering, from, element)]),
    lowering.emit("sub", "i64", [to, from]),
  ];
}
