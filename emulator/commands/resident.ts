// How much of a guest's RAM the host has given pages to, by Linux's /proc.

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { Layout } from "../cpu/layout.js";
import type { GuestMemory } from "../cpu/memory.js";

const PAGE = 4096;
const ENTRY_BYTES = 8;
/// In the last byte of an entry of pagemap.
const PRESENT = 0x80;

/// In bytes; undefined where the host does not say.
export function residentRam({ wasm, map }: GuestMemory): number | undefined {
  try {
    const size = wasm.buffer.byteLength;
    const starts = readFileSync("/proc/self/maps", "latin1").split("\n").flatMap((line) => {
      const [, start = 0, end = 0] = (/^([0-9a-f]+)-([0-9a-f]+) rw-p/.exec(line) ?? []).map((text) => Number.parseInt(text, 16));
      return end - start === size ? [start] : [];
    });
    const [start] = starts;
    if (start === undefined || starts.length > 1) return undefined;
    const entries = Buffer.alloc((map.ramBytes / PAGE) * ENTRY_BYTES);
    const pagemap = openSync("/proc/self/pagemap", "r");
    try {
      readSync(pagemap, entries, 0, entries.length, ((start + Layout.ram) / PAGE) * ENTRY_BYTES);
    } finally {
      closeSync(pagemap);
    }
    let pages = 0;
    for (let at = ENTRY_BYTES - 1; at < entries.length; at += ENTRY_BYTES) pages += ((entries[at] as number) & PRESENT) >> 7;
    return pages * PAGE;
  } catch {
    return undefined;
  }
}
