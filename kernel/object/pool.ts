// A pool: an Untyped that gives pages to address spaces and MemoryObjects (5.10): page tables, committed pages,
// copies, clones. VSpaceSetPool and MemoryObjectSetPool make a fresh Untyped one; several may share it. Pages come
// back one by one; the whole block does when its Untyped is revoked, which takes everything made from it along.
//
//   block:   | Pool, the rest of its page unused | page | page | …
//
// Capabilities to what lives in the pool, or uses it, hang under `anchor` in the derivation tree. So there is none
// left when the block is used anew, and no pointer to a pool outlives it.
import { Slot, capabilityWordOf, slotAt } from "./capability.js";
import { insertChild } from "./derivation.js";
import { bitsOf, reclaim, setUntyped } from "./untyped.js";
import { type Paddr, PAGE_BITS, PAGE_SIZE, toVaddr } from "../memory/layout.js";
import { ObjectType, Right } from "../abi/objects.js";

export class Pool {
  anchor: Slot;
  /// Pages that came back: a list through their first words.
  free: Paddr;
  freeCount: u64;
  /// From here to `end` nothing has been given out.
  next: Paddr;
  end: Paddr;
  /// Pages in use.
  used: u64;
}

const MIN_BITS: u64 = PAGE_BITS + 1;

/// The pool that an Untyped is, or becomes, or null: it is too small or used for other things.
export function poolOf(untyped: Ptr<Slot>): Ptr<Pool> | null {
  const paddr = u64.of(untyped.object!), bits = bitsOf(untyped);
  if (untyped.child !== 0) return poolIn(untyped);
  reclaim(untyped);
  if (bits < MIN_BITS) return null;
  setUntyped(untyped, paddr, bits, u64(1) << bits);
  const pool = unsafe.ptr<Pool>(toVaddr(paddr));
  pool.$ = zeroed<Pool>();
  pool.next = paddr + PAGE_SIZE;
  pool.end = paddr + (u64(1) << bits);
  pool.anchor.word = capabilityWordOf(ObjectType.Pool, Right.None, 0);
  insertChild(untyped, ref(pool.anchor));
  return pool;
}

/// The pool that an Untyped is; null: it is none. While it is being revoked the anchor has gone, and what hung under it is
/// left.
export function poolIn(untyped: Ptr<Slot>): Ptr<Pool> | null {
  if (untyped.child === 0) return null;
  const own = unsafe.ptr<Pool>(toVaddr(u64.of(untyped.object!)));
  return slotAt(untyped.child) === ref(own.anchor) ? own : null;
}

/// A capability in a slot of an object that uses the pool.
export function holdPool(pool: Ptr<Pool>, slot: Ptr<Slot>): void {
  slot.word = capabilityWordOf(ObjectType.Pool, Right.None, 0);
  slot.object = unsafe.cast(pool);
  insertChild(ref(pool.anchor), slot);
}

/// The pool that a slot holds; null: none.
export function heldPool(slot: Ptr<Slot>): Ptr<Pool> | null {
  return slot.word === 0 ? null : unsafe.ptr<Pool>(u64.of(slot.object!));
}

export function freePages(pool: Ptr<Pool>): u64 {
  return ((pool.end - pool.next) >>> PAGE_BITS) + pool.freeCount;
}

/// A page, as it was left; 0: the pool is empty.
export function takePage(pool: Ptr<Pool>): Paddr {
  const page = pool.free;
  if (page === 0) return takePages(pool, PAGE_BITS);
  pool.free = unsafe.ptr<u64>(toVaddr(page)).$;
  pool.freeCount -= 1;
  pool.used += 1;
  return page;
}

/// 2^bits bytes, aligned on their size, that were never given out; 0: there are none.
export function takePages(pool: Ptr<Pool>, bits: u64): Paddr {
  const size = u64(1) << bits, start = (pool.next + size - 1) & ~(size - 1);
  if (start + size > pool.end) return 0;
  // What alignment leaves behind is free.
  while (pool.next < start) {
    giveBack(pool, pool.next);
    pool.used += 1;
    pool.next += PAGE_SIZE;
  }
  pool.next = start + size;
  pool.used += size >>> PAGE_BITS;
  return start;
}

export function returnPage(pool: Ptr<Pool>, page: Paddr): void {
  giveBack(pool, page);
}

function giveBack(pool: Ptr<Pool>, page: Paddr): void {
  unsafe.ptr<u64>(toVaddr(page)).$ = pool.free;
  pool.free = page;
  pool.freeCount += 1;
  pool.used -= 1;
}
