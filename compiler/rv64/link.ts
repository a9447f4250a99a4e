// From functions and data to an image: text, panics, the places of everything,
// then the bytes.

import { PAGE, type DebugFunction, type FrameRow, type Image, type ImageSymbol, type LineRow, type Section } from "../object/image.js";
import { layOut, type Range } from "../object/layout.js";
import type { Data, Module } from "../ir/types.js";
import { Refusal } from "../refusal.js";
import { layOutText, type FunctionCode, type Placed } from "./emit.js";
import { collectPanics } from "./panics.js";
import { scopesOf } from "./scopes.js";

export interface LinkOptions {
  readonly virtualBase: bigint;
  readonly physicalBase: bigint;
  /// Where execution begins: a function or its symbol.
  readonly entry: string;
}

export interface Linked {
  readonly image: Image;
  readonly debug: readonly DebugFunction[];
}

export function link(code: readonly FunctionCode[], { data, files }: Module, options: LinkOptions): Linked {
  const align = Math.max(PAGE, ...code.map((fn) => fn.align), ...data.map((item) => item.align));
  for (const base of [options.virtualBase, options.physicalBase])
    if (base % BigInt(align) !== 0n) throw new Refusal("TM4006", `0x${base.toString(16)} is no multiple of ${align}`, undefined);
  const text = layOutText(code);
  const panics = collectPanics(text.functions, files);
  const layout = layOut(text.size, data, { table: panics.table.length, strings: panics.strings.length });
  const offsetOf = (name: string) => text.offsetOf(name) ?? layout.symbols.get(name);
  const resolve = (name: string) => {
    const offset = offsetOf(name);
    if (offset === undefined) throw new Refusal("TM4004", name, undefined);
    return offset;
  };

  const bytesOf = ({ start, end }: Range, items: readonly Data[]): Uint8Array => {
    const bytes = new Uint8Array(end - start);
    const view = new DataView(bytes.buffer);
    for (const item of items) {
      const at = layout.symbols.get(item.name)! - start;
      if (item.bytes) bytes.set(item.bytes, at);
      for (const { offset, symbol, addend } of item.relocations)
        view.setBigUint64(at + offset, BigInt.asUintN(64, options.virtualBase + BigInt(resolve(symbol) + addend)), true);
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
    section(".text", "rx", layout.text, text.write(offsetOf)),
    section(".rodata", "r", layout.rodata, bytesOf(layout.rodata, data.filter((item) => item.readonly))),
    section(".panics", "r", layout.panics, panicBytes),
    section(".data", "rw", layout.data, bytesOf(layout.data, data.filter((item) => !item.readonly && item.bytes))),
    section(".bss", "rw", layout.bss, undefined),
  ].filter(({ size }) => size > 0);

  const own = new Set(data.map(({ name }) => name));
  const symbols: ImageSymbol[] = [
    ...text.functions.map(({ code, start, end }) => ({ name: code.symbol, offset: start, size: end - start, kind: "function" }) as const),
    ...data.map(({ name, size }) => ({ name, offset: resolve(name), size, kind: "object" }) as const),
    ...[...layout.symbols].filter(([name]) => !own.has(name)).map(([name, offset]) => ({ name, offset, size: 0, kind: "linker" }) as const),
  ];
  const { virtualBase, physicalBase } = options;
  return {
    image: { sections, symbols, entry: resolve(options.entry), virtualBase, physicalBase },
    debug: text.functions.map(debugOf),
  };
}

function debugOf(placed: Placed): DebugFunction {
  const { code, start, end, offsets } = placed;
  const rows: LineRow[] = [];
  const frame: FrameRow[] = [];
  if (code.location) rows.push({ ...code.location, offset: start, prologueEnd: false });
  let ended = false;
  code.pieces.forEach(({ mnemonic, location, frameStep }, index) => {
    if (frameStep) frame.push({ offset: offsets[index + 1] ?? end, ...frameStep });
    if (mnemonic === "" || !location) return;
    const last = rows.at(-1);
    const isNew = !last || location.file !== last.file || location.line !== last.line || location.column !== last.column;
    // The first instruction that is not the declaration's own ends the prologue.
    if (isNew) rows.push({ ...location, offset: offsets[index]!, prologueEnd: !ended });
    ended ||= isNew;
  });
  return { name: code.symbol, start, end, location: code.location, rows, frame, source: code.source, scope: scopesOf(placed) };
}
