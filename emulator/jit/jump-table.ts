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

/// Entries that lie further apart are left to the dispatcher.
const LONGEST = 32 * PAGE;
const END = Layout.decodedPages;

/// Hands out places one after the other; all are given back at once.
export class JumpTables {
  #free: number = Layout.jumpTables;

  constructor(private readonly memory: GuestMemory) {}

  get isFull(): boolean { return this.#free + LONGEST + PAGE > END; }

  clear(): void { this.#free = Layout.jumpTables; }

  /// Undefined where the region has no computed jump to make inside. `isOnePage` says that all its code is in one page.
  place(entries: readonly number[], isOnePage: boolean, recordsOf: (page: number) => number | undefined): JumpTable | undefined {
    if (entries.length < 2) return undefined;
    const low = Math.min(...entries), span = Math.max(...entries) - low;
    if (span > LONGEST) return undefined;
    const address = this.#take(span + 2);
    entries.forEach((pc, label) => this.memory.view.setUint16(address + pc - low, label + 1, true));
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
