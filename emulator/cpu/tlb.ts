// A hart's TLB sets: one for each state in which addresses mean the same
// (satp with its ASID, privilege, SUM, MXR), so that a trap or a change of
// address space takes up another set and loses nothing. What is in a set are
// translations that the page tables gave at some time; the guest says by
// sfence.vma when they may no longer be used.

import type { GuestMemory } from "./memory.js";
import { Globals, hartState, PAGE, State, Tlb, tlbSet, TranslationKey, translationKey } from "./layout.js";

export type Access = "load" | "store" | "fetch";

/// The mode of sets whose addresses are physical, and of those that are free.
export const PHYSICAL = 0;
const FREE = -1;
const MOST_POSITIVE = 0x7fff_ffff;

/// A set. Its key lies in memory, where compiled code looks for it too.
class TlbSet {
  readonly #key: number;
  readonly #lowest: number;
  readonly #highest: number;

  constructor(private readonly words: Int32Array, readonly address: number, key: number) {
    this.#key = key >> 2;
    this.#lowest = (key + TranslationKey.lowest) >> 2;
    this.#highest = (key + TranslationKey.highest) >> 2;
    this.mode = FREE;
  }

  get mode(): number { return this.words[this.#key] as number; }
  set mode(mode: number) { this.words[this.#key] = mode; }
  // An entry that came from a superpage must go with any address in it, so it is known where those are, in GiB.

  noteSuperpage(gib: number): void {
    this.words[this.#lowest] = Math.min(this.words[this.#lowest] as number, gib);
    this.words[this.#highest] = Math.max(this.words[this.#highest] as number, gib);
  }
  forgetSuperpages(): void {
    this.words[this.#lowest] = MOST_POSITIVE;
    this.words[this.#highest] = ~MOST_POSITIVE;
  }
  hasSuperpageAt(gib: number): boolean { return gib >= (this.words[this.#lowest] as number) && gib <= (this.words[this.#highest] as number); }

  get satpHigh(): number { return this.words[this.#key + 3] as number; }

  use(mode: number, satpLow: number, satpHigh: number): void {
    this.mode = mode;
    this.words[this.#key + 2] = satpLow;
    this.words[this.#key + 3] = satpHigh;
  }
}

export class TranslationCache {
  readonly #sets: TlbSet[];
  readonly #words: Int32Array;
  readonly #tlbWord: number;
  readonly #first: number;
  #next = 0;

  constructor(private readonly memory: GuestMemory, hart: number) {
    this.#words = memory.words;
    this.#tlbWord = (hartState(hart) + State.tlb) >> 2;
    this.#first = tlbSet(hart, 0);
    this.#sets = Array.from({ length: Tlb.sets }, (_, index) => new TlbSet(memory.words, tlbSet(hart, index), translationKey(hart, index)));
    this.take(PHYSICAL, 0, 0);
  }

  get #current(): TlbSet { return this.#sets[((this.#words[this.#tlbWord] as number) - this.#first) / Tlb.setSize] as TlbSet; }

  /// Takes up a set for a state that has none: a free one, or the next in turn. Mode PHYSICAL has satp zero.
  take(mode: number, satpLow: number, satpHigh: number): void {
    let set = this.#sets.find((candidate) => candidate.mode === FREE);
    if (!set) {
      this.#next = (this.#next + 1) % Tlb.sets;
      set = this.#sets[this.#next] as TlbSet;
    }
    this.memory.clearTlbSet(set.address);
    set.forgetSuperpages();
    set.use(mode, satpLow, satpHigh);
    this.#words[this.#tlbWord] = set.address;
  }

  /// `target` is what the page's first byte is in memory, or its first record.
  fill(access: Access, vaddrLow: number, vaddrHigh: number, target: number, superpage: boolean): void {
    this.#write(access, vaddrLow & -PAGE, vaddrHigh, target, vaddrLow);
    if (superpage) this.#current.noteSuperpage(gibOf(vaddrLow, vaddrHigh));
  }

  /// An entry for this very address and no other, until `drop`.
  fillOnce(access: Access, vaddrLow: number, vaddrHigh: number, target: number): void {
    this.#write(access, vaddrLow, vaddrHigh, target, vaddrLow);
  }

  /// What an entry leads to; -1 where there is none. Asked for a page's first byte, it is the page.
  find(access: Access, vaddrLow: number, vaddrHigh: number): number {
    const word = (this.#current.address + Tlb[access] + ((vaddrLow >>> 8) & Tlb.mask)) >> 2;
    return this.#words[word] === (vaddrLow & -PAGE) && this.#words[word + 1] === vaddrHigh ? (this.#words[word + 2] as number) : -1;
  }

  drop(access: Access, vaddrLow: number): void {
    dropEntry(this.#words, this.#current.address, access, vaddrLow);
  }

  /// sfence.vma: of one address or all; of one address space or all.
  fence(vaddrLow: number | undefined, vaddrHigh: number, asid: number | undefined): void {
    for (const set of this.#sets) {
      if (set.mode <= PHYSICAL || (asid !== undefined && asidOf(set.satpHigh) !== asid)) continue;
      if (vaddrLow === undefined || set.hasSuperpageAt(gibOf(vaddrLow, vaddrHigh))) this.#empty(set);
      else for (const access of ["load", "store", "fetch"] as const) dropEntry(this.#words, set.address, access, vaddrLow);
    }
  }

  /// Drops entries that lead there: to a page of memory, or to its records.
  dropTarget(access: "store" | "fetch", target: number): void {
    for (const set of this.#sets) {
      if (set.mode < 0) continue;
      for (let index = 0, word = (set.address + Tlb[access]) >> 2; index < Tlb.entries; index++, word += 4) {
        if (this.#words[word + 2] === target) this.#words[word] = (index ^ 1) * PAGE;
      }
    }
  }

  /// What loads and stores remember of address spaces, for debuggers: `place` is the page's in memory.
  *translations(): Generator<{ access: "load" | "store"; vaddr: number; place: number; mode: number; asid: number }> {
    for (const { mode, address, satpHigh } of this.#sets) {
      if (mode <= PHYSICAL) continue;
      for (const access of ["load", "store"] as const) {
        for (let index = 0, word = (address + Tlb[access]) >> 2; index < Tlb.entries; index++, word += 4) {
          const low = this.#words[word] as number, high = this.#words[word + 1] as number;
          if (((low >>> 12) & (Tlb.entries - 1)) !== index || (low & (PAGE - 1)) !== 0 || high < 0) continue;
          yield { access, vaddr: high * 2 ** 32 + (low >>> 0), place: this.#words[word + 2] as number, mode, asid: asidOf(satpHigh) };
        }
      }
    }
  }

  dropAll(): void {
    for (const set of this.#sets) this.#empty(set);
  }

  #empty(set: TlbSet): void {
    if (set.mode < 0) return;
    set.forgetSuperpages();
    if (set === this.#current) this.memory.clearTlbSet(set.address);
    else set.mode = FREE;
  }

  #write(access: Access, tagLow: number, tagHigh: number, target: number, vaddrLow: number): void {
    const word = (this.#current.address + Tlb[access] + ((vaddrLow >>> 8) & Tlb.mask)) >> 2;
    this.#words[word] = tagLow;
    this.#words[word + 1] = tagHigh;
    this.#words[word + 2] = target;
    const counter = Globals.fillsHosted + (Tlb[access] >> 11);
    this.memory.view.setFloat64(counter, this.memory.view.getFloat64(counter, true) + 1, true);
  }
}

/// How often TLBs were filled, by kind of access.
export function tlbFills({ view }: GuestMemory): Record<Access, { compiled: number; hosted: number }> {
  const count = (access: Access) => ({ compiled: view.getFloat64(Globals.fillsCompiled + (Tlb[access] >> 11), true), hosted: view.getFloat64(Globals.fillsHosted + (Tlb[access] >> 11), true) });
  return { load: count("load"), store: count("store"), fetch: count("fetch") };
}

function dropEntry(words: Int32Array, set: number, access: Access, vaddrLow: number): void {
  const entry = (vaddrLow >>> 8) & Tlb.mask;
  words[(set + Tlb[access] + entry) >> 2] = ((entry >> 4) ^ 1) * PAGE;
}

function gibOf(vaddrLow: number, vaddrHigh: number): number { return (vaddrHigh << 2) | (vaddrLow >>> 30); }

/// satp is mode (4 bits), ASID (16), page number (44).
function asidOf(satpHigh: number): number {
  return (satpHigh >>> 12) & 0xffff;
}
