// The dialect's types as a debugger that speaks C shall show them: slices and
// options as structs, tuples with fields _0, _1, pointers as pointers, unions
// as unions of their members.

import type { DebugField, DebugSource, DebugType } from "../object/debug.js";
import type { DebugLocation } from "../object/image.js";
import { typeName } from "./digest.js";
import { integerOf, sizeOf, typeText, u64, type BitRange, type Type } from "./types.js";

/// By name: one for all types of one text, in the runs of one generation.
const known = new Map<string, DebugType>();
let generation = 0;

/// Those of an older generation are no longer as they were.
export function useGeneration(current: number): void {
  if (current !== generation) {
    known.clear();
    sources.clear();
  }
  generation = current;
}

/// Functions of the source: copies of one in others know it by identity, in code of an earlier run too.
const sources = new Map<string, DebugSource>();
export function debugSource(name: string, location: DebugLocation | undefined, result: Type | undefined): DebugSource {
  const key = `${name} ${location?.file} ${location?.line} ${location?.column} ${result && typeName(result)}`;
  const found = sources.get(key) ?? { name, location, result: result && debugType(result) };
  sources.set(key, found);
  return found;
}

/// Undefined for what holds nothing.
export function debugType(type: Type): DebugType | undefined {
  if (type.kind === "void" || type.kind === "never") return undefined;
  const found = known.get(typeName(type));
  if (found) return found;
  if (type.kind === "struct" || type.kind === "union" || type.kind === "slice") return aggregate(type);
  const made = make(type);
  known.set(typeName(type), made);
  return made;
}

/// Known before its fields are: they may lead back to it.
function aggregate(type: Extract<Type, { kind: "struct" | "union" | "slice" }>): DebugType {
  const fields: DebugField[] = [];
  const made: DebugType = { kind: type.kind === "union" ? "union" : "struct", name: typeText(type), bytes: sizeOf(type), fields };
  known.set(typeName(type), made);
  const add = (name: string, of: Type, offset: number, bits?: BitRange) => {
    const inner = debugType(of);
    if (inner) fields.push({ name: /^\d/.test(name) ? `_${name}` : name, type: inner, offset, bits });
  };
  if (type.kind === "slice") {
    fields.push({ name: "ptr", type: { kind: "pointer", to: debugType(type.of) }, offset: 0 });
    add("length", u64, 8);
  } else if (type.kind === "union") for (const member of type.members) add(member.name, member, 0);
  else for (const field of type.fields.values()) add(field.name, field.type, field.offset, field.bits);
  return made;
}

function make(type: Type): DebugType {
  const integer = integerOf(type);
  if (type.kind === "enum") return { kind: "enum", name: type.name, storage: debugType(type.storage)!, members: type.members };
  if (integer) return { kind: "base", name: integer.name, bytes: integer.bits / 8, encoding: integer.signed ? "signed" : "unsigned" };
  switch (type.kind) {
    case "float":
      return { kind: "base", name: type.name, bytes: type.bits / 8, encoding: "float" };
    case "bool":
      return { kind: "base", name: "boolean", bytes: 1, encoding: "boolean" };
    case "ptr":
      return { kind: "pointer", to: debugType(type.to) };
    case "many":
      return { kind: "pointer", to: debugType(type.of) };
    case "arr":
      return { kind: "array", of: debugType(type.of) ?? debugType(u64)!, length: type.length };
    case "device":
    case "atomic":
      return debugType(type.of) ?? debugType(u64)!;
    case "func": {
      const params = type.params.flatMap((param) => debugType(param) ?? []);
      return { kind: "pointer", to: { kind: "function", params, result: debugType(type.result) } };
    }
    case "tagged":
    case "constant":
    case "client":
      return { kind: "base", name: typeText(type), bytes: 8, encoding: "unsigned" };
    default:
      return { kind: "pointer", to: undefined };
  }
}
