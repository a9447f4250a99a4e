// The Sv39 walk, with Svadu, Svnapot and Svpbmt. ISA manual, volume II,
// chapters 10.3 and 10.4, and those of the extensions.
//
//     63 62 61 60 54 53        28 27    19 18    10 9 8 7 6 5 4 3 2 1 0
//     |N|PBMT |  0  |   PPN[2]   | PPN[1] | PPN[0] |RSW|D A G U X W R V|
//
// Virtual addresses are two 32-bit halves, since a BigInt costs more than the
// walk. Physical addresses are page numbers. Where menvcfg.ADUE is set, the walk
// writes A and D bits; else an access that would need it is a page fault.
// Memory types change nothing here: there are no caches. PMP decides about the
// walk's own accesses as if S-mode made them.

import { Privilege } from "../isa/row.js";
import { Layout, PAGE } from "./layout.js";
import type { GuestMemory } from "./memory.js";
import { Allowed, type Pmp } from "./pmp.js";
import { EnvironmentHigh } from "./status.js";
import type { Access } from "./tlb.js";

/// What a translation gives in place of a page number.
export const PAGE_FAULT = -1;
export const ACCESS_FAULT = -2;

const Pte = { valid: 1, read: 2, write: 4, execute: 8, user: 16, accessed: 64, dirty: 128 } as const;
/// In the upper half of an entry.
const PteHigh = { contiguous: 1 << 31, memoryType: 3 << 29, reserved: 0x7f << 22, pageNumber: 0x3f_ffff } as const;
/// Svnapot has one size: 64 KiB, whose entries have 8 in the low four bits of their page number.
const NAPOT = { pages: 15, encoding: 8 } as const;

/// How addresses are translated for one kind of access.
export interface Regime {
  /// Of the access: MPRV may make it another than the hart's.
  readonly privilege: number;
  /// mstatus.SUM: S-mode may load and store in user pages.
  readonly sum: boolean;
  /// mstatus.MXR: executable pages may be loaded from.
  readonly mxr: boolean;
  readonly satpLow: number;
  readonly satpHigh: number;
  /// The upper half of menvcfg.
  readonly environment: number;
}

export class Mmu {
  /// Whether the last translation went through a superpage.
  superpage = false;

  constructor(private readonly memory: GuestMemory, private readonly pmp: Pmp, private readonly hasNapot: boolean) {}

  /// The physical page number of an address, or a fault. With `probe`, A and D stay as they are.
  translate(access: Access, vaddrLow: number, vaddrHigh: number, { privilege, sum, mxr, satpLow, satpHigh, environment }: Regime, probe = false): number {
    this.superpage = false;
    if (privilege === Privilege.machine || satpHigh >>> 28 === 0) {
      // A page number that no memory has does for every address beyond physical memory.
      return (vaddrHigh >>> 0) * 0x10_0000 + (vaddrLow >>> 12);
    }
    // Bits 63 to 38 must be equal.
    if (vaddrHigh >> 6 !== 0 && vaddrHigh >> 6 !== -1) return PAGE_FAULT;
    const { words } = this.memory;
    let table = (satpHigh & 0xfff) * 2 ** 32 + (satpLow >>> 0);
    for (let level = 2; level >= 0; level--) {
      const index = level === 2 ? ((vaddrHigh & 0x7f) << 2) | (vaddrLow >>> 30) : (vaddrLow >>> (level === 1 ? 21 : 12)) & 0x1ff;
      const page = this.memory.pageAddress(table);
      if (page < 0 || !this.#mayWalk("load", table, index)) return ACCESS_FAULT;
      const address = page + index * 8;
      const low = words[address >>> 2] as number;
      const high = words[(address >>> 2) + 1] as number;
      if (!(low & Pte.valid) || (low & (Pte.read | Pte.write)) === Pte.write || high & PteHigh.reserved) return PAGE_FAULT;
      const type = high & PteHigh.memoryType;
      if (type !== 0 && (!(environment & EnvironmentHigh.pbmte) || type === PteHigh.memoryType)) return PAGE_FAULT;
      let pageNumber = (high & PteHigh.pageNumber) * 0x40_0000 + (low >>> 10);
      if (!(low & (Pte.read | Pte.write | Pte.execute))) {
        if (low & (Pte.dirty | Pte.accessed | Pte.user) || high & (PteHigh.contiguous | PteHigh.memoryType)) return PAGE_FAULT;
        table = pageNumber;
        continue;
      }
      const inSuperpage = level === 2 ? 0x3_ffff : level === 1 ? 0x1ff : 0;
      if ((low >>> 10) & inSuperpage) return PAGE_FAULT;
      if (high & PteHigh.contiguous) {
        if (!this.hasNapot || level > 0 || ((low >>> 10) & NAPOT.pages) !== NAPOT.encoding) return PAGE_FAULT;
        pageNumber += ((vaddrLow >>> 12) & NAPOT.pages) - NAPOT.encoding;
      }
      if (low & Pte.user) {
        if (privilege !== Privilege.user && (!sum || access === "fetch")) return PAGE_FAULT;
      } else if (privilege !== Privilege.supervisor) return PAGE_FAULT;
      const allowed = access === "fetch" ? low & Pte.execute : access === "store" ? low & Pte.write : low & Pte.read || (mxr && low & Pte.execute);
      if (!allowed) return PAGE_FAULT;
      const marked = low | Pte.accessed | (access === "store" ? Pte.dirty : 0);
      if (marked !== low && !probe) {
        if (!(environment & EnvironmentHigh.adue)) return PAGE_FAULT;
        if (address < Layout.ram || !this.#mayWalk("store", table, index)) return ACCESS_FAULT;
        words[address >>> 2] = marked;
        this.memory.onChange(address, 4);
      }
      this.superpage = level > 0 || high < 0;
      return pageNumber + ((vaddrLow >>> 12) & (level === 2 ? 0x3_ffff : inSuperpage));
    }
    return PAGE_FAULT;
  }

  #mayWalk(access: "load" | "store", table: number, index: number): boolean {
    return this.pmp.isOpen(Privilege.supervisor) || this.pmp.check(access, table * PAGE + index * 8, 8, Privilege.supervisor) !== Allowed.no;
  }
}
