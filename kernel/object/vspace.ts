// VSpace: an address space. Two pages: the root page table, then what the kernel must know about it.
//
// Its page tables come from a pool, an Untyped that the VSpace holds (5.10); they go back with it. The
// upper half of every root table is the kernel's, the same in all.
import { type Header, Holder, Slot, setHolder, typeOf } from "./capability.js";
import { clear, lookup, move } from "./cnode.js";
import { take, reclaim } from "./untyped.js";
import { PageTable, WalkStop, leafPte, satpOf, tablePte, walk } from "../memory/sv39.js";
import { type Paddr, type Vaddr, PAGE_BITS, PAGE_SIZE, clearMemory, toVaddr } from "../memory/layout.js";
import { ObjectType } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { hart } from "../hart.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

export class VSpace {
  root: PageTable;
  header: Header;
  /// 1 to ASIDS - 1: every VSpace has its own, so that switching needs no fence.
  asid: u64;
  pool: Slot;
}

const ASIDS: u64 = 1024;
const HALF: usize = 256;

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

/// In one step with the last capability, which may be that of a thread: it must not run once the ASID and
/// the page tables are others'.
export function destroyVSpace(object: Ptr<Header>): boolean {
  const v = unsafe.container<VSpace>(object, "header");
  if (v.pool.word !== 0) clear(ref(v.pool));
  leave(v);
  return true;
}

/// The memory of the page tables goes back: nothing is mapped any more.
export function losePool(v: Ptr<VSpace>): void {
  for (let i: usize = 0; i < HALF; i++) v.root.entries[i] = 0;
  asm`sfence.vma zero, ${v.asid}`;
}

function leave(v: Ptr<VSpace>): void {
  if (v.asid === 0) return;
  if (csr.satp.read() === satpOfVSpace(v)) csr.satp.write(hart().kernelSatp);
  spaces.byAsid[v.asid] = null;
  asm`sfence.vma zero, ${v.asid}`;
  v.asid = 0;
}

export function isUsable(v: Ptr<VSpace>): boolean {
  return v.asid !== 0;
}

export function satpOfVSpace(v: Ptr<VSpace>): u64 {
  return satpOf(ref(v.root), v.asid);
}

export function spaceOfAsid(asid: u64): Ptr<VSpace> | null {
  return asid < ASIDS ? spaces.byAsid[asid] : null;
}

export function invokeSetPool(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const untyped = lookup(t.cspace, a[0]);
  if (untyped === null || typeOf(untyped) !== ObjectType.Untyped) return KernelError.InvalidCapability;
  const v = unsafe.container<VSpace>(slot.object!, "header");
  if (!isUsable(v) || v.pool.word !== 0 || untyped.child !== 0) return KernelError.InvalidOperation;
  setPool(v, untyped);
  return KernelError.None;
}

export function setPool(v: Ptr<VSpace>, untyped: Ptr<Slot>): void {
  reclaim(untyped);
  move(ref(v.pool), untyped);
}

/// Maps one 4 KiB page. `flags` are the leaf's R, W, X, U.
export function mapPage(v: Ptr<VSpace>, vaddr: Vaddr, paddr: Paddr, flags: u64): KernelError {
  for (;;) {
    const { stop, entry } = walk(ref(v.root), vaddr);
    switch (stop) {
      case WalkStop.Leaf:
        return KernelError.SlotOccupied;
      case WalkStop.MissingTable: {
        const table = v.pool.word === 0 ? 0 : take(ref(v.pool), PAGE_BITS);
        if (table === 0) return KernelError.OutOfMemory;
        clearMemory(toVaddr(table), PAGE_SIZE);
        entry.$ = tablePte(unsafe.ptr<PageTable>(toVaddr(table)));
        break;
      }
      case WalkStop.Empty:
        entry.$ = leafPte(paddr, flags);
        // Hardware may remember that the entry was not valid.
        asm`sfence.vma ${vaddr}, ${v.asid}`;
        return KernelError.None;
    }
  }
}

/// Unmaps the page if it maps `paddr`.
export function unmapPage(v: Ptr<VSpace>, vaddr: Vaddr, paddr: Paddr): void {
  const { stop, entry } = walk(ref(v.root), vaddr);
  if (stop !== WalkStop.Leaf || (entry.$ >>> 10) << 12 !== paddr) return;
  entry.$ = 0;
  asm`sfence.vma ${vaddr}, ${v.asid}`;
}
