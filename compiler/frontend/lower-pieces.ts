// Values taken apart into what travels in registers, and put together again: convention.ts says which pieces.

import { loadedType, memoryBytes, type MemoryType, type Value } from "../ir/types.js";
import type { Passing, Piece } from "./convention.js";
import { addressValue, load, store, type Address } from "./lower-place.js";
import { isFlat, type Lowering } from "./lowering.js";
import { leavesOf, type Leaf } from "./representation.js";
import { alignOf, type Type } from "./types.js";

/// What travels, of a value's leaves or its address.
export function send(lowering: Lowering, type: Type, passing: Passing, values: readonly Value[]): Value[] {
  if (passing.kind === "leaves") return [...values];
  if (passing.kind === "reference") return isFlat(type) ? [addressValue(lowering, inMemory(lowering, type, values))] : [...values];
  const padding = Array.from({ length: passing.padding }, () => lowering.constant("i64", 0n));
  return [...padding, ...piecesOf(lowering, type, passing.pieces, values)];
}

/// A value's leaves, or the address where it lies now.
export function receive(lowering: Lowering, type: Type, passing: Passing, travelled: readonly Value[]): Value[] {
  if (passing.kind === "leaves") return [...travelled];
  if (passing.kind === "reference") return load(lowering, type, { base: travelled[0]!, offset: 0n });
  const pieces = travelled.slice(passing.padding);
  const leaves = leavesOf(type);
  if (leaves?.every((leaf) => holderOf(passing.pieces, leaf))) return leaves.map((leaf) => leafOf(lowering, leaf, passing.pieces, pieces));
  const address = newPlace(lowering, type);
  storePieces(lowering, passing.pieces, { address, align: 8 }, pieces);
  return load(lowering, type, address);
}

/// Puts what travelled where the whole value shall lie.
export function receiveInto(lowering: Lowering, type: Type, passing: Passing & { kind: "pieces" }, address: Address, travelled: readonly Value[]): void {
  storePieces(lowering, passing.pieces, { address, align: alignOf(type) }, travelled.slice(passing.padding));
}

const newPlace = (lowering: Lowering, type: Type): Address => ({ base: lowering.slot(lowering.slotName(), type), offset: 0n });

function inMemory(lowering: Lowering, type: Type, values: readonly Value[]): Address {
  if (!isFlat(type)) return { base: values[0]!, offset: 0n };
  const address = newPlace(lowering, type);
  store(lowering, type, address, values);
  return address;
}

/// The piece in which a leaf lies as a whole.
function holderOf(pieces: readonly Piece[], { offset, memory }: Leaf): Piece | undefined {
  return pieces.find((piece) => offset >= piece.offset && offset + memoryBytes[memory] <= piece.offset + piece.bytes);
}

function piecesOf(lowering: Lowering, type: Type, pieces: readonly Piece[], values: readonly Value[]): Value[] {
  const leaves = leavesOf(type);
  if (leaves?.every((leaf) => holderOf(pieces, leaf))) {
    return pieces.map((piece) => {
      const inside = leaves.flatMap((leaf, index) => (holderOf(pieces, leaf) === piece ? [{ leaf, value: values[index]! }] : []));
      const [only] = inside;
      if (only && piece.type !== "i64") return only.value;
      const words = inside.map(({ leaf, value }) => shifted(lowering, "shl", bitsOfLeaf(lowering, leaf, value), leaf.offset - piece.offset));
      return words.reduce<Value | undefined>((all, word) => (all ? lowering.emit("or", "i64", [all, word]) : word), undefined) ?? lowering.constant("i64", 0n);
    });
  }
  const address = inMemory(lowering, type, values);
  const align = isFlat(type) ? 8 : alignOf(type);
  return pieces.map((piece) => {
    const { base } = address;
    const imm = address.offset + BigInt(piece.offset);
    if (piece.type !== "i64") return lowering.emit("load", piece.type, [base], { imm, memory: piece.type });
    return unitsOf(piece, align)
      .map(({ memory, from }) => {
        const unit = lowering.emit("load", loadedType(memory), [base], { imm: imm + BigInt(from), memory });
        return shifted(lowering, "shl", memory === "i64" ? unit : lowering.emit("zext", "i64", [unit]), from);
      })
      .reduce((all, unit) => lowering.emit("or", "i64", [all, unit]));
  });
}

function storePieces(lowering: Lowering, pieces: readonly Piece[], { address, align }: { address: Address; align: number }, values: readonly Value[]): void {
  pieces.forEach((piece, index) => {
    const value = values[index]!;
    const imm = address.offset + BigInt(piece.offset);
    if (piece.type !== "i64") return void lowering.emit("store", undefined, [address.base, value], { imm, memory: piece.type });
    for (const { memory, from } of unitsOf(piece, align)) {
      const word = shifted(lowering, "shru", value, from);
      lowering.emit("store", undefined, [address.base, memory === "i64" ? word : lowering.emit("trunc", "i32", [word])], { imm: imm + BigInt(from), memory });
    }
  });
}

const units: readonly MemoryType[] = ["i64", "i32", "u16", "u8"];
/// Aligned accesses that make up a piece, by their distance from its start.
function unitsOf({ offset, bytes }: Piece, align: number): { memory: MemoryType; from: number }[] {
  const found: { memory: MemoryType; from: number }[] = [];
  for (let from = 0; from < bytes; from += memoryBytes[found.at(-1)!.memory]) {
    const memory = units.find((unit) => memoryBytes[unit] <= Math.min(align, bytes - from) && (offset + from) % memoryBytes[unit] === 0)!;
    found.push({ memory, from });
  }
  return found;
}

function shifted(lowering: Lowering, op: "shl" | "shru", word: Value, byBytes: number): Value {
  return byBytes === 0 ? word : lowering.emit(op, "i64", [word, lowering.constant("i64", BigInt(8 * byBytes))]);
}

/// A leaf as memory would have it, zeros above.
function bitsOfLeaf(lowering: Lowering, { memory }: Leaf, value: Value): Value {
  if (memory === "i64") return value;
  if (memory === "f64") return lowering.emit("ftobits", "i64", [value]);
  const word = memory === "f32" ? lowering.emit("ftobits", "i32", [value]) : memory === "s8" || memory === "s16" ? lowering.emit(memory === "s8" ? "zext8" : "zext16", "i32", [value]) : value;
  return lowering.emit("zext", "i64", [word]);
}

function leafOf(lowering: Lowering, leaf: Leaf, pieces: readonly Piece[], values: readonly Value[]): Value {
  const piece = holderOf(pieces, leaf)!;
  const value = values[pieces.indexOf(piece)]!;
  if (piece.type !== "i64") return value;
  const word = shifted(lowering, "shru", value, leaf.offset - piece.offset);
  if (leaf.memory === "i64") return word;
  if (leaf.memory === "f64") return lowering.emit("frombits", "f64", [word]);
  const low = lowering.emit("trunc", "i32", [word]);
  if (leaf.memory === "f32") return lowering.emit("frombits", "f32", [low]);
  return leaf.memory === "i32" ? low : lowering.emit(narrow[leaf.memory], "i32", [low]);
}
const narrow = { u8: "zext8", s8: "sext8", u16: "zext16", s16: "sext16" } as const;
