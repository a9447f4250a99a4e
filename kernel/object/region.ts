// Regions: where MemoryObjects are mapped in an address space. A region lies in its VSpace and holds a capability to
// its MemoryObject, which has all its regions in a list; when the capability goes, the pages go first.
//
// A page that is not committed has a marker in its page-table entry, which names the region: V = 0, and
//
//    63            16 15     9   8    7       0
//   +----------------+--------+-----+----------+
//   |     region     |    0   |  D  |    0     |
//   +----------------+--------+-----+----------+
import { Holder, Slot, rightsOf, setHolder, typeOf } from "./capability.js";
import { clear, derive, lookup } from "./cnode.js";
import { DROPS_PER_STEP, MOST_REGIONS, PAGES_PER_STEP, commitPage, entryAt, isShared, memoryObjectOf, pageOf, unsharePage } from "./memory-object.js";
import { VSpace, flushEmpty, flushPage, isUsable, makeTables } from "./vspace.js";
import { PteFlag, WalkStop, leafPte, walk } from "../memory/sv39.js";
import { type Vaddr, PAGE_BITS, PAGE_SIZE, USER_END } from "../memory/layout.js";
import { FaultCode, ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

@align(32)
export class Region {
  slot: Slot;
  next: Ptr<Region> | null;
  prev: Ptr<Region> | null;
  vaddr: Vaddr;
  /// In pages: where in the MemoryObject it starts, how many are mapped so far, how many are to be.
  offset: u32;
  count: u32;
  wanted: u32;
  /// Pages that have the rights that VSpaceProtect has set.
  cursor: u32;
  rights: u8;
  /// Why the region is being undone; 0: it is not.
  error: u8;
}

const DEMAND: u64 = 1 << 8;
const REGION_AT: u64 = 16;
const ACCESS: u64 = Right.Read | Right.Write | Right.Execute;
const FETCH_FAULT: u64 = 12, STORE_FAULT: u64 = 15;

export function vspaceOf(r: Ptr<Region>): Ptr<VSpace> {
  return unsafe.ptr<VSpace>(u64.of(r) & ~(sizeof<VSpace>() - 1));
}

function indexOfRegion(r: Ptr<Region>): u64 {
  return (u64.of(r) - u64.of(ref(vspaceOf(r).regions))) / sizeof<Region>();
}

export function regionAt(v: Ptr<VSpace>, vaddr: Vaddr): Ptr<Region> | null {
  for (let i: usize = 0; i < v.regions.length; i++) {
    const r = ref(v.regions[i]);
    if (r.slot.word !== 0 && vaddr >= r.vaddr && (vaddr - r.vaddr) >>> PAGE_BITS < r.wanted) return r;
  }
  return null;
}

/// What the page-table entry of page `index` of a region is to be.
function pteFor(r: Ptr<Region>, index: u64): u64 {
  const entry = entryAt(memoryObjectOf(ref(r.slot)), r.offset + index);
  if (entry.page === 0) return (indexOfRegion(r) << REGION_AT) | DEMAND;
  let flags: u64 = PteFlag.User | PteFlag.Read;
  if ((r.rights & Right.Execute) !== 0) flags |= PteFlag.Execute;
  if ((r.rights & Right.Write) !== 0) flags |= isShared(entry) ? PteFlag.CopyOnWrite : PteFlag.Write;
  return leafPte(pageOf(entry), flags);
}

/// Writes the entry of a mapped page anew, after its page or its sharing has changed.
export function refreshPage(r: Ptr<Region>, index: u64): void {
  const v = vspaceOf(r), vaddr = r.vaddr + (index << PAGE_BITS);
  const { stop, entry } = walk(ref(v.root), vaddr);
  if (stop === WalkStop.MissingTable) return;
  entry.$ = pteFor(r, index);
  flushPage(v, vaddr);
}

/// A fault at `vaddr` that the kernel resolves itself (2.13): 0 where it has, else the code to tell the handler.
export function resolveFault(v: Ptr<VSpace>, code: u64, vaddr: Vaddr): u64 {
  attr({ inline: "never" });
  if (vaddr >= USER_END) return code;
  const { stop, entry } = walk(ref(v.root), vaddr);
  if (stop === WalkStop.MissingTable) return code;
  const pte = entry.$;
  const needed: u64 = code === STORE_FAULT ? Right.Write : code === FETCH_FAULT ? Right.Execute : Right.Read;
  let r: Ptr<Region> | null = null;
  if (stop === WalkStop.Leaf) {
    const flag: u64 = code === STORE_FAULT ? PteFlag.Write : code === FETCH_FAULT ? PteFlag.Execute : PteFlag.Read;
    if ((pte & flag) !== 0) {
      // Another hart was faster, or this one remembered what is no more.
      flushEmpty(v, vaddr);
      return 0;
    }
    if (code === STORE_FAULT && (pte & PteFlag.CopyOnWrite) !== 0) r = regionAt(v, vaddr);
  } else if ((pte & DEMAND) !== 0) {
    r = ref(v.regions[pte >>> REGION_AT]);
  }
  return r === null || (r.rights & needed) === 0 ? code : resolveIn(r, code, vaddr);
}

// Its region allows the access.
function resolveIn(r: Ptr<Region>, code: u64, vaddr: Vaddr): u64 {
  attr({ inline: "never" });
  const m = memoryObjectOf(ref(r.slot)), index = (vaddr - r.vaddr) >>> PAGE_BITS, page = r.offset + index;
  if (!commitPage(m, page) || (code === STORE_FAULT && !unsharePage(m, page))) return FaultCode.PoolEmpty;
  refreshPage(r, index);
  return 0;
}

export function invokeMapMO(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const v = unsafe.container<VSpace>(slot.object!, "header"), vaddr = a[0], offset = a[2], count = a[3], rights = a[4];
  const mo = lookup(t.cspace, a[1]);
  if (mo === null || typeOf(mo) !== ObjectType.MemoryObject || !isUsable(v)) return KernelError.InvalidCapability;
  const m = memoryObjectOf(mo);
  if (count === 0 || offset >= m.capacity || count > m.capacity - offset) return KernelError.InvalidArgument;
  if (!isMapping(rights) || vaddr % PAGE_SIZE !== 0 || vaddr < PAGE_SIZE || vaddr >= USER_END || count << PAGE_BITS > USER_END - vaddr) return KernelError.InvalidArgument;
  if ((rights & ~rightsOf(mo)) !== 0 || (rightsOf(mo) & Right.Grant) === 0) return KernelError.MissingRight;
  if (m.isUnfinished) return KernelError.InvalidOperation;
  let r = startedRegion(v, vaddr, mo, offset, count, rights);
  if (r === null) {
    if (overlaps(v, vaddr, count)) return KernelError.SlotOccupied;
    r = freeRegion(v);
    if (r === null || m.regionCount === MOST_REGIONS) return KernelError.OutOfMemory;
    derive(ref(r.slot), mo, Right.All, 0);
    enterRegion(r, vaddr, u32(offset), u32(count), u8(rights));
  }
  return continueMap(r);
}

function isMapping(rights: u64): boolean {
  if ((rights & Right.Read) === 0 || (rights & ~ACCESS) !== 0) return false;
  return (rights & (Right.Write | Right.Execute)) !== (Right.Write | Right.Execute);
}

// The region of a call that was preempted.
function startedRegion(v: Ptr<VSpace>, vaddr: Vaddr, mo: Ptr<Slot>, offset: u64, count: u64, rights: u64): Ptr<Region> | null {
  const r = regionAt(v, vaddr);
  if (r === null || r.vaddr !== vaddr || r.slot.object !== mo.object || r.offset !== offset || r.wanted !== count || r.rights !== rights) return null;
  return r.count < r.wanted || r.error !== 0 ? r : null;
}

function overlaps(v: Ptr<VSpace>, vaddr: Vaddr, count: u64): boolean {
  const end = vaddr + (count << PAGE_BITS);
  for (let i: usize = 0; i < v.regions.length; i++) {
    const r = ref(v.regions[i]);
    if (r.slot.word !== 0 && vaddr < r.vaddr + (u64(r.wanted) << PAGE_BITS) && r.vaddr < end) return true;
  }
  return false;
}

function freeRegion(v: Ptr<VSpace>): Ptr<Region> | null {
  for (let i: usize = 0; i < v.regions.length; i++) if (v.regions[i].slot.word === 0) return ref(v.regions[i]);
  return null;
}

/// The region's slot has its capability.
export function enterRegion(r: Ptr<Region>, vaddr: Vaddr, offset: u32, count: u32, rights: u8): void {
  const m = memoryObjectOf(ref(r.slot));
  setHolder(ref(r.slot), Holder.Region);
  r.vaddr = vaddr;
  r.offset = offset;
  r.count = 0;
  r.wanted = count;
  r.cursor = 0;
  r.rights = rights;
  r.error = 0;
  r.prev = null;
  r.next = m.regions;
  if (r.next !== null) r.next.prev = r;
  m.regions = r;
  m.regionCount += 1;
}

/// Maps some more pages of a region, or undoes what cannot be finished.
export function continueMap(r: Ptr<Region>): KernelError {
  if (r.error !== 0) return undo(r);
  const v = vspaceOf(r);
  for (let step: u32 = 0; step < PAGES_PER_STEP; step++) {
    if (r.count === r.wanted) return KernelError.None;
    const vaddr = r.vaddr + (u64(r.count) << PAGE_BITS);
    const { entry, error } = makeTables(v, vaddr);
    if (error !== KernelError.None) {
      r.error = error;
      return undo(r);
    }
    entry.$ = pteFor(r, r.count);
    flushEmpty(v, vaddr);
    r.count += 1;
  }
  return r.count === r.wanted ? KernelError.None : KernelError.Restart;
}

function undo(r: Ptr<Region>): KernelError {
  const error = unsafe.enumOf<KernelError>(r.error);
  return clear(ref(r.slot)) ? error : KernelError.Restart;
}

/// Unmaps some pages, from the last on; true when none is left. What `clear` does before the capability goes.
export function shrinkRegion(r: Ptr<Region>): boolean {
  const v = vspaceOf(r);
  for (let step: u32 = 0; step < DROPS_PER_STEP; step++) {
    if (r.count === 0) return true;
    r.count -= 1;
    const vaddr = r.vaddr + (u64(r.count) << PAGE_BITS);
    const { stop, entry } = walk(ref(v.root), vaddr);
    if (stop === WalkStop.MissingTable) continue;
    entry.$ = 0;
    flushPage(v, vaddr);
  }
  return r.count === 0;
}

/// Its capability is about to go, and no page of it is mapped.
export function leaveObject(r: Ptr<Region>): void {
  if (r.wanted === 0) return;
  const m = memoryObjectOf(ref(r.slot)), next = r.next, prev = r.prev;
  if (prev === null) m.regions = next;
  else prev.next = next;
  if (next !== null) next.prev = prev;
  m.regionCount -= 1;
  r.next = null;
  r.prev = null;
  r.wanted = 0;
}

function regionOfCall(slot: Ptr<Slot>, vaddr: u64): Ptr<Region> | null {
  const r = regionAt(unsafe.container<VSpace>(slot.object!, "header"), vaddr);
  return r !== null && r.vaddr === vaddr ? r : null;
}

export function invokeUnmapRegion(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const r = regionOfCall(slot, a[0]);
  if (r === null) return KernelError.InvalidArgument;
  return clear(ref(r.slot)) ? KernelError.None : KernelError.Restart;
}

export function invokeProtect(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const r = regionOfCall(slot, a[0]);
  if (r === null || !isMapping(a[1])) return KernelError.InvalidArgument;
  if (r.count < r.wanted || r.error !== 0) return KernelError.InvalidOperation;
  if ((a[1] & ~rightsOf(ref(r.slot))) !== 0) return KernelError.MissingRight;
  if (r.rights !== a[1]) {
    r.rights = u8(a[1]);
    r.cursor = 0;
  }
  for (let step: u32 = 0; step < PAGES_PER_STEP; step++) {
    if (r.cursor === r.count) {
      r.cursor = 0;
      return KernelError.None;
    }
    refreshPage(r, r.cursor);
    r.cursor += 1;
  }
  return KernelError.Restart;
}
