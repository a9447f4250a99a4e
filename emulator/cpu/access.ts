// Data accesses that the TLB cannot serve: it has no entry yet, or none can be.
//
// An access that no entry can stand for (a device's registers, a store to a
// page that has decoded code, bytes in two pages) runs through a window: an
// entry for that very address, which leads to eight bytes of the hart's state
// or to the page, for one instruction. So every row has one meaning only.

import { ATOMIC, BLOCK, PAGE, State } from "./layout.js";
import { accessFaults, TrappingHart } from "./trap.js";

export abstract class AccessingHart extends TrappingHart {
  /// Runs the instruction that left, and no other. It cannot fail any more.
  protected abstract runOne(): void;

  /// The data TLB has no entry for the access that left, which is in the state.
  protected dataMiss(access: "load" | "store"): void {
    const { breakpoints } = this.host;
    if (!breakpoints.any) return this.#access(access, false);
    const vaddr = this.getState(State.detail), bytes = this.word(State.access);
    const size = bytes & 0xff;
    const hit = breakpoints.hit(access, vaddr, size) ?? (bytes & ATOMIC ? breakpoints.hit("load", vaddr, size) : undefined);
    if (hit !== undefined && !this.goesOn()) return this.haltHere({ kind: "watchpoint", access, vaddr: hit });
    this.#access(access, breakpoints.watchesNear(vaddr));
  }

  #access(access: "load" | "store", isWatched: boolean): void {
    const { memory, code } = this.host;
    const low = this.word(State.detail), high = this.word(State.detail + 4);
    const size = this.word(State.access) & ~(ATOMIC | BLOCK);
    const asksOnly = (this.word(State.access) & BLOCK) !== 0;
    const offset = low & (PAGE - 1);
    const page = this.reach(access, low, high, Math.min(size, PAGE - offset), asksOnly ? "store" : access);
    if (page < 0) return;
    if (offset + size > PAGE) return this.#accessTwoPages(access, low, high, size, page);

    const address = memory.pageAddress(page);
    if (asksOnly && address < 0) {
      if (!this.host.findDevice(page * PAGE + offset)) return this.exception(accessFaults.store, low, high);
      return this.#throughWindow(access, low, high);
    }
    if (address < 0) return this.#accessDevice(access, low, high, size, page * PAGE + offset);
    if (access === "store" && page * PAGE < memory.map.ramBase) {
      this.#throughWindow("store", low, high);
      return this.host.romStore?.(this, page * PAGE + offset);
    }
    const isCode = access === "store" && code.has(address);
    if (!isCode && !this.onlyOnce && !isWatched) return this.tlb.fill(access, low, high, address, this.mmu.superpage);
    this.#throughEntry(access, low, high, address + offset);
    if (isCode) code.stored(address + offset, size);
  }

  #throughWindow(access: "load" | "store", low: number, high: number): void { this.#throughEntry(access, low, high, this.#window); }

  /// By an entry for this instruction and no other.
  #throughEntry(access: "load" | "store", low: number, high: number, address: number): void {
    this.tlb.fillOnce(access, low, high, address);
    this.runOne();
    this.tlb.drop(access, low);
  }

  get #window(): number { return this.address + State.window; }

  #accessTwoPages(access: "load" | "store", low: number, high: number, size: number, firstPage: number): void {
    const { memory, code } = this.host;
    const nextLow = ((low | (PAGE - 1)) + 1) | 0, nextHigh = nextLow === 0 ? (high + 1) | 0 : high;
    const inFirst = PAGE - (low & (PAGE - 1));
    const secondPage = this.reach(access, nextLow, nextHigh, size - inFirst);
    if (secondPage < 0) return;
    const first = memory.pageAddress(firstPage), second = memory.pageAddress(secondPage);
    // Devices do not take part in such accesses, nor is the ROM written.
    if (first < 0) return this.exception(accessFaults[access], low, high);
    if (second < 0) return this.exception(accessFaults[access], nextLow, nextHigh);
    const { bytes } = memory;
    const window = this.#window, split = window + inFirst, end = window + size, last = first + PAGE - inFirst;
    if (access === "load") {
      bytes.copyWithin(window, last, first + PAGE);
      bytes.copyWithin(split, second, second + size - inFirst);
      return this.#throughWindow(access, low, high);
    }
    this.#throughWindow(access, low, high);
    bytes.copyWithin(last, window, split);
    bytes.copyWithin(second, split, end);
    if (code.has(first)) code.stored(last, inFirst);
    if (code.has(second)) code.stored(second, size - inFirst);
  }

  #accessDevice(access: "load" | "store", low: number, high: number, size: number, paddr: number): void {
    const device = this.host.findDevice(paddr);
    if (!device || this.word(State.access) & ATOMIC) return this.exception(accessFaults[access], low, high);
    const { view } = this;
    const window = this.#window;
    const unit = paddr % size === 0 && size <= 4 ? (size as 1 | 2 | 4) : paddr % 4 === 0 && size === 8 ? 4 : 1;
    const at = paddr - device.base;
    if (access === "load") {
      for (let offset = 0; offset < size; offset += unit) {
        const value = device.read(at + offset, unit);
        this.observer.deviceAccessed?.(this, device.name, access, at + offset, unit, value);
        if (unit === 4) view.setUint32(window + offset, value, true);
        else if (unit === 2) view.setUint16(window + offset, value, true);
        else view.setUint8(window + offset, value);
      }
      this.#throughWindow(access, low, high);
    } else {
      this.#throughWindow(access, low, high);
      for (let offset = 0; offset < size; offset += unit) {
        const value = unit === 4 ? view.getUint32(window + offset, true) : unit === 2 ? view.getUint16(window + offset, true) : view.getUint8(window + offset);
        device.write(at + offset, unit, value);
        this.observer.deviceAccessed?.(this, device.name, access, at + offset, unit, value);
      }
      this.host.devicesChanged();
    }
  }
}
