// A hart's TLB sets: one for each state in which addresses mean the same
// (satp with its ASID, privilege, SUM, MXR), so that a trap or a change of
// address space takes up another set and loses nothing. What is in a set are
// translations that the page tables gave at some time; the guest says by
// sfence.vma when they may no longer be used.

import type { GuestMemory } from "./memory.js";
import { hartState, PAGE, State, Tlb, tlbSet } from "./layout.js";

export type Access = "load" | "store" | "fetch";

interface Set {
  readonly address: number;
  /// -1 where the set is free. 0 is the key of physical addresses.
  mode: number;
  satpLow: number;
  satpHigh: number;
  /// Some entry came from a superpage, which a fence of any address in it must drop.
  superpages: boolean;
}

/// The mode of sets whose addresses are physical.
export const PHYSICAL = 0;

export class TranslationCache {
  readonly #sets: Set[];
  readonly #words: Int32Array;
  readonly #tlbWord: number;
  #current: Set;
  #next = 0;

  constructor(private readonly memory: GuestMemory, hart: number) {
    this.#words = memory.words;
    this.#tlbWord = (hartState(hart) + State.tlb) >> 2;
    this.#sets = Array.from({ length: Tlb.sets }, (_, index) => ({ address: tlbSet(hart, index), mode: -1, satpLow: 0, satpHigh: 0, superpages: false }));
    this.#current = this.#sets[0] as Set;
    this.select(PHYSICAL, 0, 0);
  }

  /// Makes the set of this state the one in use.
  select(mode: number, satpLow: number, satpHigh: number): void {
    let set = this.#current;
    if (set.mode !== mode || set.satpLow !== satpLow || set.satpHigh !== satpHigh) {
      set = this.#find(mode, satpLow, satpHigh) ?? this.#take(mode, satpLow, satpHigh);
      this.#current = set;
    }
    this.#words[this.#tlbWord] = set.address;
  }

  /// `target` is what the page's first byte is in memory, or its first record.
  fill(access: Access, vaddrLow: number, vaddrHigh: number, target: number, superpage: boolean): void {
    this.#write(access, vaddrLow & -PAGE, vaddrHigh, target, vaddrLow);
    if (superpage) this.#current.superpages = true;
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
  fence(vaddrLow: number | undefined, asid: number | undefined): void {
    for (const set of this.#sets) {
      if (set.mode <= PHYSICAL || (asid !== undefined && asidOf(set.satpHigh) !== asid)) continue;
      if (vaddrLow === undefined || set.superpages) this.#empty(set);
      else for (const access of ["load", "store", "fetch"] as const) dropEntry(this.#words, set.address, access, vaddrLow);
    }
  }

  /// Drops entries that let stores reach a page of memory, which has code from now on.
  protect(pageAddress: number): void {
    for (const set of this.#sets) {
      if (set.mode < 0) continue;
      for (let index = 0, word = (set.address + Tlb.store) >> 2; index < Tlb.entries; index++, word += 4) {
        if (this.#words[word + 2] === pageAddress) this.#words[word] = (index ^ 1) * PAGE;
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

  #empty(set: Set): void {
    if (set.mode < 0) return;
    set.superpages = false;
    if (set === this.#current) this.memory.clearTlbSet(set.address);
    else set.mode = -1;
  }

  #find(mode: number, satpLow: number, satpHigh: number): Set | undefined {
    for (const set of this.#sets) if (set.mode === mode && set.satpLow === satpLow && set.satpHigh === satpHigh) return set;
    return undefined;
  }

  /// A free set, or the next in turn.
  #take(mode: number, satpLow: number, satpHigh: number): Set {
    let set = this.#sets.find((candidate) => candidate.mode < 0);
    if (!set) {
      this.#next = (this.#next + 1) % Tlb.sets;
      set = this.#sets[this.#next] as Set;
    }
    this.memory.clearTlbSet(set.address);
    return Object.assign(set, { mode, satpLow, satpHigh, superpages: false });
  }

  #write(access: Access, tagLow: number, tagHigh: number, target: number, vaddrLow: number): void {
    const word = (this.#current.address + Tlb[access] + ((vaddrLow >>> 8) & Tlb.mask)) >> 2;
    this.#words[word] = tagLow;
    this.#words[word + 1] = tagHigh;
    this.#words[word + 2] = target;
  }
}

function dropEntry(words: Int32Array, set: number, access: Access, vaddrLow: number): void {
  const entry = (vaddrLow >>> 8) & Tlb.mask;
  words[(set + Tlb[access] + entry) >> 2] = ((entry >> 4) ^ 1) * PAGE;
}

/// satp is mode (4 bits), ASID (16), page number (44).
function asidOf(satpHigh: number): number {
  return (satpHigh >>> 12) & 0xffff;
}
