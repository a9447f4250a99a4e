// Guest memory: RAM and the boot ROM, inside the machine's WebAssembly memory.
//
// Whoever changes guest memory other than by a guest's store calls `changed`
// (or uses `write`), since decoded code must not go stale.

import { Globals, Layout, MAXIMUM_HARTS, PAGE, Tlb } from "./layout.js";

export interface MemoryMap {
  readonly ramBase: number;
  readonly ramBytes: number;
  readonly romBase: number;
  readonly romBytes: number;
}

export class GuestMemory {
  readonly wasm: WebAssembly.Memory;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /// Told of every change that is not a guest's store, by place in `bytes`.
  onChange: (address: number, length: number) => void = () => {};

  constructor(readonly map: MemoryMap) {
    if (map.ramBytes % 65536 !== 0 || map.ramBytes > 3 * 2 ** 30) throw new RangeError("RAM must be a multiple of 64 KiB, at most 3 GiB");
    if (map.romBytes > 65536) throw new RangeError("the boot ROM must fit in 64 KiB");
    const pages = (Layout.ram + map.ramBytes) / 65536;
    this.wasm = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.view = new DataView(this.wasm.buffer);
    this.bytes = new Uint8Array(this.wasm.buffer);
    this.words = new Int32Array(this.wasm.buffer);
    this.view.setBigUint64(Globals.ramBase, BigInt(map.ramBase), true);
    for (const tlb of [Tlb.load, Tlb.store, Tlb.fetch]) {
      // Every entry has a page that belongs in another entry, which nothing can match.
      for (let index = 0; index < Tlb.entries; index++) this.words[(Layout.emptyTlbs + tlb + index * Tlb.entrySize) >> 2] = (index ^ 1) * PAGE;
    }
    for (let set = 0; set < MAXIMUM_HARTS * Tlb.sets; set += Tlb.sets) this.clearTlbSet(Layout.tlbSets + set * Tlb.setSize);
  }

  clearTlbSet(address: number): void {
    this.bytes.copyWithin(address, Layout.emptyTlbs, Layout.emptyTlbs + Tlb.setSize);
  }

  /// Where a page of RAM or ROM lies in `bytes`, by physical page number; -1 where there is none.
  pageAddress(pageNumber: number): number {
    const { ramBase, ramBytes, romBase, romBytes } = this.map;
    const paddr = pageNumber * PAGE;
    if (paddr >= ramBase && paddr < ramBase + ramBytes) return Layout.ram + (paddr - ramBase);
    return paddr >= romBase && paddr < romBase + romBytes ? Layout.rom + (paddr - romBase) : -1;
  }

  /// Where `length` bytes of RAM or ROM lie in `bytes`; -1 where not all of them do.
  addressOf(paddr: number, length: number): number {
    const { ramBase, ramBytes, romBase, romBytes } = this.map;
    if (paddr >= ramBase && paddr + length <= ramBase + ramBytes) return Layout.ram + (paddr - ramBase);
    return paddr >= romBase && paddr + length <= romBase + romBytes ? Layout.rom + (paddr - romBase) : -1;
  }

  /// The physical address of a place in `bytes`; -1 where it is no RAM.
  paddrOf(place: number): number {
    const { ramBase, ramBytes } = this.map;
    return place >= Layout.ram && place < Layout.ram + ramBytes ? ramBase + (place - Layout.ram) : -1;
  }

  /// The bytes themselves, to read; undefined where they are not all memory.
  slice(paddr: number, length: number): Uint8Array | undefined {
    const address = this.addressOf(paddr, length);
    return address < 0 ? undefined : this.bytes.subarray(address, address + length);
  }

  /// False, and nothing is written, where they are not all memory.
  write(paddr: number, data: Uint8Array): boolean {
    const address = this.addressOf(paddr, data.length);
    if (address < 0) return false;
    this.bytes.set(data, address);
    this.onChange(address, data.length);
    return true;
  }
}
