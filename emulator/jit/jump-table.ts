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
const END = Layout.recordsOfPages;
const LEAST_BYTES = 64;

/// Hands out places whose sizes are powers of two. A place that is given back serves another table of its size.
export class JumpTables {
  #next: number = Layout.jumpTables;
  /// Free places, by size.
  readonly #free = new Map<number, number[]>();
  readonly #sizes = new Map<number, number>();

  constructor(private readonly memory: GuestMemory) {}

  get isFull(): boolean { return this.#next + 4 * REACH > END; }

  clear(): void {
    this.#next = Layout.jumpTables;
    this.#free.clear();
    this.#sizes.clear();
  }

  release({ address, pages }: JumpTable): void {
    for (const place of pages ? [address, pages.address] : [address]) {
      const size = this.#sizes.get(place);
      if (size === undefined) continue;
      this.#sizes.delete(place);
      this.#free.set(size, [...(this.#free.get(size) ?? []), place]);
    }
  }

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
    const size = Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
    let address = this.#free.get(size)?.pop();
    if (address === undefined) {
      address = this.#next;
      this.#next += size;
    }
    this.#sizes.set(address, size);
    this.memory.bytes.fill(0, address, address + size);
    return address;
  }
}
