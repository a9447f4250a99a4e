// Physical memory protection: 16 entries, granularity 4 bytes. ISA manual,
// volume II, chapter 3.7.
//
//     pmpcfg    | L |  0  | A | X W R |     A: 0 off, 1 TOR, 2 NA4, 3 NAPOT
//      bit        7   6:5  4:3  2 1 0
//
// The lowest entry that has a byte of an access decides: all bytes must be in
// it, in M-mode too, which is bound by the rights of locked entries only. Where none has one, M-mode
// may do it and the other modes may not.
//
// The TLB knows pages. So the answer for a page is one of three: yes for all of
// it, no, or yes for these bytes only, and then the access is done without an
// entry that stays.

import { Privilege } from "../isa/row.js";
import type { Access } from "./tlb.js";

export const PMP_ENTRIES = 16;

const PAGE = 4096;
const Config = { read: 1, write: 2, execute: 4, rights: 7, matchingShift: 3, matching: 3, locked: 0x80, writable: 0x9f } as const;
const Matching = { off: 0, topOfRange: 1, naturallyAligned4: 2, naturallyAligned: 3 } as const;
const needed: Readonly<Record<Access, number>> = { load: Config.read, store: Config.write, fetch: Config.execute };

export const Allowed = { no: 0, once: 1, page: 2 } as const;
export type Allowed = (typeof Allowed)[keyof typeof Allowed];

interface Entry {
  /// Bytes, `end` not included.
  readonly start: number;
  readonly end: number;
  readonly config: number;
}

export class Pmp {
  #entries: readonly Entry[] = [];
  /// Nothing is refused: to M-mode, to the others.
  #openToMachine = true;
  #openToOthers = false;

  /// Takes up what the CSRs say: a configuration byte and an address (in units of 4 bytes) for each entry.
  configure(configs: readonly number[], addresses: readonly bigint[]): void {
    const entries = configs.flatMap((config, index) => {
      const range = rangeOf(config, addresses[index] as bigint, addresses[index - 1] ?? 0n);
      return range ? [{ ...range, config }] : [];
    });
    this.#entries = entries;
    const [first] = entries;
    const all = first && first.start === 0 && first.end > Number.MAX_SAFE_INTEGER ? first.config : 0;
    this.#openToOthers = (all & Config.rights) === Config.rights;
    this.#openToMachine = !first || this.#openToOthers;
  }

  isOpen(privilege: number): boolean { return privilege === Privilege.machine ? this.#openToMachine : this.#openToOthers; }

  /// The largest part of a range, in whole pages, where nothing is refused to the modes below M-mode.
  openRange(start: number, end: number): { readonly start: number; readonly end: number } {
    const inside = (address: number) => address > start && address < end;
    const cuts = [...new Set([start, ...this.#entries.flatMap((entry) => [entry.start, entry.end]).filter(inside), end])].sort((a, b) => a - b);
    let best = { start, end: start }, from = start;
    cuts.slice(1).forEach((to, index) => {
      const at = cuts[index] as number;
      const entry = this.#entries.find((each) => each.start <= at && to <= each.end);
      if (((entry?.config ?? 0) & Config.rights) !== Config.rights) from = to;
      else if (Math.floor(to / PAGE) - Math.ceil(from / PAGE) > (best.end - best.start) / PAGE) best = { start: Math.ceil(from / PAGE) * PAGE, end: Math.floor(to / PAGE) * PAGE };
    });
    return best;
  }

  /// Whether bytes in one page may be accessed.
  check(access: Access, paddr: number, bytes: number, privilege: number): Allowed {
    if (this.isOpen(privilege)) return Allowed.page;
    const end = paddr + bytes, page = paddr - (paddr % PAGE);
    let whole: Allowed = Allowed.page;
    for (const entry of this.#entries) {
      if (entry.end <= page || entry.start >= page + PAGE) continue;
      if (entry.start > page || entry.end < page + PAGE) whole = Allowed.once;
      if (entry.end <= paddr || entry.start >= end) continue;
      const isAllowed = entry.start <= paddr && end <= entry.end
        && ((privilege === Privilege.machine && !(entry.config & Config.locked)) || (entry.config & needed[access]) !== 0);
      return isAllowed ? whole : Allowed.no;
    }
    return privilege === Privilege.machine ? whole : Allowed.no;
  }
}

/// What a write leaves in a configuration byte. W without R is reserved: such a write changes nothing.
export function writtenConfig(old: number, value: number): number {
  if (old & Config.locked || (value & (Config.read | Config.write)) === Config.write) return old;
  return value & Config.writable;
}

/// An address is locked with its entry, and by a locked entry above that has it as the bottom of its range.
export function isAddressLocked(config: number, above: number): boolean {
  return (config & Config.locked) !== 0 || ((above & Config.locked) !== 0 && matchingOf(above) === Matching.topOfRange);
}

function matchingOf(config: number): number { return (config >> Config.matchingShift) & Config.matching; }

function rangeOf(config: number, address: bigint, below: bigint): { start: number; end: number } | undefined {
  switch (matchingOf(config)) {
    case Matching.off: return undefined;
    case Matching.topOfRange: return below < address ? { start: Number(below << 2n), end: Number(address << 2n) } : undefined;
    case Matching.naturallyAligned4: return { start: Number(address << 2n), end: Number((address + 1n) << 2n) };
    default: {
      // The ones at the bottom and the zero above them are not part of the address: they say the size.
      const ones = address ^ (address + 1n);
      return { start: Number((address & ~ones) << 2n), end: Number(((address | ones) + 1n) << 2n) };
    }
  }
}
