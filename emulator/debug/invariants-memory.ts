// Invariants 9 to 13 and 15: untyped memory, page tables, shared pages, what the TLB remembers, interrupt lines.

import { ObjectType } from "../../kernel/abi/objects.js";
import { hex, type MachineFacts, type Objects, type Report } from "./invariants.js";
import { DamagedTree, type KernelView, type SlotView } from "./kernel-view.js";

const Pte = { valid: 1, read: 2, write: 4, execute: 8, user: 16, global: 32, copyOnWrite: 256 } as const;
const LEAF = Pte.read | Pte.write | Pte.execute;
const Right = { read: 8, write: 16, execute: 32 } as const;
const PAGE = 4096;
const HALF = 256;
const DEMAND = 256;

/// A 4 KiB page that a user can reach.
interface Mapping {
  readonly vaddr: number;
  readonly paddr: number;
  readonly flags: number;
}

export function checkMemory(view: KernelView, objects: Objects, facts: MachineFacts, report: Report): void {
  checkUntyped(objects, report);
  const kernelPages = pagesOfObjects(view, objects);
  const bySpace = new Map<number, Map<number, Mapping>>();
  for (const v of objects.of(ObjectType.VSpace)) {
    const mapped = mappingsOf(view, v, report);
    const asid = view.field("VSpace", v, "asid");
    if (asid !== 0) bySpace.set(asid, mapped);
    checkBacked(view, objects, v, mapped, report);
    for (const { paddr, vaddr } of mapped.values()) if (kernelPages.has(paddr)) report(10, `the kernel's object at ${hex(paddr)} is mapped at ${hex(vaddr)}`);
  }
  checkKernelMap(view, report);
  checkPages(view, objects, report);
  checkRemembered(bySpace, facts, report);
  checkLines(view, objects, facts, report);
}

function blockOf({ object, badge, type }: SlotView): { start: number; end: number; used: number } {
  if (type === ObjectType.AllocRight) {
    const bits = Math.floor(badge / 32) % 64, count = Math.floor(badge / 65536);
    return { start: object, end: object + count * 2 ** bits, used: 0 };
  }
  const bits = badge % 64;
  return { start: object, end: object + 2 ** bits, used: Math.floor(badge / 64) };
}

// 9: what is derived from a block lies in the part of it that is handed out, and blocks beside each other are disjoint.
function checkUntyped({ slots }: Objects, report: Report): void {
  const blocks = new Map(slots.filter(({ type }) => type === ObjectType.Untyped).map((slot) => [slot.address, slot]));
  const children = new Map<number, { start: number; end: number }[]>();
  for (const slot of blocks.values()) {
    const { start, end, used } = blockOf(slot);
    if (start % (end - start) !== 0) report(9, `the block at ${hex(start)} is not aligned on its size`);
    if (used > end - start) report(9, `the block at ${hex(start)} has handed out more than it has`);
  }
  for (const slot of slots) {
    const parent = blocks.get(slot.parent);
    if (!parent || (slot.type !== ObjectType.Untyped && slot.type !== ObjectType.AllocRight)) continue;
    const outer = blockOf(parent), inner = blockOf(slot);
    if (inner.start < outer.start || inner.end > outer.start + outer.used) report(9, `the block at ${hex(inner.start)} is not inside the one that it was made from`);
    const beside = children.get(parent.address) ?? [];
    if (beside.some(({ start, end }) => inner.start < end && start < inner.end)) report(9, `the block at ${hex(inner.start)} overlaps another`);
    children.set(parent.address, [...beside, inner]);
  }
}

function pagesOfObjects(view: KernelView, objects: Objects): Set<number> {
  const pages = new Set<number>();
  for (const type of [ObjectType.CNode, ObjectType.Tcb, ObjectType.VSpace, ObjectType.MemoryObject, ObjectType.Endpoint, ObjectType.SchedContext]) {
    for (const object of objects.of(type)) {
      const bytes = type === ObjectType.VSpace ? view.types.bytes("VSpace") : 1;
      for (let at = object - (object % PAGE); at < object + bytes; at += PAGE) pages.add(at);
    }
  }
  return pages;
}

function pteAt(view: KernelView, table: number, index: number): { low: number; paddr: number; word: number } {
  const word = view.word(table + 8 * index), low = view.u32(table + 8 * index);
  return { word, low, paddr: (Math.floor(word / 1024) % 2 ** 44) * PAGE };
}

/// By virtual page; also says what no entry may say.
function mappingsOf(view: KernelView, v: number, report: Report): Map<number, Mapping> {
  const found = new Map<number, Mapping>();
  const walk = (table: number, level: number, base: number) => {
    for (let index = 0; index < (level === 2 ? HALF : 512); index++) {
      const { low, paddr, word } = pteAt(view, table, index), vaddr = base + index * PAGE * 512 ** level;
      if ((low & Pte.valid) === 0) {
        if (word !== 0 && (level !== 0 || (low & DEMAND) === 0)) report(12, `the entry for ${hex(vaddr)} is neither empty nor a marker`);
        continue;
      }
      if ((low & LEAF) === 0) {
        if (level === 0) report(11, `a pointer to a table where a page is meant, at ${hex(vaddr)}`);
        else walk(paddr, level - 1, vaddr);
        continue;
      }
      if ((low & Pte.user) === 0) report(10, `an entry of the kernel's in the user's half, at ${hex(vaddr)}`);
      if ((low & (Pte.write | Pte.execute)) === (Pte.write | Pte.execute)) report(10, `the page at ${hex(vaddr)} is writable and executable`);
      found.set(vaddr, { vaddr, paddr, flags: low & 0x3ff });
    }
  };
  walk(v, 2, 0);
  return found;
}

// 11 and 12: every page is there by a Frame capability that says where it is mapped, or by a region.
function checkBacked(view: KernelView, { slots }: Objects, v: number, mapped: ReadonlyMap<number, Mapping>, report: Report): void {
  const asid = view.field("VSpace", v, "asid"), frames = new Map<number, SlotView>();
  for (const slot of slots) {
    if (slot.type === ObjectType.Frame && Math.floor(slot.badge / 2) % 65536 === asid && asid !== 0) frames.set(Math.floor(slot.badge / 2 ** 17) * PAGE, slot);
  }
  const regions = regionsOf(view, v);
  for (const { vaddr, paddr, flags } of mapped.values()) {
    const region = regions.find(({ start, end }) => vaddr >= start && vaddr < end), frame = frames.get(vaddr);
    const needed = (flags & Pte.read ? Right.read : 0) | (flags & Pte.write ? Right.write : 0) | (flags & Pte.execute ? Right.execute : 0);
    if (region) {
      const entry = entryOf(view, region.object, region.offset + (vaddr - region.start) / PAGE);
      if (entry.page !== paddr) report(entry.page === 0 ? 12 : 11, `the page at ${hex(vaddr)} is not the one of its MemoryObject`);
      if (entry.isShared && flags & Pte.write) report(12, `the shared page at ${hex(vaddr)} is writable`);
      if ((needed & ~region.rights) !== 0) report(11, `the page at ${hex(vaddr)} allows more than its region`);
    } else if (!frame || frame.object !== paddr) report(11, `nothing backs the page at ${hex(vaddr)}`);
    else if ((needed & ~frame.rights) !== 0) report(11, `the page at ${hex(vaddr)} allows more than its Frame capability`);
  }
}

interface RegionView {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
  readonly rights: number;
  readonly object: number;
}

function regionsOf(view: KernelView, v: number): RegionView[] {
  const found: RegionView[] = [], bytes = view.types.bytes("Region");
  for (let index = 0; index < 120; index++) {
    const r = v + view.at("VSpace", "regions") + index * bytes;
    const slot = view.slot(r + view.at("Region", "slot"), 0);
    if (slot.type !== ObjectType.MemoryObject) continue;
    const start = view.field("Region", r, "vaddr");
    found.push({ start, end: start + view.field32("Region", r, "count") * PAGE, offset: view.field32("Region", r, "offset"), rights: view.field8("Region", r, "rights"), object: slot.object });
  }
  return found;
}

function entryOf(view: KernelView, m: number, index: number): { page: number; isShared: boolean; address: number } {
  const address = m + view.types.bytes("MemoryObject") + 16 * index;
  return { address, page: view.u32(address) * PAGE, isShared: view.u32(address + 4) * 16 !== address };
}

// 12: the entries that share a page are a circle, and count as committed.
function checkPages(view: KernelView, objects: Objects, report: Report): void {
  for (const m of objects.of(ObjectType.MemoryObject)) {
    let committed = 0;
    for (let index = 0, capacity = view.field32("MemoryObject", m, "capacity"); index < capacity; index++) {
      const { address, page } = entryOf(view, m, index);
      if (page === 0) continue;
      committed += 1;
      const next = view.u32(address + 4) * 16;
      if (view.u32(next) * PAGE !== page || view.u32(next + 8) * 16 !== address) report(12, `page ${index} of the MemoryObject at ${hex(m)} shares with one that does not share with it`);
    }
    if (committed !== view.field32("MemoryObject", m, "committed")) report(12, `the MemoryObject at ${hex(m)} miscounts its pages`);
  }
}

// 10: in the kernel's half nothing is the user's, and nothing both writable and executable.
function checkKernelMap(view: KernelView, report: Report): void {
  const walk = (table: number, level: number) => {
    for (let index = level === 2 ? HALF : 0; index < 512; index++) {
      const { low, paddr } = pteAt(view, table, index);
      if ((low & Pte.valid) === 0) continue;
      if ((low & LEAF) === 0) {
        if (level > 0) walk(paddr, level - 1);
        continue;
      }
      if ((low & Pte.user) !== 0) report(10, "an entry of the kernel's half is the user's");
      if ((low & (Pte.write | Pte.execute)) === (Pte.write | Pte.execute)) report(10, "memory of the kernel's is writable and executable");
    }
  };
  walk(view.global("spaces") + view.at("Spaces", "kernelRoot"), 2);
}

// 13: what a hart remembers is what the tables say now.
function checkRemembered(bySpace: ReadonlyMap<number, ReadonlyMap<number, Mapping>>, { remembered }: MachineFacts, report: Report): void {
  for (const { access, vaddr, paddr, asid } of remembered) {
    const now = bySpace.get(asid)?.get(vaddr);
    if (!now) report(13, `a hart remembers ${hex(vaddr)} in address space ${asid}, where nothing is mapped`);
    else if (paddr >= 0 && now.paddr !== paddr) report(13, `a hart remembers another page at ${hex(vaddr)} in address space ${asid}`);
    else if (access === "store" && (now.flags & Pte.write) === 0) report(13, `a hart remembers ${hex(vaddr)} in address space ${asid} as writable`);
  }
}

// 15: a line is open where a handler listens to it and none is busy with it.
function checkLines(view: KernelView, objects: Objects, { linePriority }: MachineFacts, report: Report): void {
  const handlers = view.global("lines") + view.at("Lines", "handlers");
  for (let line = 1; line < 96; line++) {
    let listens = false, isBusy = false, count = 0;
    for (let h = view.pointer(handlers + 8 * line); h !== 0; h = view.link("IrqHandler", h, "next")) {
      if (!objects.has(ObjectType.IrqHandler, h)) return report(8, `the handler at ${hex(h)} of line ${line} is none`);
      if (view.field8("IrqHandler", h, "pending") !== 0) isBusy = true;
      if (view.slot(h + view.at("IrqHandler", "notification"), 0).type !== ObjectType.Null) listens = true;
      if ((count += 1) > 10_000) throw new DamagedTree("the handlers of a line are a circle");
    }
    if ((linePriority(line) !== 0) !== (listens && !isBusy)) report(15, `line ${line} is ${linePriority(line) !== 0 ? "open" : "masked"}, its handlers say otherwise`);
  }
}
