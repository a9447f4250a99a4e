// How the dialect's types are held: in IR values, and in memory.
//
// Integers of 32 bits and fewer are i32 values, the narrow ones kept in their own range. A small struct is
// the values of its fields ("leaves"), a slice its pointer and its length; what has an array or a union
// inside, or many leaves, is held as its address.

import type { MemoryType, Type as IrType } from "../ir/types.js";
import { integerOf, type Type } from "./types.js";

export interface Leaf {
  readonly offset: number;
  readonly type: IrType;
  readonly memory: MemoryType;
}

/// More leaves than these live in memory.
const MOST_LEAVES = 8;
/// What a function can return in registers.
export const MOST_RESULTS = 4;

const flat = new WeakMap<Type, readonly Leaf[] | "memory">();

/// The values that hold a type; undefined where its address does.
export function leavesOf(type: Type): readonly Leaf[] | undefined {
  const known = flat.get(type);
  const leaves = known ?? findLeaves(type) ?? "memory";
  if (!known) flat.set(type, leaves);
  return leaves === "memory" || leaves.length > MOST_LEAVES ? undefined : leaves;
}

function findLeaves(type: Type): readonly Leaf[] | undefined {
  switch (type.kind) {
    case "void":
    case "never":
      return [];
    case "slice":
      return [
        { offset: 0, type: "i64", memory: "i64" },
        { offset: 8, type: "i64", memory: "i64" },
      ];
    case "struct": {
      const leaves: Leaf[] = [];
      for (const field of type.fields.values()) {
        const inner = field.bits ? undefined : findLeaves(field.type);
        if (!inner) return undefined;
        leaves.push(...inner.map((leaf) => ({ ...leaf, offset: leaf.offset + field.offset })));
      }
      return leaves;
    }
    case "arr":
    case "union":
    case "device":
    case "atomic":
      return undefined;
    default:
      return [{ offset: 0, type: scalarType(type), memory: memoryTypeOf(type) }];
  }
}

export function scalarType(type: Type): IrType {
  const integer = integerOf(type);
  if (type.kind === "float") return type.name;
  if (integer) return integer.bits === 64 ? "i64" : "i32";
  return type.kind === "bool" ? "i32" : "i64";
}

export function memoryTypeOf(type: Type): MemoryType {
  if (type.kind === "bool") return "u8";
  if (type.kind === "float") return type.name;
  const integer = integerOf(type);
  if (!integer || integer.bits === 64) return "i64";
  return integer.bits === 32 ? "i32" : `${integer.signed ? "s" : "u"}${integer.bits}`;
}

/// The results in registers; undefined where the caller passes a place for it.
export function resultTypes(type: Type): IrType[] | undefined {
  const leaves = leavesOf(type);
  return leaves && leaves.length <= MOST_RESULTS ? leaves.map((leaf) => leaf.type) : undefined;
}
