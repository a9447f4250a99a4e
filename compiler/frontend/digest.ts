// What a function's lowering depends on, as one text: its tree, and the layouts of types. Trees of two runs that
// have one digest become the same code with the same debug information.

import { Digest } from "../ir/digest.js";
import type { FunctionTree, Local } from "./tree.js";
import { typeKey } from "./struct-types.js";
import { typeText, type EnumType, type StructType, type Type, type UnionType } from "./types.js";

/// Which of a type's layouts a run has: types of one name and version are one type to kept code.
export class TypeVersions {
  /// By name, of all runs so far.
  private readonly layouts = new Map<string, { readonly text: string; readonly uses: readonly string[] }>();
  private readonly versions = new Map<string, number>();

  /// Compares the layouts that a run met with those that are known: what changed has a new version, and what holds it.
  settle(types: Iterable<StructType | UnionType | EnumType>): void {
    const changed = new Set<string>();
    for (const type of types) {
      const { name } = namesOf(type);
      const text = layoutText(type);
      if ((this.layouts.get(name)?.text ?? text) !== text) changed.add(name);
      this.layouts.set(name, { text, uses: usesOf(type) });
    }
    for (let before = -1; changed.size > 0 && before !== changed.size; ) {
      before = changed.size;
      for (const [name, { uses }] of this.layouts) if (uses.some((other) => changed.has(other))) changed.add(name);
    }
    for (const name of changed) this.versions.set(name, (this.versions.get(name) ?? 0) + 1);
  }

  /// Tells a type from all others, of other versions too.
  nameOf(type: Type): string {
    const { name, declared } = namesOf(type);
    if (this.versions.size === 0) return name;
    const versions = declared.map((other) => this.versions.get(other) ?? 0);
    return versions.some((version) => version > 0) ? `${name} ${versions.join()}` : name;
  }
}

interface TypeNames {
  readonly name: string;
  /// Of the structs, unions and enums that it is made of, itself one of them perhaps.
  readonly declared: readonly string[];
}
const names = new WeakMap<Type, TypeNames>();
function namesOf(type: Type): TypeNames {
  const known = names.get(type);
  if (known) return known;
  const made = { name: `${type.kind} ${typeKey(type)} ${typeText(type)}`, declared: [] as string[] };
  names.set(type, made);
  const isOwn = type.kind === "struct" || type.kind === "union" || type.kind === "enum";
  made.declared.push(...new Set([...(isOwn ? [made.name] : []), ...partsOf(type).flatMap((part) => namesOf(part).declared)]));
  return made;
}

/// The types that its name is made of.
export function partsOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case "ptr":
      return [type.to];
    case "slice":
    case "many":
    case "arr":
    case "device":
    case "atomic":
      return [type.of];
    case "struct":
      return type.args;
    case "union":
      return type.members;
    case "func":
      return [...type.params, type.result];
    case "tagged":
      return [...type.kinds.values()].flatMap((part) => part ?? []);
    default:
      return [];
  }
}

/// What a layout is made of, beyond its name.
function usesOf(type: StructType | UnionType | EnumType): string[] {
  const parts = type.kind === "struct" ? [...type.fields.values()].map((field) => field.type) : partsOf(type);
  return [...new Set(parts.flatMap((part) => namesOf(part).declared))];
}
const typeName = (type: Type): string => namesOf(type).name;

function layoutText(type: StructType | UnionType | EnumType): string {
  if (type.kind === "enum") return `${typeText(type.storage)} ${[...type.members].join()}`;
  if (type.kind === "union") return `${type.size} ${type.align} ${type.tag.name} ${type.tag.offset}`;
  const fields = [...type.fields.values()].map(({ name, offset, bits, type }) => `${name} ${offset} ${bits?.shift} ${bits?.width} ${typeName(type)}`);
  return `${type.size} ${type.align} ${fields.join()}`;
}

export interface TreeDigest {
  readonly text: string;
  /// Static data that it names.
  readonly globals: readonly string[];
}

export function digestOf(tree: FunctionTree, versions: TypeVersions, more: string): TreeDigest {
  const globals = new Set<string>();
  const digest = new Digest().add(more);
  const locals = new Map<Local, number>();
  const { result, ...rest } = tree;
  digest.add(versions.nameOf(result));
  const walk = (value: unknown): void => {
    if (value instanceof Uint8Array) digest.addBytes(value);
    else if (Array.isArray(value)) {
      digest.add(`[${value.length}`);
      for (const item of value) walk(item);
    } else if (typeof value === "object" && value !== null) walkObject(value);
    else digest.add(String(value));
  };
  const walkObject = (node: object): void => {
    if ("inMemory" in node) {
      const known = locals.get(node as Local);
      if (known !== undefined) return void digest.add(`local ${known}`);
      locals.set(node as Local, locals.size);
    }
    digest.add("{");
    for (const [key, value] of Object.entries(node)) {
      digest.add(key);
      if (key === "global") {
        const { name } = value as { name: string };
        digest.add(name);
        globals.add(name);
      }
      // An operator's own type is a text.
      else if (typeof value === "object" && (key === "type" || (key === "of" && "negative" in node))) digest.add(versions.nameOf(value as Type));
      else walk(value);
    }
    digest.add("}");
  };
  walk(rest);
  return { text: digest.toString(), globals: [...globals] };
}
