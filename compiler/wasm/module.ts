// A WebAssembly module as bytes: functions over one memory, all in one table at
// their own numbers, with two imports: `trap(number)` and the memory.

import { Bytes } from "../../emulator/wasm/bytes.js";
import type { Type } from "../ir/ops.js";
import { code, valueTypes } from "./opcodes.js";

export interface Signature {
  readonly params: readonly Type[];
  readonly results: readonly Type[];
}
export interface WasmFunction extends Signature {
  readonly name: string;
  /// Types of the locals after the parameters.
  readonly locals: readonly Type[];
  readonly body: Bytes;
}

/// The import; the module's own functions come after it.
export const TRAP = 0,
  FIRST_OWN = 1;
/// Globals: where the next frame begins, where frames end, and how many loops may still turn.
export const TOP = 0,
  FUEL = 1;

/// The signatures that functions and indirect calls have, each once.
export class Signatures {
  readonly all: Signature[] = [{ params: ["i32"], results: [] }];
  private readonly known = new Map<string, number>([["i32>", 0]]);

  indexOf({ params, results }: Signature): number {
    const key = `${params}>${results}`;
    const found = this.known.get(key) ?? this.all.push({ params, results }) - 1;
    this.known.set(key, found);
    return found;
  }
}

const Section = { types: 1, imports: 2, functions: 3, tables: 4, globals: 6, exports: 7, elements: 9, code: 10 } as const;
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const FUNCTION_TYPE = 0x60,
  FUNCREF = 0x70,
  MUTABLE = 1;

/// `table`: numbers of functions.
export function writeWasm(functions: readonly WasmFunction[], table: readonly number[], signatures: Signatures, top: number): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  out.append(MAGIC);
  const section = <Item>(id: number, items: readonly Item[], write: (out: Bytes, item: Item, index: number) => void) => {
    const content = new Bytes();
    content.unsigned(items.length);
    items.forEach((item, index) => write(content, item, index));
    out.byte(id);
    out.sized(content.content);
  };
  const types = functions.map((fn) => signatures.indexOf(fn));
  section(Section.types, signatures.all, (out, { params, results }) => {
    out.byte(FUNCTION_TYPE);
    for (const list of [params, results]) out.sized(Uint8Array.from(list, (type) => valueTypes[type]));
  });
  section(Section.imports, ["trap", "memory"], (out, name) => {
    out.sized(utf8("env"));
    out.sized(utf8(name));
    out.append(name === "trap" ? [0, 0] : [2, 0, 1]);
  });
  section(Section.functions, types, (out, type) => out.unsigned(type));
  section(Section.tables, [table.length], (out, size) => {
    out.append([FUNCREF, 0]);
    out.unsigned(size);
  });
  section(Section.globals, [top, 0], (out, value, index) => {
    out.append([index === TOP ? valueTypes.i32 : valueTypes.i64, MUTABLE, index === TOP ? code.i32Const : code.i64Const]);
    out.signed(value);
    out.byte(code.end);
  });
  const exports = [...functions.map(({ name }, index) => ({ name: `f ${name}`, kind: 0, index: index + FIRST_OWN })), { name: "top", kind: 3, index: TOP }, { name: "fuel", kind: 3, index: FUEL }];
  section(Section.exports, exports, (out, { name, kind, index }) => {
    out.sized(utf8(name));
    out.byte(kind);
    out.unsigned(index);
  });
  section(Section.elements, [table], (out, all) => {
    out.append([0, code.i32Const, 0, code.end]);
    out.unsigned(all.length);
    for (const index of all) out.unsigned(index + FIRST_OWN);
  });
  section(Section.code, functions, (out, { locals, body }) => {
    const content = new Bytes();
    content.unsigned(locals.length);
    for (const type of locals) content.append([1, valueTypes[type]]);
    content.append(body.content);
    content.byte(code.end);
    out.sized(content.content);
  });
  return out.content;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
