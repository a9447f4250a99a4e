// The dialect's types as a debugger that speaks C shall show them: slices and
// options as structs, tuples with fields _0, _1, pointers as pointers, unions
// as unions of their members.

import type { DebugField, DebugSource, DebugType } from "../object/debug.js";
import type { DebugLocation } from "../object/image.js";
import type { TypeVersions } from "./digest.js";
import { integerOf, sizeOf, typeText, u64, type BitRange, type Type } from "./types.js";

/// One for all types of a name and version, and for all copies of a function: code of an earlier run knows them by
/// identity too.
export class DebugTypes {
  private readonly known = new Map<string, DebugType>();
  private readonly sources = new Map<string, DebugSource>();

  constructor(private readonly versions: TypeVersions) {}

  /// A function of the source.
  source(name: string, location: DebugLocation | undefined, result: Type | undefined): DebugSource {
    const key = `${name} ${location?.file} ${location?.line} ${location?.column} ${result && this.versions.nameOf(result)}`;
    const found = this.sources.get(key) ?? { name, location, result: result && this.type(result) };
    this.sources.set(key, found);
    return found;
  }

  /// Undefined for what holds nothing.
  type(type: Type): DebugType | undefined {
    if (type.kind === "void" || type.kind === "never") return undefined;
    const name = this.versions.nameOf(type);
    const found = this.known.get(name);
    if (found) return found;
    if (type.kind === "struct" || type.kind === "union" || type.kind === "slice") return this.aggregate(type, name);
    const made = this.make(type);
    // What it points to may have led to it.
    const inner = this.known.get(name) ?? made;
    this.known.set(name, inner);
    return inner;
  }

  /// Known before its fields are: they may lead back to it.
  private aggregate(type: Extract<Type, { kind: "struct" | "union" | "slice" }>, known: string): DebugType {
    const fields: DebugField[] = [];
    const made: DebugType = { kind: type.kind === "union" ? "union" : "struct", name: typeText(type), bytes: sizeOf(type), fields };
    this.known.set(known, made);
    const add = (name: string, of: Type, offset: number, bits?: BitRange) => {
      const inner = this.type(of);
      if (inner) fields.push({ name: /^\d/.test(name) ? `_${name}` : name, type: inner, offset, bits });
    };
    if (type.kind === "slice") {
      fields.push({ name: "ptr", type: { kind: "pointer", to: this.type(type.of) }, offset: 0 });
      add("length", u64, 8);
    } else if (type.kind === "union") for (const member of type.members) add(member.name, member, 0);
    else for (const field of type.fields.values()) add(field.name, field.type, field.offset, field.bits);
    return made;
  }

  private make(type: Type): DebugType {
    const integer = integerOf(type);
    if (type.kind === "enum") return { kind: "enum", name: type.name, storage: this.type(type.storage)!, members: type.members };
    if (integer) return { kind: "base", name: integer.name, bytes: integer.bits / 8, encoding: integer.signed ? "signed" : "unsigned" };
    switch (type.kind) {
      case "float":
        return { kind: "base", name: type.name, bytes: type.bits / 8, encoding: "float" };
      case "bool":
        return { kind: "base", name: "boolean", bytes: 1, encoding: "boolean" };
      case "ptr":
        return { kind: "pointer", to: this.type(type.to) };
      case "many":
        return { kind: "pointer", to: this.type(type.of) };
      case "arr":
        return { kind: "array", of: this.type(type.of) ?? this.type(u64)!, length: type.length };
      case "device":
      case "atomic":
        return this.type(type.of) ?? this.type(u64)!;
      case "func": {
        const params = type.params.flatMap((param) => this.type(param) ?? []);
        return { kind: "pointer", to: { kind: "function", params, result: this.type(type.result) } };
      }
      case "tagged":
      case "constant":
      case "client":
        return { kind: "base", name: typeText(type), bytes: 8, encoding: "unsigned" };
      default:
        return { kind: "pointer", to: undefined };
    }
  }
}
