// The Sv39 walk. ISA manual, volume II, chapters 10.3 and 10.4.
//
//      63  54 53        28 27    19 18    10 9 8 7 6 5 4 3 2 1 0
//     |  0   |   PPN[2]   | PPN[1] | PPN[0] |RSW|D A G U X W R V|
//
// Virtual addresses are two 32-bit halves, since a BigInt costs more than the
// walk. Physical addresses are page numbers. A and D bits are written by the
// walk, as QEMU 7.2 does and as Svadu says.

import { Privilege } from "../isa/row.js";
import type { GuestMemory } from "./memory.js";
import { Layout } from "./layout.js";
import type { Access } from "./tlb.js";

/// What a translation gives in place of a page number.
export const PAGE_FAULT = -1;
export const ACCESS_FAULT = -2;

const Pte = { valid: 1, read: 2, write: 4, execute: 8, user: 16, accessed: 64, dirty: 128 } as const;

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
}

export class Mmu {
  /// Whether the last translation went through a superpage.
  superpage = false;

  constructor(private readonly memory: GuestMemory) {}

  /// The physical page number of an address, or a fault. With `probe`, A and D stay as they are.
  translate(access: Access, vaddrLow: number, vaddrHigh: number, { privilege, sum, mxr, satpLow, satpHigh }: Regime, probe = false): number {
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
      if (page < 0) return ACCESS_FAULT;
      const address = page + index * 8;
      const low = words[address >>> 2] as number;
      const high = words[(address >>> 2) + 1] as number;
      // Reserved bits: N, PBMT and those that no extension uses.
      if (!(low & Pte.valid) || (low & (Pte.read | Pte.write)) === Pte.write || high >>> 22 !== 0) return PAGE_FAULT;
      const pageNumber = (high & 0x3f_ffff) * 0x40_0000 + (low >>> 10);
      if (!(low & (Pte.read | Pte.write | Pte.execute))) {
        if (low & (Pte.dirty | Pte.accessed | Pte.user)) return PAGE_FAULT;
        table = pageNumber;
        continue;
      }
      const inSuperpage = level === 2 ? 0x3_ffff : level === 1 ? 0x1ff : 0;
      if ((low >>> 10) & inSuperpage) return PAGE_FAULT;
      if (low & Pte.user) {
        if (privilege !== Privilege.user && (!sum || access === "fetch")) return PAGE_FAULT;
      } else if (privilege !== Privilege.supervisor) return PAGE_FAULT;
      const allowed = access === "fetch" ? low & Pte.execute : access === "store" ? low & Pte.write : low & Pte.read || (mxr && low & Pte.execute);
      if (!allowed) return PAGE_FAULT;
      const marked = low | Pte.accessed | (access === "store" ? Pte.dirty : 0);
      if (marked !== low && !probe) {
        if (address < Layout.ram) return PAGE_FAULT;
        words[address >>> 2] = marked;
        this.memory.onChange(address, 4);
      }
      this.superpage = level > 0;
      return pageNumber + ((vaddrLow >>> 12) & (level === 2 ? 0x3_ffff : inSuperpage));
    }
    return PAGE_FAULT;
  }
}
