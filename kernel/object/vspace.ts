// VSpace: an address space. The root page table, what the kernel must know about it, and its regions (region.ts).
//
// Its page tables come from a pool that it names, and go back there with it. The upper half of every root table is
// the kernel's, the same in all.
import { type Header, Holder, Slot, setHolder } from "./capability.js";
import { lookupPool } from "./memory-object.js";
import { heldPool, holdPool, returnPage, takePage } from "./pool.js";
import { Region } from "./region.js";
import { firstRegion } from "./fork.js";
import { type Pte, PageTable, WalkStop, leafPte, ptePaddr, satpOf, tablePte, walk } from "../memory/sv39.js";
import { type Paddr, type Vaddr, PAGE_SIZE, clearMemory, toPaddr, toVaddr } from "../memory/layout.js";
import { KernelError } from "../abi/errors.js";
import { hart } from "../hart.js";
import { fenceOthers } from "../riscv64/sbi.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

@size(16384)
export class VSpace {
  root: PageTable;
  header: Header;
  /// 1 to ASIDS - 1: every VSpace has its own, so that switching needs no fence.
  asid: u64;
  /// Threads that run in it.
  users: u64;
  /// Harts that may remember its translations, by their bits.
  harts: u64;
  pool: Slot;
  /// While it is being filled by a fork: from which, where that is, and why it is being undone.
  forkOf: Ptr<VSpace> | null;
  forkIndex: u64;
  forkError: KernelError;
  /// While its page tables go: one of the middle level that nothing leads to any more, and how far that has come.
  dropped: Ptr<PageTable> | null;
  dropCursor: u64;
  @at(4352) regions: Arr<Region, 120>;
}

const ASIDS: u64 = 1024;
const HALF: usize = 256;
/// Of one step of `dropTables`: entries looked at, of which one with a table counts as TABLE_WORK.
const DROP_WORK: u64 = 128, TABLE_WORK: u64 = 4;

class Spaces {
  /// Which VSpace has an ASID. A Frame capability names the VSpace that it is mapped in by ASID.
  byAsid: Arr<Ptr<VSpace> | null, 1024>;
  kernelRoot: PageTable;
}
const spaces = zeroed<Spaces>();

/// The root table that the kernel boots with; every VSpace takes its upper half.
export function kernelRoot(): Ptr<PageTable> {
  return ref(spaces.kernelRoot);
}

/// Without an ASID it cannot be used: TcbSetSpace and FrameMap ask `isUsable`.
export function createVSpace(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  const v = unsafe.ptr<VSpace>(vaddr);
  v.harts = hart().bit;
  setHolder(ref(v.pool), Holder.Pool);
  for (let i: usize = HALF; i < 512; i++) v.root.entries[i] = spaces.kernelRoot.entries[i];
  for (let asid: u64 = 1; asid < ASIDS; asid++) {
    if (spaces.byAsid[asid] === null) {
      spaces.byAsid[asid] = v;
      v.asid = asid;
      break;
    }
  }
  return ref(v.header);
}

export function innerSlotOfVSpace(object: Ptr<Header>, except: Ptr<Slot>): Ptr<Slot> | null {
  const v = unsafe.container<VSpace>(object, "header"), slot = ref(v.pool);
  return slot.word !== 0 && slot !== except ? slot : null;
}

export function destroyVSpace(object: Ptr<Header>): boolean {
  leave(unsafe.container<VSpace>(object, "header"));
  return true;
}

/// What must go before the pool does: the slot of a region, null where there is none.
export function innerSlotOfPool(v: Ptr<VSpace>): Ptr<Slot> | null {
  const r = firstRegion(v);
  return r === null ? null : ref(r.slot);
}

/// One step of giving page tables back to the pool. True when there are none. What hangs below an entry of the root is
/// first made unreachable, then goes table by table.
export function dropTables(v: Ptr<VSpace>): boolean {
  const pool = heldPool(ref(v.pool)), middle = v.dropped;
  if (pool === null) return true;
  if (middle === null) {
    v.dropped = takeMiddle(v);
    v.dropCursor = 0;
    return v.dropped === null;
  }
  for (let work: u64 = 0; work < DROP_WORK && v.dropCursor < 512; v.dropCursor++) {
    const pte = middle.entries[v.dropCursor];
    work += pte === 0 ? 1 : TABLE_WORK;
    if (pte !== 0) returnPage(pool, ptePaddr(pte));
  }
  if (v.dropCursor < 512) return false;
  returnPage(pool, toPaddr(u64.of(middle)));
  v.dropped = null;
  return false;
}

// What the first entry of the root's user half leads to; no hart reaches it any more.
function takeMiddle(v: Ptr<VSpace>): Ptr<PageTable> | null {
  for (let i: usize = 0; i < HALF; i++) {
    const pte = v.root.entries[i];
    if (pte === 0) continue;
    v.root.entries[i] = 0;
    flushSpace(v);
    return unsafe.ptr<PageTable>(toVaddr(ptePaddr(pte)));
  }
  return null;
}

function leave(v: Ptr<VSpace>): void {
  if (v.asid === 0) return;
  if (csr.satp.read() === satpOfVSpace(v)) csr.satp.write(hart().kernelSatp);
  spaces.byAsid[v.asid] = null;
  flushSpace(v);
  v.asid = 0;
}

export function isUsable(v: Ptr<VSpace>): boolean {
  return v.asid !== 0 && v.forkOf === null;
}

export function satpOfVSpace(v: Ptr<VSpace>): u64 {
  return satpOf(ref(v.root), v.asid);
}

export function spaceOfAsid(asid: u64): Ptr<VSpace> | null {
  return asid < ASIDS ? spaces.byAsid[asid] : null;
}

export function invokeSetPool(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const v = unsafe.container<VSpace>(slot.object!, "header");
  if (!isUsable(v) || v.pool.word !== 0) return KernelError.InvalidOperation;
  const pool = lookupPool(t, a[0]);
  if (!pool.ok) return pool.err;
  holdPool(pool.val, ref(v.pool));
  return KernelError.None;
}

/// This hart does not remember that `vaddr` was not mapped. Another that does finds out by a fault.
export function flushEmpty(v: Ptr<VSpace>, vaddr: Vaddr): void {
  attr({ inline: "always" });
  asm`sfence.vma ${vaddr}, ${v.asid}`;
}

/// No hart remembers how `vaddr` was mapped.
export function flushPage(v: Ptr<VSpace>, vaddr: Vaddr): void {
  attr({ inline: "always" });
  flushEmpty(v, vaddr);
  if (v.harts !== hart().bit) flushElsewhere(v, vaddr, PAGE_SIZE);
}

export function flushSpace(v: Ptr<VSpace>): void {
  asm`sfence.vma zero, ${v.asid}`;
  if (v.harts !== hart().bit) flushElsewhere(v, 0, u64.MAX);
}

function flushElsewhere(v: Ptr<VSpace>, start: Vaddr, bytes: u64): void {
  attr({ cold: true });
  const others = v.harts & ~hart().bit;
  if (others !== 0) fenceOthers(others, start, bytes, v.asid);
}

export class Place {
  entry: Ptr<Pte>;
  error: KernelError;
}

/// The last level's entry for `vaddr`, which must be empty; with the tables on the way there, from the pool.
export function makeTables(v: Ptr<VSpace>, vaddr: Vaddr): Place {
  for (;;) {
    const { stop, entry } = walk(ref(v.root), vaddr);
    switch (stop) {
      case WalkStop.Leaf:
        return { entry, error: KernelError.SlotOccupied };
      case WalkStop.Empty:
        return { entry, error: entry.$ === 0 ? KernelError.None : KernelError.SlotOccupied };
      case WalkStop.MissingTable: {
        const pool = heldPool(ref(v.pool)), table = pool === null ? 0 : takePage(pool);
        if (table === 0) return { entry, error: KernelError.OutOfMemory };
        clearMemory(toVaddr(table), PAGE_SIZE);
        entry.$ = tablePte(unsafe.ptr<PageTable>(toVaddr(table)));
        break;
      }
    }
  }
}

/// Maps one 4 KiB page. `flags` are the leaf's R, W, X, U.
export function mapPage(v: Ptr<VSpace>, vaddr: Vaddr, paddr: Paddr, flags: u64): KernelError {
  const { entry, error } = makeTables(v, vaddr);
  if (error !== KernelError.None) return error;
  entry.$ = leafPte(paddr, flags);
  // Hardware may remember that the entry was not valid.
  flushEmpty(v, vaddr);
  return KernelError.None;
}

/// Unmaps the page if it maps `paddr`.
export function unmapPage(v: Ptr<VSpace>, vaddr: Vaddr, paddr: Paddr): void {
  const { stop, entry } = walk(ref(v.root), vaddr);
  if (stop !== WalkStop.Leaf || (entry.$ >>> 10) << 12 !== paddr) return;
  entry.$ = 0;
  flushPage(v, vaddr);
}
