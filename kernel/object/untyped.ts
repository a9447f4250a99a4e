// Untyped: 2^bits bytes of memory, aligned on their size, that hold nothing yet (5.14). All memory of the
// kernel's objects comes out of one (5.10). There is no object in memory: the capability is all there is,
// so user bytes stay where they are until retype clears them.
//
//   object word    paddr of the block (not a Ptr<Header>: nothing is there)
//   badge          bits, 6 wide; the number of bytes handed out << 6 while the block has children
import { Slot, type Header, typeOf, badgeOf, hasRight, capabilityWordOf } from "./capability.js";
import { areBeside, insertAfter, insertChild } from "./derivation.js";
import { lookup, lookupIn, removePlain } from "./cnode.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { objects, Copying, NOT_RETYPED } from "./objects.js";
import { poolIn } from "./pool.js";
import { PAGE_BITS, clearMemory, toVaddr, type Paddr } from "../memory/layout.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

const MIN_BITS: u64 = 5;
/// Larger objects than 2^MAX_OBJECT_BITS bytes would take too long to clear in one step.
const MAX_OBJECT_BITS: u64 = 16;
const MAX_BITS: u64 = 40;
const MIN_CNODE_BITS: u64 = 6;
/// Room for two messages.
const MIN_CHANNEL_BITS: u64 = 8;

/// log2 of the block's size.
export function bitsOf(slot: Ptr<Slot>): u64 {
  return badgeOf(slot) & 0x3f;
}

/// Writes an Untyped capability into `slot`, which keeps its place in the tree.
export function setUntyped(slot: Ptr<Slot>, paddr: Paddr, bits: u64, used: u64): void {
  slot.object = unsafe.ptr<Header>(paddr);
  slot.word = capabilityWordOf(ObjectType.Untyped, Right.All, (used << 6) | bits);
}

/// The physical address of 2^sizeBits unused bytes of the block, aligned on their size; 0 where it is full.
export function take(slot: Ptr<Slot>, sizeBits: u64): Paddr {
  return takeMany(slot, sizeBits, 1);
}

/// The same for `count` pieces in a row.
export function takeMany(slot: Ptr<Slot>, sizeBits: u64, count: u64): Paddr {
  const bits = bitsOf(slot), size = u64(1) << sizeBits;
  const start = ((badgeOf(slot) >>> 6) + size - 1) & ~(size - 1);
  if (sizeBits > bits || count > u64(1) << (bits - sizeBits) || start + (count << sizeBits) > u64(1) << bits) return 0;
  const paddr = u64.of(slot.object!);
  setUntyped(slot, paddr, bits, start + (count << sizeBits));
  return paddr + start;
}

/// A block whose children are all gone starts again from its first byte.
export function reclaim(slot: Ptr<Slot>): void {
  if (slot.child === 0) setUntyped(slot, u64.of(slot.object!), bitsOf(slot), 0);
}

/// log2 of the size that an object of `type` gets where `wanted` is asked for (0: the type's own), or an error.
export function sizeOf(typeNumber: u64, wanted: u64): Result<u64, KernelError> {
  if (typeNumber >= objects.length) return fail(KernelError.InvalidArgument);
  const type = unsafe.enumOf<ObjectType>(typeNumber);
  const fixed: u64 = objects[type].sizeBits;
  const bits = wanted === 0 ? fixed : wanted;
  if (fixed === NOT_RETYPED || (fixed !== 0 && fixed !== bits)) return fail(KernelError.InvalidArgument);
  const isUntyped = type === ObjectType.Untyped;
  if (bits < MIN_BITS || bits > (isUntyped ? MAX_BITS : MAX_OBJECT_BITS)) return fail(KernelError.InvalidArgument);
  if (type === ObjectType.CNode && bits < MIN_CNODE_BITS) return fail(KernelError.InvalidArgument);
  if (type === ObjectType.Channel && bits < MIN_CHANNEL_BITS) return fail(KernelError.InvalidArgument);
  if (type === ObjectType.MemoryObject && bits < PAGE_BITS) return fail(KernelError.InvalidArgument);
  return ok(bits);
}

export function invokeRetype(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const size = sizeOf(a[0], a[1]);
  if (!size.ok) return size.err;
  const to = lookupIn(t, a[2], a[3], Right.Write);
  if (to === null) return KernelError.InvalidArgument;
  if (to.word !== 0) return KernelError.SlotOccupied;
  reclaim(slot);
  const paddr = take(slot, size.val);
  if (paddr === 0) return KernelError.OutOfMemory;
  makeChild(slot, to, unsafe.enumOf<ObjectType>(a[0]), paddr, size.val);
  return KernelError.None;
}

/// An object of a type and size that `sizeOf` allows, as a capability derived from `parent`.
export function makeChild(parent: Ptr<Slot>, to: Ptr<Slot>, type: ObjectType, paddr: Paddr, bits: u64): void {
  if (type === ObjectType.Untyped) setUntyped(to, paddr, bits, 0);
  else makeObject(to, type, paddr, bits);
  insertChild(parent, to);
}

/// The block becomes its lower half, an empty slot gets the upper one (5.14).
export function invokeSplit(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const to = lookupIn(t, a[0], a[1], Right.Write);
  if (to === null) return KernelError.InvalidArgument;
  if (to.word !== 0) return KernelError.SlotOccupied;
  if (slot.child !== 0 || bitsOf(slot) <= MIN_BITS) return KernelError.InvalidOperation;
  const paddr = u64.of(slot.object!), half = bitsOf(slot) - 1;
  setUntyped(slot, paddr, half, 0);
  setUntyped(to, paddr + (u64(1) << half), half, 0);
  insertAfter(slot, to);
  return KernelError.None;
}

/// The block becomes the union with its buddy (5.15). Both come from the same block and stand beside each other in the
/// derivation tree, as the halves of a split do: so the union lies in what both are derived from.
export function invokeMerge(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const other = lookup(t.cspace, a[0]);
  if (other === null || typeOf(other) !== ObjectType.Untyped) return KernelError.InvalidCapability;
  if (!hasRight(other, Right.Write)) return KernelError.MissingRight;
  if (slot.child !== 0 || other.child !== 0) return KernelError.InvalidOperation;
  const bits = bitsOf(slot), paddr = u64.of(slot.object!), otherPaddr = u64.of(other.object!);
  if (bitsOf(other) !== bits || (paddr ^ otherPaddr) !== u64(1) << bits || !areBeside(slot, other)) return KernelError.InvalidArgument;
  removePlain(other);
  setUntyped(slot, paddr & otherPaddr, bits + 1, 0);
  return KernelError.None;
}

/// Bytes of the block that are in use.
export function invokeInspectUntyped(t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  const pool = poolIn(slot);
  t.registers.x[10] = pool !== null ? (pool.used + 1) << PAGE_BITS : slot.child === 0 ? 0 : badgeOf(slot) >>> 6;
  return KernelError.None;
}

/// Clears the memory, makes the object and writes its capability, which is in no tree yet.
export function makeObject(to: Ptr<Slot>, type: ObjectType, paddr: Paddr, sizeBits: u64): Ptr<Header> {
  const vaddr = toVaddr(paddr);
  clearMemory(vaddr, u64(1) << sizeBits);
  const object = objects[type].create(vaddr, sizeBits);
  if (objects[type].copying === Copying.Counted) {
    object.capabilityCount = 1;
    object.sizeBits = u8(sizeBits);
  }
  to.object = object;
  to.word = capabilityWordOf(type, Right.All, 0);
  return object;
}
