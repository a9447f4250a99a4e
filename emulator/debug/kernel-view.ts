// What the kernel's memory says, read from outside by its debug information: all capabilities, by a walk over the
// derivation tree, and the objects that they name. Addresses are physical, as numbers; 0 is none.

import { ObjectType } from "../../kernel/abi/objects.js";
import type { Elf } from "../../compiler/object/elf-read.js";
import type { GuestMemory } from "../cpu/memory.js";
import { DebugTypes } from "./debug-types.js";

const HIGH = 2 ** 32;
/// Upper word of the kernel's map of physical addresses.
const PHYSMAP_HIGH = 0xffffffc0;
/// As in kernel/riscv64/lock.ts.
export const TICKET_STEP = 8;

export interface SlotView {
  readonly address: number;
  /// Where the object is, or the memory that the capability is about.
  readonly object: number;
  readonly type: ObjectType;
  readonly rights: number;
  readonly badge: number;
  readonly parent: number;
  readonly holder: number;
  readonly waiter: number;
}

/// The struct of each type of object that counts its capabilities.
export const structs: Partial<Record<ObjectType, string>> = {
  [ObjectType.CNode]: "CNode", [ObjectType.Endpoint]: "Endpoint", [ObjectType.Tcb]: "Tcb", [ObjectType.SchedContext]: "SchedContext",
  [ObjectType.VSpace]: "VSpace", [ObjectType.Notification]: "Notification", [ObjectType.IrqHandler]: "IrqHandler", [ObjectType.Portal]: "Portal",
  [ObjectType.Semaphore]: "Semaphore", [ObjectType.Channel]: "Channel", [ObjectType.MemoryObject]: "MemoryObject",
};

export class DamagedTree extends Error {}

export class KernelView {
  readonly types: DebugTypes;
  readonly #view: DataView;
  readonly #offsets = new Map<string, number>();

  constructor(elf: Elf, readonly memory: GuestMemory) {
    this.types = new DebugTypes(elf);
    this.#view = memory.view;
  }

  at(struct: string, field: string): number {
    const key = `${struct}.${field}`;
    const known = this.#offsets.get(key);
    if (known !== undefined) return known;
    const offset = this.types.offset(struct, field);
    this.#offsets.set(key, offset);
    return offset;
  }

  #place(paddr: number, bytes: number): number {
    const place = this.memory.addressOf(paddr, bytes);
    if (place < 0) throw new DamagedTree(`a pointer of the kernel's leads to 0x${paddr.toString(16)}, where no memory is`);
    return place;
  }

  u8(paddr: number): number { return this.#view.getUint8(this.#place(paddr, 1)); }
  u32(paddr: number): number { return this.#view.getUint32(this.#place(paddr, 4), true); }

  /// A word as a number: exact below 2^53.
  word(paddr: number): number {
    const place = this.#place(paddr, 8);
    return this.#view.getUint32(place + 4, true) * HIGH + this.#view.getUint32(place, true);
  }

  /// A pointer as a physical address.
  pointer(paddr: number): number {
    const place = this.#place(paddr, 8);
    const high = this.#view.getUint32(place + 4, true), low = this.#view.getUint32(place, true);
    return high >= PHYSMAP_HIGH ? (high - PHYSMAP_HIGH) * HIGH + low : high * HIGH + low;
  }

  field(struct: string, base: number, name: string): number { return this.word(base + this.at(struct, name)); }
  field8(struct: string, base: number, name: string): number { return this.u8(base + this.at(struct, name)); }
  field32(struct: string, base: number, name: string): number { return this.u32(base + this.at(struct, name)); }
  link(struct: string, base: number, name: string): number { return this.pointer(base + this.at(struct, name)); }

  global(name: string): number { return toPaddr(this.types.global(name)); }

  /// Harts that run the kernel; `hart` takes 0 to one less.
  hartCount(): number { return this.field("Harts", this.global("harts"), "count"); }

  /// Whether no hart is inside the kernel with its lock. One whose turn has come, but which waits still, is not.
  isQuiet(): boolean {
    const waiting = Array.from({ length: this.hartCount() }, (_, index) => this.field("Hart", this.hart(index), "isWaiting")).reduce((sum, waits) => sum + waits, 0);
    return this.tickets() - this.served() === waiting * TICKET_STEP;
  }

  /// Whether no hart is inside the kernel, or waits for its turn.
  isLeft(): boolean { return this.tickets() === this.served(); }

  /// Drawn for the kernel lock so far, times TICKET_STEP.
  tickets(): number { return this.field32("KernelLock", this.global("kernelLock"), "next"); }

  served(): number { return this.field32("KernelLock", this.global("kernelLock"), "serving"); }

  hart(index: number): number {
    return this.global("hartBlocks") + index * this.types.bytes("HartBlock") + this.at("HartBlock", "hart");
  }

  slot(address: number, parent: number): SlotView {
    const word = address + this.at("Slot", "word"), low = this.u32(word), waiterAndHolder = this.field32("Slot", address, "waiterAndHolder");
    const type = (low & 31) as ObjectType, named = this.link("Slot", address, "object"), struct = structs[type];
    return {
      address, type, parent,
      object: struct === undefined || named === 0 ? named : named - this.at(struct, "header"),
      rights: (low >>> 5) & 63,
      badge: this.u32(word + 4) * 65536 + (low >>> 16),
      holder: waiterAndHolder & 0xff,
      waiter: waiterAndHolder >>> 8,
    };
  }

  /// Every capability there is. Throws where the tree is damaged.
  slots(): SlotView[] {
    const found: SlotView[] = [], seen = new Set<number>();
    const child = this.at("Slot", "child"), next = this.at("Slot", "next"), prev = this.at("Slot", "prev");
    const open = [this.global("boot") + this.at("Boot", "root")];
    for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
      const first = this.u32(parent + child);
      for (let reference = first, before = 0; reference !== 0; ) {
        const address = reference * 32;
        if (seen.has(address)) throw new DamagedTree(`the slot at 0x${address.toString(16)} is in the derivation tree twice`);
        seen.add(address);
        const view = this.slot(address, parent);
        if (view.type === ObjectType.Null) throw new DamagedTree(`an empty slot at 0x${address.toString(16)} is in the derivation tree`);
        found.push(view);
        if (this.u32(address + child) !== 0) open.push(address);
        if (before !== 0 && this.u32(address + prev) !== before) throw new DamagedTree(`siblings at 0x${address.toString(16)} do not agree`);
        before = reference;
        const following = this.u32(address + next);
        if (following < 0x8000_0000) {
          reference = following;
          continue;
        }
        if ((following - 0x8000_0000) * 32 !== parent) throw new DamagedTree(`the last child at 0x${address.toString(16)} has another parent`);
        if (this.u32(first * 32 + prev) !== reference) throw new DamagedTree(`the first child below 0x${parent.toString(16)} does not know the last`);
        break;
      }
    }
    return found;
  }
}

export function toPaddr(vaddr: bigint): number {
  return Number(vaddr - 0xffffffc000000000n);
}
