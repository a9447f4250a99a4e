// Where everything lies: text, read-only data, panics, data, zeros, each kind
// of access on pages of its own (W^X).
//
//     __image_start  __text_start    .text
//                    __text_end
//     page           __rodata_start  .rodata
//                    __panics_start  .panics: the table, then (__panics_strings) its strings
//                    __panics_end
//                    __rodata_end
//     page           __data_start    .data
//                    __data_end
//                    __bss_start     .bss
//     __image_end    __bss_end

import { alignUp, PAGE } from "./image.js";

export interface Item {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly bytes: Uint8Array | undefined;
  readonly readonly: boolean;
}

export interface Layout {
  readonly text: Range;
  readonly rodata: Range;
  readonly panics: Range;
  readonly data: Range;
  readonly bss: Range;
  /// Data and the linker's symbols.
  readonly symbols: ReadonlyMap<string, number>;
}
export interface Range {
  readonly start: number;
  readonly end: number;
}

const BSS_ALIGN = 16;

/// `panic`: bytes of the table, and of the strings.
export function layOut(textBytes: number, items: readonly Item[], panic: { table: number; strings: number }): Layout {
  const symbols = new Map<string, number>();
  const placeAll = (start: number, chosen: readonly Item[]): Range => {
    let end = start;
    for (const { name, size, align } of chosen) {
      end = alignUp(end, align);
      symbols.set(name, end);
      end += size;
    }
    return { start, end };
  };
  const text = { start: 0, end: textBytes };
  const rodata = placeAll(alignUp(text.end, PAGE), items.filter((item) => item.readonly));
  const table = alignUp(rodata.end, 8);
  const panics = { start: table, end: table + panic.table + panic.strings };
  const data = placeAll(alignUp(panics.end, PAGE), items.filter((item) => !item.readonly && item.bytes));
  const bss = placeAll(alignUp(data.end, BSS_ALIGN), items.filter((item) => !item.readonly && !item.bytes));
  const end = alignUp(bss.end, BSS_ALIGN);
  const linker: Record<string, number> = {
    __image_start: 0,
    __text_start: text.start,
    __text_end: text.end,
    __rodata_start: rodata.start,
    __panics_start: table,
    __panics_end: table + panic.table,
    __panics_strings: table + panic.table,
    __rodata_end: panics.end,
    __data_start: data.start,
    __data_end: data.end,
    __bss_start: bss.start,
    __bss_end: end,
    __image_end: end,
  };
  for (const [name, offset] of Object.entries(linker)) symbols.set(name, offset);
  return { text, rodata, panics, data, bss: { start: bss.start, end }, symbols };
}
