// What a function's lowering depends on, as one text: its tree, and the layouts of types. Trees of two runs that
// have one digest become the same code with the same debug information.

import { Digest } from "../ir/digest.js";
import type { FunctionTree, Local } from "./tree.js";
import { typeKey } from "./struct-types.js";
import { typeText, type EnumType, type StructType, type Type, type UnionType } from "./types.js";

/// Layouts by key, of all runs so far since the last one that changed one of them.
const layouts = new Map<string, string>();
let generation = 0;

/// Compares the layouts of a program with those that are known: types of one text are one type from then on.
export function settleLayouts(types: Iterable<StructType | UnionType | EnumType>): number {
  const found = new Map<string, string>();
  for (const type of types) found.set(typeName(type), layoutText(type));
  if ([...found].some(([key, text]) => (layouts.get(key) ?? text) !== text)) {
    layouts.clear();
    generation++;
  }
  for (const [key, text] of found) layouts.set(key, text);
  return generation;
}

function layoutText(type: StructType | UnionType | EnumType): string {
  if (type.kind === "enum") return `${typeText(type.storage)} ${[...type.members].join()}`;
  if (type.kind === "union") return `${type.size} ${type.align} ${type.tag.name} ${type.tag.offset}`;
  const fields = [...type.fields.values()].map(({ name, offset, bits, type }) => `${name} ${offset} ${bits?.shift} ${bits?.width} ${typeName(type)}`);
  return `${type.size} ${type.align} ${fields.join()}`;
}

/// Names a type among those of one generation.
export const typeName = (type: Type): string => {
  const known = names.get(type);
  if (known !== undefined) return known;
  const name = `${type.kind} ${typeKey(type)} ${typeText(type)}`;
  names.set(type, name);
  return name;
};
const names = new WeakMap<Type, string>();

export function digestOf(tree: FunctionTree, more: string): string {
  const digest = new Digest().add(`${generation} ${more}`);
  const locals = new Map<Local, number>();
  const { result, ...rest } = tree;
  digest.add(typeName(result));
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
      if (key === "global") digest.add((value as { name: string }).name);
      // An operator's own type is a text.
      else if (typeof value === "object" && (key === "type" || (key === "of" && "negative" in node))) digest.add(typeName(value as Type));
      else walk(value);
    }
    digest.add("}");
  };
  walk(rest);
  return digest.toString();
}
