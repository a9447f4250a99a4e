// Where a debugger wants harts to stop. One for the machine.
//
// A breakpoint is a virtual address, whatever address space is in use. Decoded
// code knows physical pages only, so a record is marked where its offset in the
// page is a breakpoint's, and whoever meets the mark compares addresses. No
// guest memory changes, so a run with breakpoints is the run without. Pages with
// watched bytes get no TLB entry that stays: each access to them comes to the
// hart. Either stops before the instruction, as RISC-V's own triggers do.

import { PAGE } from "./layout.js";

/// Why a hart stopped for a debugger: before an instruction, or after a step.
export type Halt =
  | { readonly kind: "breakpoint" }
  | { readonly kind: "watchpoint"; readonly access: "load" | "store"; readonly vaddr: bigint }
  | { readonly kind: "step" };

export interface Watch {
  readonly vaddr: bigint;
  readonly bytes: number;
  readonly access: "load" | "store" | "both";
}

export class Breakpoints {
  readonly #addresses = new Set<bigint>();
  readonly #offsets = new Set<number>();
  #watches: readonly Watch[] = [];

  /// `changed` is called after each change: what is decoded or translated may be wrong now.
  constructor(private readonly changed: () => void) {}

  get any(): boolean { return this.#addresses.size > 0 || this.#watches.length > 0; }

  add(vaddr: bigint): void { this.#change(() => this.#addresses.add(BigInt.asUintN(64, vaddr))); }
  remove(vaddr: bigint): void { this.#change(() => this.#addresses.delete(BigInt.asUintN(64, vaddr))); }
  watch(watch: Watch): void { this.#change(() => { this.#watches = [...this.#watches, watch]; }); }
  unwatch({ vaddr, bytes, access }: Watch): void {
    this.#change(() => { this.#watches = this.#watches.filter((each) => each.vaddr !== vaddr || each.bytes !== bytes || each.access !== access); });
  }
  clear(): void {
    this.#change(() => {
      this.#addresses.clear();
      this.#watches = [];
    });
  }

  has(vaddr: bigint): boolean { return this.#addresses.has(vaddr); }
  /// Whether a breakpoint may be at this offset of a page.
  mayBeAt(offset: number): boolean { return this.#offsets.has(offset); }

  /// A watch in the page that an address is in, or that begins with the page after it.
  watchesNear(vaddr: bigint): boolean {
    const page = vaddr - (vaddr % BigInt(PAGE));
    return this.#watches.some(({ vaddr, bytes }) => vaddr < page + BigInt(2 * PAGE) && vaddr + BigInt(bytes) > page);
  }

  /// The address of the watch that an access of so many bytes touches.
  hit(access: "load" | "store", vaddr: bigint, bytes: number): bigint | undefined {
    return this.#watches.find((watch) => (watch.access === "both" || watch.access === access) && watch.vaddr < vaddr + BigInt(bytes) && vaddr < watch.vaddr + BigInt(watch.bytes))?.vaddr;
  }

  #change(change: () => void): void {
    change();
    this.#offsets.clear();
    for (const vaddr of this.#addresses) this.#offsets.add(Number(vaddr % BigInt(PAGE)));
    this.changed();
  }
}
