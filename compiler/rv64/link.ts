// From functions and data to an image: text, panics, the places of everything,
// then the bytes.

import type { FrameRule } from "../object/frame-rules.js";
import type { Relocation } from "../object/relocatable.js";
import { PAGE, type DebugFunction, type FrameRow, type Image, type ImageSymbol, type LineRow, type Section } from "../object/image.js";
import { layOut, type Range } from "../object/layout.js";
import type { Data, Location, Module } from "../ir/types.js";
import { Refusal } from "../refusal.js";
import { layOutText, type FunctionCode, type Placed } from "./emit.js";
import { collectPanics } from "./panics.js";
import { scopesOf } from "./scopes.js";

export interface LinkOptions {
  readonly virtualBase: bigint;
  readonly physicalBase: bigint;
  /// Where execution begins: a function or its symbol.
  readonly entry: string;
  /// It is a part of a program: what it does not have, another object has.
  readonly relocatable?: boolean;
}

export interface Linked {
  readonly image: Image;
  /// Of a relocatable one.
  readonly relocations: readonly Relocation[];
  readonly debug: readonly DebugFunction[];
}

export function link(code: readonly FunctionCode[], { data, files, roots }: Module, options: LinkOptions): Linked {
  const align = Math.max(PAGE, ...code.map((fn) => fn.align), ...data.map((item) => item.align));
  for (const base of [options.virtualBase, options.physicalBase])
    if (base % BigInt(align) !== 0n) throw new Refusal("TM4006", `0x${base.toString(16)} is no multiple of ${align}`, undefined);
  const { relocatable = false } = options;
  const text = layOutText(code, relocatable);
  const panics = collectPanics(text.functions, files);
  const layout = layOut(text.size, data, { table: panics.table.length, strings: panics.strings.length });
  const offsetOf = (name: string) => text.offsetOf(name) ?? layout.symbols.get(name);
  const resolve = (name: string) => {
    const offset = offsetOf(name);
    if (offset === undefined) throw new Refusal("TM4004", name, undefined);
    return offset;
  };

  const relocations: Relocation[] = [];
  const textBytes = relocatable
    ? text.write((name) => (ownText.has(name) ? layout.symbols.get(name) : undefined), ({ name, ...more }) => relocations.push({ ...more, symbol: name }))
    : text.write(offsetOf);

  const bytesOf = ({ start, end }: Range, items: readonly Data[]): Uint8Array => {
    const bytes = new Uint8Array(end - start);
    const view = new DataView(bytes.buffer);
    for (const item of items) {
      const at = layout.symbols.get(item.name)! - start;
      if (item.bytes) bytes.set(item.bytes, at);
      for (const { offset, symbol, addend } of item.relocations)
        if (relocatable) relocations.push({ offset: start + at + offset, kind: "word", symbol, addend, high: 0 });
        else view.setBigUint64(at + offset, BigInt.asUintN(64, options.virtualBase + BigInt(resolve(symbol) + addend)), true);
    }
    return bytes;
  };
  const panicBytes = new Uint8Array([...panics.table, ...panics.strings]);
  const section = (name: string, access: Section["access"], { start, end }: Range, bytes: Uint8Array | undefined): Section => ({
    name,
    offset: start,
    size: end - start,
    bytes,
    access,
  });
  const sections = [
    section(".text", "rx", layout.text, textBytes),
    section(".rodata", "r", layout.rodata, bytesOf(layout.rodata, data.filter((item) => item.readonly))),
    section(".panics", "r", layout.panics, panicBytes),
    section(".data", "rw", layout.data, bytesOf(layout.data, data.filter((item) => !item.readonly && item.bytes))),
    section(".bss", "rw", layout.bss, undefined),
  ].filter(({ size }) => size > 0);

  const own = new Set(data.map(({ name }) => name));
  const exported = new Set(roots);
  const isExported = ({ code }: Placed) => !relocatable || exported.has(code.name) || code.symbol !== code.name;
  const symbols: ImageSymbol[] = [
    ...text.functions.map((fn) => ({ name: fn.code.symbol, offset: fn.start, size: fn.end - fn.start, kind: "function", isLocal: !isExported(fn) }) as const),
    ...data.map(({ name, size }) => ({ name, offset: resolve(name), size, kind: "object", isLocal: relocatable }) as const),
    ...[...layout.symbols]
      .filter(([name]) => !own.has(name) && (!relocatable || partSymbols.has(name)))
      .map(([name, offset]) => ({ name, offset, size: 0, kind: "linker", isLocal: relocatable }) as const),
  ];
  const { virtualBase, physicalBase } = options;
  return {
    image: { sections, symbols, entry: relocatable ? 0 : resolve(options.entry), virtualBase, physicalBase },
    relocations,
    debug: text.functions.map(debugOf),
  };
}

/// Of the linker's symbols those that each object has its own of; the first ones lie in the text.
const ownText = new Set(["__text_start", "__text_end"]);
const partSymbols = new Set([...ownText, "__panics_start", "__panics_end", "__panics_strings"]);

function debugOf(placed: Placed): DebugFunction {
  const { code, start, end, offsets } = placed;
  const rows: LineRow[] = [];
  const frame: FrameRow[] = [];
  const frameRules: (FrameRule & { offset: number })[] = [];
  if (code.location) rows.push(rowAt(code.location, start, false));
  let ended = false;
  code.pieces.forEach(({ mnemonic, location, frameStep, frameRule }, index) => {
    if (frameRule) frameRules.push({ offset: offsets[index]!, ...frameRule });
    if (frameStep) frame.push({ offset: offsets[index + 1] ?? end, ...frameStep });
    if (mnemonic === "" || !location) return;
    const last = rows.at(-1);
    const isNew = !last || location.file !== last.file || location.line !== last.line || location.column !== last.column;
    // The first instruction that is not the declaration's own ends the prologue.
    if (isNew) rows.push(rowAt(location, offsets[index]!, !ended));
    ended ||= isNew;
  });
  return { name: code.symbol, start, end, location: code.location, rows, frame, frameRules, source: code.source, scope: scopesOf(placed) };
}

const rowAt = ({ file, line, column }: Location, offset: number, prologueEnd: boolean): LineRow => ({ file, line, column, offset, prologueEnd });
