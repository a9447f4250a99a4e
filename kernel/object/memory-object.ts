// MemoryObject: pages of user memory that may be mapped into address spaces (1.21 to 1.28). A page is committed
// when it is first touched, or by MemoryObjectCommit; it comes from the pool that the object names.
//
//   | MemoryObject | entry | entry | …        one entry for each page, as many as the object's size has room for
//
// Clones share pages until one of them writes. The entries that share a page are a circle; an entry alone in its
// circle owns its page. A shared page is mapped read-only with PteFlag.CopyOnWrite (invariant 12), and the fault of
// the first write gives that object a page of its own.
import { type Header, Holder, Slot, capabilityWordOf, setHolder } from "./capability.js";
import { insertChild } from "./derivation.js";
import { lookup, lookupIn } from "./cnode.js";
import { type Pool, freePages, holdPool, poolOf, returnPage, takePage, takePages } from "./pool.js";
import { type Region, refreshPage } from "./region.js";
import { PHYSMAP_BASE, type Paddr, PAGE_BITS, PAGE_SIZE, clearMemory, copyPage, toPaddr, toVaddr } from "../memory/layout.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

const ENTRY_BITS: u64 = 4;

@size(16)
export class Entry {
  /// Number of the physical page; 0: not committed.
  page: u32;
  /// The circle of those that share the page.
  next: EntryRef;
  prev: EntryRef;
}

/// An entry's address as (address - PHYSMAP_BASE) / 16.
type EntryRef = u32;

function refOfEntry(entry: Ptr<Entry>): EntryRef {
  return u32((u64.of(entry) - PHYSMAP_BASE) >>> ENTRY_BITS);
}

function entryOf(entryRef: EntryRef): Ptr<Entry> {
  return unsafe.ptr<Entry>(PHYSMAP_BASE + (u64(entryRef) << ENTRY_BITS));
}

export function pageOf(entry: Ptr<Entry>): Paddr {
  return u64(entry.page) << PAGE_BITS;
}

function setOwnPage(entry: Ptr<Entry>, page: Paddr): void {
  entry.page = u32(page >>> PAGE_BITS);
  entry.next = refOfEntry(entry);
  entry.prev = entry.next;
}

@size(128)
export class MemoryObject {
  capacity: u32;
  committed: u32;
  /// Not first: a clone's memory goes back to the pool, whose list it is then in, before its last capability is.
  header: Header;
  pool: Ptr<Pool> | null;
  /// Where it is mapped.
  regions: Ptr<Region> | null;
  /// A clone that is not finished: what of, and how many of its pages it has. The original knows it too.
  source: Ptr<MemoryObject> | null;
  clone: Ptr<MemoryObject> | null;
  cursor: u32;
  /// Behind it there is no page left, while pages are being dropped.
  dropCursor: u32;
  isUnfinished: boolean;
  /// Its own memory is the pool's.
  isFromPool: boolean;
  sizeBits: u8;
  /// How many regions there are, at most MOST_REGIONS.
  regionCount: u8;
  poolSlot: Slot;
}

/// Where one MemoryObject may be mapped at once: what happens to a page is shown in all regions in one step.
export const MOST_REGIONS: u32 = 32;
/// Pages that one call commits or takes back, and that one step of a clone or a map goes through, where they are in one
/// region.
const COMMITS_PER_CALL: usize = 8;
const DECOMMITS_PER_CALL: u32 = 48;
/// Where more pages are to be counted, a call commits but one.
const COUNTED_ALONG: u64 = 1024;
export const PAGES_PER_STEP: u32 = 100;
/// Pages that go in one of the steps of a delete or revoke.
export const DROPS_PER_STEP: u32 = 32;

export function entryAt(m: Ptr<MemoryObject>, index: u64): Ptr<Entry> {
  return unsafe.many<Entry>(u64.of(m) + sizeof<MemoryObject>()).at(index);
}

export function createMemoryObject(vaddr: u64, sizeBits: u64): Ptr<Header> {
  const m = unsafe.ptr<MemoryObject>(vaddr);
  m.capacity = u32(((u64(1) << sizeBits) - sizeof<MemoryObject>()) >>> ENTRY_BITS);
  m.sizeBits = u8(sizeBits);
  setHolder(ref(m.poolSlot), Holder.MemoryObjectPool);
  return ref(m.header);
}

export function memoryObjectOf(slot: Ptr<Slot>): Ptr<MemoryObject> {
  return unsafe.container<MemoryObject>(slot.object!, "header");
}

export function innerSlotOfMemoryObject(object: Ptr<Header>, except: Ptr<Slot>): Ptr<Slot> | null {
  const slot = ref(unsafe.container<MemoryObject>(object, "header").poolSlot);
  return slot.word !== 0 && slot !== except ? slot : null;
}

/// Its regions have gone with their capabilities.
export function destroyMemoryObject(object: Ptr<Header>): boolean {
  const m = unsafe.container<MemoryObject>(object, "header");
  if (!dropPages(m)) return false;
  abandonClone(m);
  const pool = m.pool;
  if (!m.isFromPool || pool === null) return true;
  for (let page = toPaddr(u64.of(m)), end = page + (u64(1) << m.sizeBits); page < end; page += PAGE_SIZE) returnPage(pool, page);
  return true;
}

/// The pool is about to go: no page of it may be left. One step; true when it is done.
export function dropPages(m: Ptr<MemoryObject>): boolean {
  for (let work: u32 = 0; work < DROPS_PER_STEP; work += workOf(m)) {
    if (m.committed === 0) return true;
    if (m.dropCursor === 0) m.dropCursor = m.capacity;
    m.dropCursor -= 1;
    dropPage(m, m.dropCursor);
  }
  return false;
}

function abandonClone(m: Ptr<MemoryObject>): void {
  const source = m.source, clone = m.clone;
  if (source !== null) source.clone = null;
  if (clone !== null) clone.source = null;
  m.source = null;
  m.clone = null;
}

export function isShared(entry: Ptr<Entry>): boolean {
  return entry.next !== refOfEntry(entry);
}

// The entry has no page any more. The result is the page where nobody shares it, else 0.
function leavePage(entry: Ptr<Entry>): Paddr {
  const page = pageOf(entry), shared = isShared(entry);
  entry.page = 0;
  if (!shared) return page;
  entryOf(entry.next).prev = entry.prev;
  entryOf(entry.prev).next = entry.next;
  return 0;
}

// What a change of a page costs, in pages that are in one region.
function workOf(m: Ptr<MemoryObject>): u32 {
  return m.regionCount === 0 ? 1 : m.regionCount;
}

function dropPage(m: Ptr<MemoryObject>, index: u64): void {
  const entry = entryAt(m, index);
  if (entry.page === 0) return;
  const page = leavePage(entry);
  m.committed -= 1;
  // No hart may reach the page when it goes back.
  refreshRegions(m, index);
  if (page !== 0 && m.pool !== null) returnPage(m.pool, page);
}

// Every mapping of the page shows what the entry says.
function refreshRegions(m: Ptr<MemoryObject>, index: u64): void {
  for (let r = m.regions; r !== null; r = r.next) if (index >= r.offset && index - r.offset < r.count) refreshPage(r, index - r.offset);
}

/// A zeroed page where there is none; false: the pool is empty.
export function commitPage(m: Ptr<MemoryObject>, index: u64): boolean {
  const entry = entryAt(m, index);
  if (entry.page !== 0) return true;
  const page = m.pool === null ? 0 : takePage(m.pool);
  if (page === 0) return false;
  clearMemory(toVaddr(page), PAGE_SIZE);
  setOwnPage(entry, page);
  m.committed += 1;
  return true;
}

/// A page of its own where it shares one; false: the pool is empty.
export function unsharePage(m: Ptr<MemoryObject>, index: u64): boolean {
  const entry = entryAt(m, index);
  if (!isShared(entry)) return true;
  const page = m.pool === null ? 0 : takePage(m.pool);
  if (page === 0) return false;
  copyPage(toVaddr(page), toVaddr(pageOf(entry)));
  leavePage(entry);
  setOwnPage(entry, page);
  refreshRegions(m, index);
  return true;
}

/// A clone without pages yet, of the same pool, as a capability in `slot`; false: the pool is empty, or being revoked.
export function startClone(m: Ptr<MemoryObject>, slot: Ptr<Slot>): boolean {
  const pool = m.pool;
  if (pool === null || pool.anchor.word === 0) return false;
  const paddr = m.sizeBits === PAGE_BITS ? takePage(pool) : takePages(pool, m.sizeBits);
  if (paddr === 0) return false;
  clearMemory(toVaddr(paddr), u64(1) << m.sizeBits);
  const clone = unsafe.container<MemoryObject>(createMemoryObject(toVaddr(paddr), m.sizeBits), "header");
  clone.header.capabilityCount = 1;
  clone.header.sizeBits = m.sizeBits;
  clone.pool = pool;
  clone.isFromPool = true;
  clone.isUnfinished = true;
  clone.source = m;
  m.clone = clone;
  slot.object = ref(clone.header);
  slot.word = capabilityWordOf(ObjectType.MemoryObject, Right.All, 0);
  insertChild(ref(pool.anchor), slot);
  return true;
}

/// One step; true when the clone has all pages.
export function continueClone(m: Ptr<MemoryObject>, clone: Ptr<MemoryObject>): boolean {
  for (let work: u32 = 0; work < PAGES_PER_STEP; work += workOf(m)) {
    if (clone.cursor === clone.capacity) {
      abandonClone(clone);
      clone.isUnfinished = false;
      clone.cursor = 0;
      return true;
    }
    const index = clone.cursor, from = entryAt(m, index);
    clone.cursor += 1;
    if (from.page === 0) continue;
    const to = entryAt(clone, index), wasShared = isShared(from);
    to.page = from.page;
    to.prev = refOfEntry(from);
    to.next = from.next;
    entryOf(from.next).prev = refOfEntry(to);
    from.next = refOfEntry(to);
    clone.committed += 1;
    if (!wasShared) refreshRegions(m, index);
  }
  return false;
}

/// The pool of a MemoryObject that has none.
export function invokeSetMemoryObjectPool(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const m = memoryObjectOf(slot);
  const pool = lookupPool(t, a[0]);
  if (!pool.ok) return pool.err;
  if (m.pool !== null) return KernelError.InvalidOperation;
  m.pool = pool.val;
  holdPool(pool.val, ref(m.poolSlot));
  return KernelError.None;
}

export function lookupPool(t: Ptr<Tcb>, capability: u64): Result<Ptr<Pool>, KernelError> {
  const slot = lookup(t.cspace, capability);
  if (slot === null || (slot.word & 31) !== ObjectType.Untyped) return fail(KernelError.InvalidCapability);
  const pool = poolOf(slot);
  return pool === null ? fail(KernelError.InvalidOperation) : ok(pool);
}

/// The pool has gone, and all pages before it.
export function loseMemoryObjectPool(m: Ptr<MemoryObject>): void {
  m.pool = null;
  m.dropCursor = 0;
  abandonClone(m);
}

function isInside(m: Ptr<MemoryObject>, offset: u64, count: u64): boolean {
  return count !== 0 && offset < m.capacity && count <= m.capacity - offset;
}

// The first of the pages from `index` to `end` that are committed, or of those that are not; `end` where there is none. A
// call may ask for all pages of an object, so this is short.
function firstPage(m: Ptr<MemoryObject>, index: u64, end: u64, isCommitted: boolean): u64 {
  attr({ inline: "always" });
  const first = u64.of(entryAt(m, 0)), stop = first + (end << ENTRY_BITS);
  let at = first + (index << ENTRY_BITS);
  while (at !== stop && (unsafe.ptr<Entry>(at).page !== 0) !== isCommitted) at += sizeof<Entry>();
  return (at - first) >>> ENTRY_BITS;
}

export function invokeCommit(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const m = memoryObjectOf(slot), start = a[0], end = start + a[1];
  if (!isInside(m, start, a[1])) return KernelError.InvalidArgument;
  if (m.committed === m.capacity) return KernelError.None;
  const pool = m.pool, free: u64 = pool === null ? 0 : freePages(pool);
  // All or nothing: the pool has enough for all that is missing. Counting that is work, too.
  const isPlenty = m.capacity - m.committed <= free;
  const most = isPlenty || end - start <= COUNTED_ALONG ? COMMITS_PER_CALL / (1 + workOf(m) / 8) : 1;
  const pages = arr<u64, 8>(8);
  let found: usize = 0, index = start;
  for (; found < most; index += 1) {
    index = firstPage(m, index, end, false);
    if (index === end) break;
    pages[found] = index;
    found += 1;
  }
  if (!isPlenty && found + countMissing(m, index, end) > free) return KernelError.OutOfMemory;
  for (let i: usize = 0; i < found; i++) {
    if (!commitPage(m, pages[i])) return KernelError.OutOfMemory;
    refreshRegions(m, pages[i]);
  }
  return index === end ? KernelError.None : KernelError.Restart;
}

function countMissing(m: Ptr<MemoryObject>, index: u64, end: u64): u64 {
  const first = u64.of(entryAt(m, 0)), stop = first + (end << ENTRY_BITS);
  let missing: u64 = 0;
  for (let at = first + (index << ENTRY_BITS); at < stop; at += sizeof<Entry>()) missing += unsafe.ptr<Entry>(at).page === 0 ? 1 : 0;
  return missing;
}

export function invokeDecommit(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const m = memoryObjectOf(slot), start = a[0], end = start + a[1];
  if (!isInside(m, start, a[1])) return KernelError.InvalidArgument;
  let work: u32 = 0;
  for (let index = start; m.committed !== 0; index += 1) {
    index = firstPage(m, index, end, true);
    if (index === end) break;
    if (work >= DECOMMITS_PER_CALL) return KernelError.Restart;
    work += workOf(m);
    dropPage(m, index);
  }
  return KernelError.None;
}

/// Committed pages.
export function invokeInspect(t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  t.registers.x[10] = memoryObjectOf(slot).committed;
  return KernelError.None;
}

export function invokeClone(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const m = memoryObjectOf(slot), to = lookupIn(t, a[0], a[1], Right.Write);
  if (to === null) return KernelError.InvalidArgument;
  if (m.isUnfinished) return KernelError.InvalidOperation;
  const clone = m.clone;
  if (clone !== null && to.word !== 0 && to.object === ref(clone.header)) return continueClone(m, clone) ? KernelError.None : KernelError.Restart;
  if (to.word !== 0) return KernelError.SlotOccupied;
  if (clone !== null) return KernelError.InvalidOperation;
  if (m.pool === null || !startClone(m, to)) return KernelError.OutOfMemory;
  return continueClone(m, m.clone!) ? KernelError.None : KernelError.Restart;
}
