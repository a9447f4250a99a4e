// Untyped: 2^bits bytes of memory, aligned on their size, that hold nothing yet (5.14). All memory of the
// kernel's objects comes out of one (5.10). There is no object in memory: the capability is all there is,
// so user bytes stay where they are until retype clears them.
//
//   object word    paddr of the block (not a Ptr<Header>: nothing is there)
//   badge          bits, 6 wide; the number of bytes handed out << 6 while the block has children
import { Slot, type Header, typeOf, badgeOf, rightsOf, capabilityWordOf } from "./capability.js";
import { insertChild } from "./derivation.js";
import { lookupIn } from "./cnode.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { objects, Copying, NOT_RETYPED } from "./objects.js";
import { PAGE_BITS, clearMemory, toVaddr, type Paddr } from "../memory/layout.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

export const MIN_BITS: u64 = 5;
/// Larger objects than 2^MAX_OBJECT_BITS bytes would take too long to clear in one step.
const MAX_OBJECT_BITS: u64 = 16;
/// Room for one message.
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
  const paddr = u64.of(slot.object!);
  const bits = bitsOf(slot);
  const size = u64(1) << sizeBits;
  const used = badgeOf(slot) >>> 6;
  const start = (used + size - 1) & ~(size - 1);
  if (start + size > u64(1) << bits) return 0;
  setUntyped(slot, paddr, bits, start + size);
  return paddr + start;
}

/// A block whose children are all gone starts again from its first byte.
export function reclaim(slot: Ptr<Slot>): void {
  if (slot.child === 0) setUntyped(slot, u64.of(slot.object!), bitsOf(slot), 0);
}

export function invokeRetype(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (a[0] >= objects.length) return KernelError.InvalidArgument;
  const type = unsafe.enumOf<ObjectType>(a[0]);
  const to = lookupIn(t, a[2], a[3], Right.Write);
  if (to === null) return KernelError.InvalidArgument;
  if (to.word !== 0) return KernelError.SlotOccupied;
  const fixed: u64 = objects[type].sizeBits;
  const sizeBits = a[1] === 0 ? fixed : a[1];
  if (fixed === NOT_RETYPED || (fixed !== 0 && fixed !== sizeBits)) return KernelError.InvalidArgument;
  if (sizeBits < MIN_BITS || sizeBits > 40) return KernelError.InvalidArgument;
  if (type !== ObjectType.Untyped && sizeBits > MAX_OBJECT_BITS) return KernelError.InvalidArgument;
  if (type === ObjectType.CNode && (sizeBits < MIN_BITS + 1)) return KernelError.InvalidArgument;
  if (type === ObjectType.MemoryObject && sizeBits < PAGE_BITS) return KernelError.InvalidArgument;
  if (type === ObjectType.Channel && sizeBits < MIN_CHANNEL_BITS) return KernelError.InvalidArgument;
  reclaim(slot);
  const paddr = take(slot, sizeBits);
  if (paddr === 0) return KernelError.OutOfMemory;
  if (type === ObjectType.Untyped) setUntyped(to, paddr, sizeBits, 0);
  else makeObject(to, type, paddr, sizeBits);
  insertChild(slot, to);
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
