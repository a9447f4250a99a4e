// VSpaceForkRange (1.27): every region of an address space that starts in a range is cloned into another, which then
// shares its pages until either writes. In steps: Restart means call again. The other space cannot be used before it
// is whole; where memory runs out on the way everything is undone.
import { clear, lookup } from "./cnode.js";
import { type Slot, hasRight, typeOf } from "./capability.js";
import { continueClone, memoryObjectOf, startClone } from "./memory-object.js";
import { type Region, continueMap, enterRegion } from "./region.js";
import { VSpace } from "./vspace.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

export function invokeForkRange(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const other = lookup(t.cspace, a[0]);
  if (other === null || typeOf(other) !== ObjectType.VSpace) return KernelError.InvalidCapability;
  if (!hasRight(other, Right.Write)) return KernelError.MissingRight;
  const parent = unsafe.container<VSpace>(slot.object!, "header"), child = unsafe.container<VSpace>(other.object!, "header");
  if (a[1] >= a[2]) return KernelError.InvalidArgument;
  if (parent === child || parent.asid === 0 || child.asid === 0 || parent.forkOf !== null) return KernelError.InvalidOperation;
  if (child.forkOf === null) {
    if (child.pool.word === 0 || firstRegion(child) !== null || child.users !== 0) return KernelError.InvalidOperation;
    child.forkOf = parent;
    child.forkIndex = 0;
    child.forkError = KernelError.None;
  }
  if (child.forkOf !== parent) return KernelError.InvalidOperation;
  return continueFork(parent, child, a[1], a[2]);
}

export function firstRegion(v: Ptr<VSpace>): Ptr<Region> | null {
  for (let i: usize = 0; i < v.regions.length; i++) if (v.regions[i].slot.word !== 0) return ref(v.regions[i]);
  return null;
}

// One region a call, as far as it goes in one step.
function continueFork(parent: Ptr<VSpace>, child: Ptr<VSpace>, start: u64, end: u64): KernelError {
  if (child.forkError !== KernelError.None) return undoFork(child);
  for (; child.forkIndex < parent.regions.length; child.forkIndex++) {
    const from = ref(parent.regions[child.forkIndex]), to = ref(child.regions[child.forkIndex]);
    if (to.slot.word === 0 && (from.slot.word === 0 || from.vaddr < start || from.vaddr >= end)) continue;
    if (from.slot.word === 0) {
      // The parent has lost it meanwhile.
      child.forkError = KernelError.Gone;
      return undoFork(child);
    }
    const error = forkRegion(from, to);
    if (error === KernelError.Restart) return error;
    if (error !== KernelError.None) {
      child.forkError = error;
      return undoFork(child);
    }
    child.forkIndex += 1;
    if (child.forkIndex < parent.regions.length) return KernelError.Restart;
    break;
  }
  child.forkOf = null;
  return KernelError.None;
}

function forkRegion(from: Ptr<Region>, to: Ptr<Region>): KernelError {
  const m = memoryObjectOf(ref(from.slot));
  if (to.slot.word === 0) {
    if (m.clone !== null || m.isUnfinished || from.count < from.wanted) return KernelError.InvalidOperation;
    if (!startClone(m, ref(to.slot))) return KernelError.OutOfMemory;
    enterRegion(to, from.vaddr, from.offset, from.wanted, from.rights);
  }
  const clone = memoryObjectOf(ref(to.slot));
  if (clone.isUnfinished) {
    if (clone.source !== m) return KernelError.Gone;
    continueClone(m, clone);
    return KernelError.Restart;
  }
  return continueMap(to);
}

function undoFork(child: Ptr<VSpace>): KernelError {
  const r = firstRegion(child);
  if (r !== null) {
    clear(ref(r.slot));
    return KernelError.Restart;
  }
  child.forkOf = null;
  return child.forkError;
}
