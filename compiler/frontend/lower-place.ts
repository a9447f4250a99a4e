// Places: which variables, or which address. Reading and writing them, and moving aggregates in memory.

import type { Variable } from "../ir/builder.js";
import { newBlock, type MemoryType, type Type as IrType, type Value } from "../ir/types.js";
import { arithmeticConvert } from "./lower-arithmetic.js";
import { lower, lowerInto } from "./lower-expression.js";
import type { Lowering } from "./lowering.js";
import { leavesOf, scalarType } from "./representation.js";
import type { Place } from "./tree.js";
import { alignOf, integerOf, sizeOf, u64, type BitRange, type Type } from "./types.js";

/// An address: a value and a constant distance from it.
export interface Address {
  readonly base: Value;
  readonly offset: bigint;
}
export type Resolved = { kind: "variables"; variables: Variable[] } | { kind: "memory"; address: Address; bits?: BitRange | undefined };

/// Evaluates what a place depends on, once: it may be read and written afterwards.
export function resolve(lowering: Lowering, place: Place): Resolved {
  const variables = variablesOf(lowering, place);
  if (variables) return { kind: "variables", variables };
  return { kind: "memory", address: addressOf(lowering, place), bits: place.kind === "field" ? place.bits : undefined };
}

/// The variables of a local, or of a field of one.
function variablesOf(lowering: Lowering, place: Place): Variable[] | undefined {
  if (place.kind === "local") {
    const home = lowering.homeOf(place.local);
    return home.kind === "variables" ? home.variables : undefined;
  }
  if (place.kind !== "field") return undefined;
  const base = variablesOf(lowering, place.base);
  const leaves = base && leavesOf(place.base.type);
  if (!leaves) return undefined;
  const [from, to] = [place.offset, place.offset + sizeOf(place.type)];
  return base.filter((_, index) => leaves[index]!.offset >= from && leaves[index]!.offset < to);
}

export function addressOf(lowering: Lowering, place: Place): Address {
  switch (place.kind) {
    case "local": {
      const home = lowering.homeOf(place.local);
      if (home.kind === "address") return { base: lowering.builder.read(home.variable), offset: 0n };
      if (home.kind === "slot") return { base: lowering.slot(home.symbol, place.type), offset: 0n };
      return temporary(
        lowering,
        place.type,
        home.variables.map((variable) => lowering.builder.read(variable)),
      );
    }
    case "global":
      return { base: lowering.emit("global", "i64", [], { symbol: place.global.name }), offset: 0n };
    case "deref": {
      const { pointer } = place;
      // A pointer to a place of its own: keeps the constant distance apart.
      if (pointer.kind === "address") return addressOf(lowering, pointer.place);
      return { base: lower(lowering, pointer)[0]!, offset: 0n };
    }
    case "field": {
      const { base, offset } = addressOf(lowering, place.base);
      return { base, offset: offset + BigInt(place.offset) };
    }
    case "variant": {
      const address = addressOf(lowering, place.base);
      lowering.at(place.location, () => {
        const tagOffset = place.tag.kind === "field" ? place.tag.offset : 0;
        const [tag] = load(lowering, place.tag.type, {
          base: address.base,
          offset: address.offset + BigInt(tagOffset),
        });
        lowering.check(
          lowering.emit("eq", "i32", [tag!, lowering.constant(tag!.type!, place.value)]),
          "another member of the union",
        );
      });
      return address;
    }
    case "index":
      return lowering.at(place.location, () => elementAddress(lowering, place));
    case "temporary": {
      const symbol = lowering.slotName();
      const base = lowering.slot(symbol, place.type);
      lowerInto(lowering, place.value, { base, offset: 0n });
      return { base: lowering.slot(symbol, place.type), offset: 0n };
    }
  }
}

function temporary(lowering: Lowering, type: Type, values: readonly Value[]): Address {
  const address = { base: lowering.slot(lowering.slotName(), type), offset: 0n };
  store(lowering, type, address, values);
  return address;
}

function elementAddress(lowering: Lowering, { base, index, type }: Extract<Place, { kind: "index" }>): Address {
  let address: Address, length: Value | undefined;
  if (base.kind === "arr") {
    address = addressOf(lowering, base.place);
    length = base.place.type.kind === "arr" ? lowering.constant("i64", base.place.type.length) : undefined;
  } else {
    const [pointer, count] = lower(lowering, base.value);
    address = { base: pointer!, offset: 0n };
    length = count;
  }
  const position = arithmeticConvert(lowering, lower(lowering, index)[0]!, index.type, u64);
  if (length && lowering.module.boundsChecks)
    lowering.check(lowering.emit("ltu", "i32", [position, length]), "index out of bounds");
  return {
    base: lowering.emit("add", "i64", [address.base, scaled(lowering, position, type)]),
    offset: address.offset,
  };
}

export function scaled(lowering: Lowering, index: Value, element: Type): Value {
  return lowering.emit("mul", "i64", [index, lowering.constant("i64", BigInt(sizeOf(element)))]);
}

export function addressValue(lowering: Lowering, { base, offset }: Address): Value {
  return offset === 0n ? base : lowering.emit("add", "i64", [base, lowering.constant("i64", offset)]);
}

/// The leaves of a flat type; the address of another.
export function load(lowering: Lowering, type: Type, address: Address, volatile = false): Value[] {
  const leaves = leavesOf(type);
  if (!leaves) return [addressValue(lowering, address)];
  return leaves.map((leaf) =>
    lowering.emit("load", leaf.type, [address.base], {
      imm: address.offset + BigInt(leaf.offset),
      memory: leaf.memory,
      volatile,
    }),
  );
}

/// Stores the leaves of a flat type, or copies from the address of another.
export function store(
  lowering: Lowering,
  type: Type,
  address: Address,
  values: readonly Value[],
  volatile = false,
): void {
  const leaves = leavesOf(type);
  if (!leaves) return copyMemory(lowering, address, { base: values[0]!, offset: 0n }, type);
  leaves.forEach((leaf, index) =>
    lowering.emit("store", undefined, [address.base, values[index]!], {
      imm: address.offset + BigInt(leaf.offset),
      memory: leaf.memory,
      volatile,
    }),
  );
}

export function readResolved(lowering: Lowering, type: Type, resolved: Resolved): Value[] {
  if (resolved.kind === "variables") return resolved.variables.map((variable) => lowering.builder.read(variable));
  const values = load(lowering, type, resolved.address);
  return resolved.bits ? [readBits(lowering, type, values[0]!, resolved.bits)] : values;
}
export function writeResolved(lowering: Lowering, type: Type, resolved: Resolved, values: readonly Value[]): void {
  if (resolved.kind === "variables")
    resolved.variables.forEach((variable, index) => lowering.builder.write(variable, values[index]!));
  else if (resolved.bits) writeBits(lowering, type, resolved.address, values[0]!, resolved.bits);
  else store(lowering, type, resolved.address, values);
}

const maskOf = ({ width }: BitRange) => (1n << BigInt(width)) - 1n;

function readBits(lowering: Lowering, type: Type, unit: Value, bits: BitRange): Value {
  const irType = unit.type!;
  const constant = (value: number | bigint) => lowering.constant(irType, BigInt(value));
  if (!integerOf(type)?.signed)
    return lowering.emit("and", irType, [lowering.emit("shru", irType, [unit, constant(bits.shift)]), constant(maskOf(bits))]);
  const size = irType === "i64" ? 64 : 32;
  const high = lowering.emit("shl", irType, [unit, constant(size - bits.shift - bits.width)]);
  return lowering.emit("shrs", irType, [high, constant(size - bits.width)]);
}

/// What does not fit is lost, as in every store.
export function writeBits(lowering: Lowering, type: Type, address: Address, value: Value, bits: BitRange): void {
  const [old] = load(lowering, type, address) as [Value];
  const irType = old.type!;
  const constant = (value: bigint) => lowering.constant(irType, value);
  const kept = lowering.emit("and", irType, [old, constant(~(maskOf(bits) << BigInt(bits.shift)))]);
  const low = lowering.emit("and", irType, [value, constant(maskOf(bits))]);
  const moved = lowering.emit("shl", irType, [low, constant(BigInt(bits.shift))]);
  store(lowering, type, address, [lowering.emit("or", irType, [kept, moved])]);
}
export function readPlace(lowering: Lowering, place: Place): Value[] {
  const made = place.kind === "global" ? lowering.module.slices.get(place.global.name) : undefined;
  if (made) return [lowering.emit("global", "i64", [], { symbol: made.symbol, imm: BigInt(made.addend) }), lowering.constant("i64", made.length)];
  return readResolved(lowering, place.type, resolve(lowering, place));
}

/// Puts a word that assembly made into a place of any scalar type.
export function writeWord(lowering: Lowering, place: Place, value: Value): void {
  const type = integerOf(place.type) ? place.type : u64;
  const converted =
    scalarType(place.type) === "i32" || integerOf(place.type)
      ? arithmeticConvert(lowering, value, u64, place.type.kind === "bool" ? place.type : type)
      : value;
  writeResolved(lowering, place.type, resolve(lowering, place), [converted]);
}

const units: readonly (readonly [size: number, memory: MemoryType, type: IrType])[] = [
  [8, "i64", "i64"],
  [4, "i32", "i32"],
  [2, "u16", "i32"],
  [1, "u8", "i32"],
];
/// Longer stretches are loops.
const UNROLLED = 128;

export function zeroMemory(lowering: Lowering, to: Address, type: Type): void {
  inUnits(lowering, type, (offset, memory, irType, extra) => {
    const base = extra ? lowering.emit("add", "i64", [to.base, extra]) : to.base;
    lowering.emit("store", undefined, [base, lowering.constant(irType, 0n)], {
      imm: to.offset + BigInt(offset),
      memory,
    });
  });
}

function copyMemory(lowering: Lowering, to: Address, from: Address, type: Type): void {
  inUnits(lowering, type, (offset, memory, irType, extra) => {
    const moved = (base: Value) => (extra ? lowering.emit("add", "i64", [base, extra]) : base);
    const value = lowering.emit("load", irType, [moved(from.base)], { imm: from.offset + BigInt(offset), memory });
    lowering.emit("store", undefined, [moved(to.base), value], { imm: to.offset + BigInt(offset), memory });
  });
}

/// Runs `each` for every word of a type: written out, or in a loop where `extra` is the offset.
function inUnits(
  lowering: Lowering,
  type: Type,
  each: (offset: number, memory: MemoryType, irType: IrType, extra?: Value) => void,
): void {
  const size = sizeOf(type);
  const align = alignOf(type);
  const [unit, memory, irType] = units.find(([bytes]) => bytes <= align) ?? units[3]!;
  if (size > UNROLLED) {
    const { builder } = lowering;
    const counter: Variable = { type: "i64" };
    const [test, body, after] = [newBlock(builder.fn), newBlock(builder.fn), newBlock(builder.fn)];
    const whole = size - (size % unit);
    builder.write(counter, lowering.constant("i64", 0n));
    builder.jump(test);
    builder.branch(
      lowering.emit("ltu", "i32", [builder.read(counter), lowering.constant("i64", BigInt(whole))]),
      body,
      after,
      body,
    );
    builder.seal(body);
    each(0, memory, irType, builder.read(counter));
    builder.write(
      counter,
      lowering.emit("add", "i64", [builder.read(counter), lowering.constant("i64", BigInt(unit))]),
    );
    builder.jump(test, after);
    builder.seal(test);
    builder.seal(after);
    return;
  }
  for (let offset = 0; offset < size; ) {
    const [bytes, kind, ir] = units.find(([bytes]) => bytes <= unit && bytes <= size - offset) ?? units[3]!;
    each(offset, kind, ir);
    offset += bytes;
  }
}
