// How the dialect's types are held: in IR values, and in memory.
//
// Integers of 32 bits and fewer are i32 values, the narrow ones kept in their
// own range; a slice is two values, its pointer and its length.

import type { MemoryType, Type as IrType } from "../ir/types.js";
import type { Type } from "./types.js";

export function irTypes(type: Type): IrType[] {
  switch (type.kind) {
    case "void":
      return [];
    case "bool":
      return ["i32"];
    case "int":
      return [type.bits === 64 ? "i64" : "i32"];
    case "slice":
      return ["i64", "i64"];
    default:
      return ["i64"];
  }
}

export function memoryTypeOf(type: Type): MemoryType {
  if (type.kind === "bool") return "u8";
  if (type.kind !== "int" || type.bits === 64) return "i64";
  return type.bits === 32 ? "i32" : `${type.signed ? "s" : "u"}${type.bits}`;
}
