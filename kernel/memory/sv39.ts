// Sv39 page tables (privileged spec, 12.4): three levels of 512 entries.
//
//   virtual address
//    63        39 38      30 29      21 20      12 11          0
//   +------------+----------+----------+----------+-------------+
//   | = bit 38   |  VPN[2]  |  VPN[1]  |  VPN[0]  | page offset |
//   +------------+----------+----------+----------+-------------+
//
//   page-table entry
//    63  62  61 60      54 53                        10 9   8 7 6 5 4 3 2 1 0
//   +--+------+-----------+---------------------------+-----+-+-+-+-+-+-+-+-+
//   |N | PBMT | reserved  |            PPN            | RSW |D|A|G|U|X|W|R|V|
//   +--+------+-----------+---------------------------+-----+-+-+-+-+-+-+-+-+
//
// R = W = X = 0 with V = 1 points at the next level; anything else is a leaf. The kernel keeps A and D
// set in every leaf, so that hardware which does not write them never faults for them.
import { toVaddr, toPaddr, type Paddr, type Vaddr } from "./layout.js";

export type Pte = u64;

export enum PteFlag {
  Valid = 1 << 0,
  Read = 1 << 1,
  Write = 1 << 2,
  Execute = 1 << 3,
  User = 1 << 4,
  Global = 1 << 5,
  Accessed = 1 << 6,
  Dirty = 1 << 7,
  /// RSW: not writable for now, as the page is shared.
  CopyOnWrite = 1 << 8,
}

const LEAF: u64 = PteFlag.Read | PteFlag.Write | PteFlag.Execute;
const SV39: u64 = 8;

@align(4096)
export class PageTable {
  entries: Arr<Pte, 512>;
}

/// Index into the table of `level` (2 is the root).
export function vpn(vaddr: Vaddr, level: u64): u64 {
  return (vaddr >>> (12 + 9 * level)) & 511;
}

export function ptePaddr(pte: Pte): Paddr {
  return ((pte >>> 10) & 0xfff_ffff_ffff) << 12;
}

export function makePte(paddr: Paddr, flags: u64): Pte {
  return ((paddr >>> 12) << 10) | flags;
}

export function leafPte(paddr: Paddr, flags: u64): Pte {
  return makePte(paddr, flags | PteFlag.Valid | PteFlag.Accessed | PteFlag.Dirty);
}

export function tablePte(table: Ptr<PageTable>): Pte {
  return makePte(toPaddr(u64.of(table)), PteFlag.Valid);
}

export function satpOf(root: Ptr<PageTable>, asid: u64): u64 {
  return (SV39 << 60) | (asid << 44) | (toPaddr(u64.of(root)) >>> 12);
}

export enum WalkStop { Leaf, MissingTable, Empty }

export class Walk {
  stop: WalkStop;
  level: u64;
  entry: Ptr<Pte>;
}

/// Follows `vaddr` down to a leaf, an empty entry of the last level, or a missing table.
export function walk(root: Ptr<PageTable>, vaddr: Vaddr): Walk {
  let table = root;
  for (let level: u64 = 2; ; level--) {
    const entry = ref(table.entries[vpn(vaddr, level)]);
    const pte = entry.$;
    if ((pte & LEAF) !== 0) return { stop: WalkStop.Leaf, level, entry };
    if (level === 0) return { stop: WalkStop.Empty, level, entry };
    if ((pte & PteFlag.Valid) === 0) return { stop: WalkStop.MissingTable, level, entry };
    table = unsafe.ptr<PageTable>(toVaddr(ptePaddr(pte)));
  }
}
