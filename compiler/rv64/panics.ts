// What a failed check says. A check that fails stops at an ebreak of its own,
// and this table goes from there to a text, so that it costs nothing on the
// way that does not fail:
//
//     __panics_start    u32 offset of the ebreak from __text_start      sorted
//                       u32 offset of the text from __panics_strings
//     __panics_end
//     __panics_strings  u32 length, UTF-8 "path/file.ts:LINE:COLUMN: reason, in function", to a multiple of 4

import type { Location } from "../ir/types.js";
import type { Placed } from "./emit.js";

export interface Panics {
  readonly table: Uint8Array;
  readonly strings: Uint8Array;
}

export function collectPanics(functions: readonly Placed[], files: readonly string[]): Panics {
  const found: { at: number; text: string }[] = [];
  for (const { code, offsets } of functions)
    code.pieces.forEach(({ reason, location }, index) => {
      if (reason === undefined) return;
      const within = location?.within ? `, in ${location.within}` : "";
      found.push({ at: offsets[index]!, text: `${panicText(reason, location, files)}${within}` });
    });
  found.sort((a, b) => a.at - b.at);
  const encoder = new TextEncoder();
  const places = new Map<string, number>();
  const strings: number[] = [];
  for (const { text } of found) {
    if (places.has(text)) continue;
    places.set(text, strings.length);
    const utf8 = encoder.encode(text);
    for (let byte = 0; byte < 4; byte++) strings.push((utf8.length >>> (8 * byte)) & 0xff);
    for (const byte of utf8) strings.push(byte);
    while (strings.length % 4 !== 0) strings.push(0);
  }
  const table = new DataView(new ArrayBuffer(found.length * 8));
  found.forEach(({ at, text }, index) => {
    table.setUint32(index * 8, at, true);
    table.setUint32(index * 8 + 4, places.get(text)!, true);
  });
  return { table: new Uint8Array(table.buffer), strings: Uint8Array.from(strings) };
}

/// Where a check fails, and why.
export function panicText(reason: string, location: Location | undefined, files: readonly string[]): string {
  return location ? `${files[location.file]}:${location.line}:${location.column}: ${reason}` : reason;
}
