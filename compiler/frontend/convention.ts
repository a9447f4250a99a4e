// How values travel between functions. Within a program a small struct is its leaves, one word each. In an object,
// which C calls and which calls C, every function keeps to the psABI for LP64D (riscv-elf-psabi, "Integer Calling
// Convention" and "Hardware Floating-Point Calling Convention"): a struct of one or two floats, or of a float and an
// integer, is these in registers of their kinds where there are enough; another of at most two words is its words as
// memory has them; a larger one lies in memory of the caller's, and its address travels.

import type { Type as IrType } from "../ir/types.js";
import { leavesOf, MOST_RESULTS } from "./representation.js";
import { alignOf, isAggregate, sizeOf, type FloatType, type Type } from "./types.js";

/// A stretch of a value that one register holds.
export interface Piece {
  readonly offset: number;
  readonly bytes: number;
  readonly type: "i64" | FloatType["name"];
}
/// `leaves`: as lowering holds it. `padding`: words of the stack before it that mean nothing.
export type Passing =
  | { readonly kind: "leaves" }
  | { readonly kind: "reference" }
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[]; readonly padding: number };
export interface Convention {
  readonly params: readonly Passing[];
  /// "reference": in memory whose address is a first argument.
  readonly result: Passing;
}

const leaves: Passing = { kind: "leaves" };
const reference: Passing = { kind: "reference" };
const REGISTERS = 8;
const WORD = 8;

export function conventionOf(params: readonly Type[], result: Type, likeC: boolean): Convention {
  if (likeC) return conventionOfC(params, result);
  const own = leavesOf(result);
  return { params: params.map((type) => (leavesOf(type) ? leaves : reference)), result: own && own.length <= MOST_RESULTS ? leaves : reference };
}

/// The types of the values that travel, padding included.
export function travellingTypes(type: Type, passing: Passing): IrType[] {
  if (passing.kind === "reference") return ["i64"];
  if (passing.kind === "leaves") return leavesOf(type)!.map((leaf) => leaf.type);
  return [...Array<IrType>(passing.padding).fill("i64"), ...passing.pieces.map((piece) => piece.type)];
}

function conventionOfC(params: readonly Type[], result: Type): Convention {
  // A result travels as a first argument would.
  const returned = new Registers().place(result);
  const registers = new Registers();
  if (returned.kind === "reference") registers.takeWord();
  return { params: params.map((type) => registers.place(type)), result: returned };
}

/// Those that the arguments so far have left, and the words that they have on the stack.
class Registers {
  private integers = 0;
  private floats = 0;
  private words = 0;

  takeWord(): void {
    if (this.integers < REGISTERS) this.integers++;
    else this.words++;
  }
  private takeFloat(): void {
    if (this.floats < REGISTERS) this.floats++;
    else this.takeWord();
  }

  place(type: Type): Passing {
    if (!isAggregate(type) && type.kind !== "slice") {
      for (const leaf of leavesOf(type) ?? []) leaf.type === "f32" || leaf.type === "f64" ? this.takeFloat() : this.takeWord();
      return leaves;
    }
    const fields = this.fieldsInRegisters(type);
    if (fields) {
      for (const field of fields) field.type === "i64" ? this.takeWord() : this.takeFloat();
      return { kind: "pieces", pieces: fields, padding: 0 };
    }
    const size = sizeOf(type);
    if (size > 2 * WORD) {
      this.takeWord();
      return reference;
    }
    const padding = this.integers === REGISTERS && alignOf(type) > WORD ? this.words % 2 : 0;
    const pieces = Array.from({ length: Math.ceil(size / WORD) }, (_, index): Piece => ({ offset: index * WORD, bytes: Math.min(WORD, size - index * WORD), type: "i64" }));
    for (let word = 0; word < padding + pieces.length; word++) this.takeWord();
    return { kind: "pieces", pieces, padding };
  }

  /// The fields of a struct that travels in registers of their kinds.
  private fieldsInRegisters(type: Type): Piece[] | undefined {
    const fields = fieldsOf(type);
    const floats = fields?.filter((field) => field.type !== "i64").length ?? 0;
    const integers = (fields?.length ?? 0) - floats;
    const isOfFloats = floats > 0 && floats <= 2 && integers <= (floats === 1 ? 1 : 0);
    return isOfFloats && this.floats + floats <= REGISTERS && this.integers + integers <= REGISTERS ? fields : undefined;
  }
}

/// The scalars of which a type is made, arrays taken apart; undefined for a union, and where they are more than two.
function fieldsOf(type: Type): Piece[] | undefined {
  if (type.kind === "union" || type.kind === "slice") return undefined;
  if (type.kind === "struct") return together([...type.fields.values()].map((field) => ({ offset: field.offset, fields: fieldsOf(field.type) })));
  if (type.kind === "arr") {
    const fields = fieldsOf(type.of);
    if (fields?.length === 0 || type.length === 0n) return [];
    return type.length > 2n ? undefined : together(Array.from({ length: Number(type.length) }, (_, index) => ({ offset: index * sizeOf(type.of), fields })));
  }
  const float = type.kind === "float" ? type.name : undefined;
  return [{ offset: 0, bytes: sizeOf(type), type: float ?? "i64" }];
}

function together(parts: readonly { readonly offset: number; readonly fields: readonly Piece[] | undefined }[]): Piece[] | undefined {
  const all: Piece[] = [];
  for (const { offset, fields } of parts) {
    if (!fields) return undefined;
    all.push(...fields.map((field) => ({ ...field, offset: field.offset + offset })));
    if (all.length > 2) return undefined;
  }
  return all;
}
