// Tables of computed jumps inside regions, in the machine's memory: for each
// halfword from a region's first entry to its last, the entry's label plus
// one, or zero. A region in several pages also has the records of each of its
// pages, since a jump into another page has to ask whether it is still there.

import { Layout, PAGE } from "../cpu/layout.js";
import type { GuestMemory } from "../cpu/memory.js";

export interface JumpTable {
  /// The first entry, and how far after it the last one is.
  readonly low: number;
  readonly span: number;
  readonly address: number;
  readonly pages?: { readonly low: number; readonly address: number };
}

/// Entries that lie further from the root are left to the dispatcher.
const REACH = 2 * PAGE;
const END = Layout.decodedPages;

/// Hands out places one after the other; all are given back at once.
export class JumpTables {
  #free: number = Layout.jumpTables;

  constructor(private readonly memory: GuestMemory) {}

  get isFull(): boolean { return this.#free + 2 * REACH + PAGE > END; }

  clear(): void { this.#free = Layout.jumpTables; }

  /// Entries in the order of their labels, the root first. Undefined where the region
  /// has no computed jump to make inside. `isOnePage` says that all its code is in one page.
  place(all: readonly number[], isOnePage: boolean, recordsOf: (page: number) => number | undefined): JumpTable | undefined {
    const [root = 0] = all;
    const entries = all.filter((pc) => Math.abs(pc - root) <= REACH);
    if (entries.length < 2) return undefined;
    const low = Math.min(...entries), span = Math.max(...entries) - low;
    const address = this.#take(span + 2);
    for (const pc of entries) this.memory.view.setUint16(address + pc - low, all.indexOf(pc) + 1, true);
    const first = Math.floor(low / PAGE), last = Math.floor((low + span) / PAGE);
    if (isOnePage) return { low, span, address };
    const pages = this.#take((last - first + 1) * 4);
    for (let page = first; page <= last; page++) this.memory.view.setInt32(pages + (page - first) * 4, recordsOf(page * PAGE) ?? 0, true);
    return { low, span, address, pages: { low: first * PAGE, address: pages } };
  }

  #take(bytes: number): number {
    const address = this.#free;
    this.#free += (bytes + 3) & ~3;
    this.memory.bytes.fill(0, address, this.#free);
    return address;
  }
}
