// A module: functions over one imported memory of any size, each exported by its name.
// Imported functions come first in the numbering of calls.

import { Bytes } from "./bytes.js";
import type { Code, Locals } from "./code.js";

export interface Function {
  readonly name: string;
  readonly locals: Locals;
  readonly results: readonly number[];
  readonly code: Code;
}

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

export interface ImportedFunction extends FunctionType {
  /// In "env".
  readonly name: string;
}

interface Imports {
  readonly functions?: readonly ImportedFunction[];
  /// Size of env.table, where the functions call through it.
  readonly tableSize?: number;
  /// A further type, after those of all functions, for indirect calls.
  readonly calledType?: FunctionType;
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const Section = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const;
const Extern = { function: 0x00, table: 0x01, memory: 0x02 } as const;
const FUNCTION_TYPE = 0x60, FUNCREF = 0x70, END = 0x0b, AT_LEAST = 0x00;

export function encodeModule(functions: readonly Function[], { functions: imported = [], tableSize, calledType }: Imports): Uint8Array<ArrayBuffer> {
  const module = new Bytes();
  module.append(MAGIC_AND_VERSION);

  const types: FunctionType[] = [...imported, ...functions.map(({ locals, results }) => ({ parameters: locals.parameters, results }))];
  section(module, Section.types, calledType ? [...types, calledType] : types, (out, { parameters, results }) => {
    out.byte(FUNCTION_TYPE);
    for (const list of [parameters, results]) out.sized(Uint8Array.from(list));
  });

  const imports: { name: string; what: number[]; sizes: number[] }[] = [{ name: "memory", what: [Extern.memory, AT_LEAST], sizes: [1] }];
  imported.forEach(({ name }, index) => imports.push({ name, what: [Extern.function], sizes: [index] }));
  if (tableSize !== undefined) imports.push({ name: "table", what: [Extern.table, FUNCREF, AT_LEAST], sizes: [tableSize] });
  section(module, Section.imports, imports, (out, { name, what, sizes }) => {
    out.sized(importName("env"));
    out.sized(importName(name));
    out.append(what);
    for (const size of sizes) out.unsigned(size);
  });

  section(module, Section.functions, functions, (out, _, index) => out.unsigned(imported.length + index));
  section(module, Section.exports, functions, (out, { name }, index) => {
    out.sized(utf8(name));
    out.byte(Extern.function);
    out.unsigned(imported.length + index);
  });
  section(module, Section.code, functions, (out, { locals, code }) => {
    const body = new Bytes();
    const declared = locals.types.slice(locals.parameters.length);
    body.unsigned(declared.length);
    for (const type of declared) body.append([1, type]);
    body.append(code.bytes);
    body.byte(END);
    out.sized(body.content);
  });
  return module.content;
}

function section<Item>(module: Bytes, id: number, items: readonly Item[], write: (out: Bytes, item: Item, index: number) => void): void {
  const content = new Bytes();
  content.unsigned(items.length);
  items.forEach((item, index) => write(content, item, index));
  module.byte(id);
  module.sized(content.content);
}

const encoder = new TextEncoder();
function utf8(text: string): Uint8Array { return encoder.encode(text); }

const importNames = new Map<string, Uint8Array>();
/// Nearly all modules import the same few.
function importName(text: string): Uint8Array {
  const known = importNames.get(text) ?? utf8(text);
  importNames.set(text, known);
  return known;
}
