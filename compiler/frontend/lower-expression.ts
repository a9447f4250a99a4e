// Expressions to IR. Every operation gets the dialect's total meaning here:
// narrow results are wrapped, shifts masked, divisors and indices checked.

import type { Builder, Variable } from "../ir/builder.js";
import { wrap } from "../ir/ops.js";
import { newBlock, type Block, type Op, type Reason, type Value } from "../ir/types.js";
import { irTypes, memoryTypeOf } from "./representation.js";
import type { BinaryOp, CompareOp, Expr, Local, Place } from "./tree.js";
import { assignable, sizeOf, u64, type Type } from "./types.js";

export interface Lowering {
  readonly builder: Builder;
  readonly variables: Map<Local, Variable[]>;
  readonly boundsChecks: boolean;
}

/// The values of an expression: none for void, two for a slice.
export function lower(lowering: Lowering, expr: Expr): Value[] {
  const { builder } = lowering;
  switch (expr.kind) {
    case "const":
      return [constant(lowering, expr.type, expr.value)];
    case "storage":
      return [
        builder.emit("slot", "i64", [], {
          imm: BigInt(sizeOf(expr.type)),
          symbol: `${builder.fn.name}.${builder.fn.nextId}`,
        }),
      ];
    case "read":
      return readPlace(lowering, expr.place);
    case "address":
      return [addressValue(lowering, addressOf(lowering, expr.place))];
    case "binary":
      return [arithmetic(lowering, expr.op, expr.type, one(lowering, expr.left), one(lowering, expr.right))];
    case "convert":
      return [convert(lowering, one(lowering, expr.operand), expr.operand.type, expr.type)];
    case "call": {
      const args = expr.args.flatMap((arg) => lower(lowering, arg));
      const [result] = irTypes(expr.type);
      const call = builder.emit("call", result, args, { symbol: expr.callee });
      return result ? [call] : [];
    }
    case "length":
      return [lower(lowering, expr.of)[1]!];
    case "offset":
      return [
        builder.emit("add", "i64", [
          one(lowering, expr.pointer),
          scaled(lowering, one(lowering, expr.by), elementOf(expr.type)),
        ]),
      ];
    case "slice":
      return slice(lowering, expr);
    case "assign": {
      const address = expr.place.kind === "local" ? undefined : addressOf(lowering, expr.place);
      const values = expr.op
        ? [arithmetic(lowering, expr.op, expr.type, load(lowering, expr.place, address), one(lowering, expr.value))]
        : lower(lowering, expr.value);
      writePlace(lowering, expr.place, address, values);
      return values;
    }
    case "postfix": {
      const address = expr.place.kind === "local" ? undefined : addressOf(lowering, expr.place);
      const before = load(lowering, expr.place, address);
      const step = builder.constant(before.type!, 1n);
      writePlace(lowering, expr.place, address, [arithmetic(lowering, expr.op, expr.type, before, step)]);
      return [before];
    }
    case "compare":
      return [compare(lowering, expr.op, expr.left, expr.right)];
    case "not":
      return [builder.emit("eq", "i32", [one(lowering, expr.operand), builder.constant("i32", 0n)])];
    case "logical":
    case "conditional":
      return [chosen(lowering, expr)];
  }
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

/// A narrow literal is kept in its type's own range, as every narrow value is.
function constant({ builder }: Lowering, type: Type, value: bigint): Value {
  const irType = irTypes(type)[0]!;
  if (type.kind === "int") value = type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
  return builder.constant(irType, wrap(irType, value));
}

function one(lowering: Lowering, expr: Expr): Value {
  return lower(lowering, expr)[0]!;
}

/// `c ? a : b`, and the value of `a && b`.
function chosen(lowering: Lowering, expr: Expr): Value {
  const { builder } = lowering;
  const variable: Variable = { type: irTypes(expr.type)[0]! };
  const [then, otherwise, after] = [newBlock(builder.fn), newBlock(builder.fn), newBlock(builder.fn)];
  lowerCondition(lowering, expr.kind === "conditional" ? expr.condition : expr, then, otherwise, then);
  builder.seal(then);
  builder.seal(otherwise);
  builder.write(variable, expr.kind === "conditional" ? one(lowering, expr.then) : builder.constant("i32", 1n));
  builder.jump(after, otherwise);
  builder.write(variable, expr.kind === "conditional" ? one(lowering, expr.otherwise) : builder.constant("i32", 0n));
  builder.jump(after);
  builder.seal(after);
  return builder.read(variable);
}

const compareOps: Record<CompareOp, { op: "eq" | "ne" | "lt" | "ge"; swap: boolean }> = {
  eq: { op: "eq", swap: false },
  ne: { op: "ne", swap: false },
  lt: { op: "lt", swap: false },
  ge: { op: "ge", swap: false },
  gt: { op: "lt", swap: true },
  le: { op: "ge", swap: true },
};

function compare(lowering: Lowering, op: CompareOp, left: Expr, right: Expr): Value {
  const operands = [one(lowering, left), one(lowering, right)];
  const row = compareOps[op];
  const sign = left.type.kind === "int" && left.type.signed ? "s" : "u";
  const name = row.op === "eq" || row.op === "ne" ? row.op : (`${row.op}${sign}` as const);
  return lowering.builder.emit(name, "i32", row.swap ? operands.reverse() : operands);
}

function arithmetic(lowering: Lowering, op: BinaryOp, type: Type, left: Value, right: Value): Value {
  const { builder } = lowering;
  if (type.kind !== "int") throw new Error(`arithmetic on ${type.kind}`);
  const irType = left.type!;
  const sign = type.signed ? "s" : "u";
  let name: Op;
  switch (op) {
    case "div":
    case "rem":
      trapUnless(lowering, builder.emit("ne", "i32", [right, builder.constant(irType, 0n)]), "division by zero");
      name = `${op}${sign}`;
      break;
    case "shl":
    case "shr":
    case "shrLogical":
      if (right.type !== irType) right = builder.emit(irType === "i32" ? "trunc" : "zext", irType, [right]);
      if (type.bits < 32) right = builder.emit("and", irType, [right, builder.constant(irType, BigInt(type.bits - 1))]);
      if (op === "shrLogical" && type.signed && type.bits < 32)
        left = builder.emit(type.bits === 8 ? "zext8" : "zext16", irType, [left]);
      name = op === "shl" ? "shl" : op === "shr" && type.signed ? "shrs" : "shru";
      break;
    default:
      name = op;
  }
  return inRangeOf(lowering, builder.emit(name, irType, [left, right]), type);
}

/// Wraps a result to a narrow type's range.
function inRangeOf({ builder }: Lowering, value: Value, type: Type): Value {
  if (type.kind !== "int" || type.bits >= 32) return value;
  return builder.emit(`${type.signed ? "s" : "z"}ext${type.bits as 8 | 16}`, "i32", [value]);
}

function convert(lowering: Lowering, value: Value, from: Type, to: Type): Value {
  const [wanted] = irTypes(to);
  const signed = from.kind === "int" && from.signed;
  if (value.type !== wanted)
    value = lowering.builder.emit(wanted === "i32" ? "trunc" : signed ? "sext" : "zext", wanted, [value]);
  return from.kind === "bool" || assignable(from, to) ? value : inRangeOf(lowering, value, to);
}

/// An address: a value and a constant distance from it.
interface Address {
  readonly base: Value;
  readonly offset: bigint;
}

function addressOf(lowering: Lowering, place: Place): Address {
  switch (place.kind) {
    // An aggregate's variable is its address.
    case "local":
      return { base: lowering.builder.read(variablesOf(lowering, place.local)[0]!), offset: 0n };
    case "global":
      return { base: lowering.builder.emit("global", "i64", [], { symbol: place.global.name }), offset: 0n };
    case "deref":
      return { base: one(lowering, place.pointer), offset: 0n };
    case "field": {
      const { base, offset } = addressOf(lowering, place.base);
      return { base, offset: offset + BigInt(place.offset) };
    }
    case "index":
      return elementAddress(lowering, place);
  }
}

function elementAddress(lowering: Lowering, { base, index, type }: Extract<Place, { kind: "index" }>): Address {
  const { builder } = lowering;
  let address: Address, length: Value | undefined;
  if (base.kind === "arr") {
    address = addressOf(lowering, base.place);
    length = base.place.type.kind === "arr" ? builder.constant("i64", base.place.type.length) : undefined;
  } else {
    const [pointer, count] = lower(lowering, base.value);
    address = { base: pointer!, offset: 0n };
    length = count;
  }
  const position = convert(lowering, one(lowering, index), index.type, u64);
  if (length) checkBound(lowering, builder.emit("ltu", "i32", [position, length]));
  return { base: builder.emit("add", "i64", [address.base, scaled(lowering, position, type)]), offset: address.offset };
}

function slice(lowering: Lowering, expr: Extract<Expr, { kind: "slice" }>): Value[] {
  const { builder } = lowering;
  const from = one(lowering, expr.from);
  const [pointer, length] =
    expr.of.kind === "read" && expr.of.type.kind === "arr"
      ? [addressValue(lowering, addressOf(lowering, expr.of.place)), builder.constant("i64", expr.of.type.length)]
      : lower(lowering, expr.of);
  const to = expr.to ? one(lowering, expr.to) : length!;
  checkBound(lowering, builder.emit("geu", "i32", [length!, to]));
  checkBound(lowering, builder.emit("geu", "i32", [to, from]));
  return [
    builder.emit("add", "i64", [pointer!, scaled(lowering, from, elementOf(expr.type))]),
    builder.emit("sub", "i64", [to, from]),
  ];
}

const elementOf = (type: Type): Type => ("of" in type ? type.of : type);

function scaled({ builder }: Lowering, index: Value, element: Type): Value {
  return builder.emit("mul", "i64", [index, builder.constant("i64", BigInt(sizeOf(element)))]);
}

function addressValue({ builder }: Lowering, { base, offset }: Address): Value {
  return offset === 0n ? base : builder.emit("add", "i64", [base, builder.constant("i64", offset)]);
}

function checkBound(lowering: Lowering, condition: Value): void {
  if (lowering.boundsChecks) trapUnless(lowering, condition, "bounds");
}

function trapUnless({ builder }: Lowering, condition: Value, reason: Reason): void {
  builder.emit("check", undefined, [condition], { reason });
}

function readPlace(lowering: Lowering, place: Place): Value[] {
  if (place.kind === "local")
    return variablesOf(lowering, place.local).map((variable) => lowering.builder.read(variable));
  return [load(lowering, place, addressOf(lowering, place))];
}

/// Slices live in locals only, so memory holds one value at a place.
function load(lowering: Lowering, place: Place, address: Address | undefined): Value {
  if (!address) return readPlace(lowering, place)[0]!;
  return lowering.builder.emit("load", irTypes(place.type)[0], [address.base], {
    imm: address.offset,
    memory: memoryTypeOf(place.type),
  });
}

function writePlace(lowering: Lowering, place: Place, address: Address | undefined, values: readonly Value[]): void {
  if (address)
    lowering.builder.emit("store", undefined, [address.base, values[0]!], {
      imm: address.offset,
      memory: memoryTypeOf(place.type),
    });
  else if (place.kind === "local")
    variablesOf(lowering, place.local).forEach((variable, index) => lowering.builder.write(variable, values[index]!));
}

function variablesOf(lowering: Lowering, local: Local): Variable[] {
  return lowering.variables.get(local) ?? [];
}
