// AllocRight: the right to make so many objects of one type (5.11 to 5.13). Their memory is set aside when the right is
// made; each object takes the next piece of it, and the count goes down. Rights are split, merged, and travel in
// messages. There is no object in memory.
//
//   object word    paddr of the next object
//   badge          47          16 15    11 10      5 4       0
//                 +--------------+--------+---------+---------+
//                 |    count     |   0    |  bits   |  type   |
//                 +--------------+--------+---------+---------+
import { type Header, type Slot, badgeOf, capabilityWordOf, hasRight, typeOf } from "./capability.js";
import { lookup, lookupIn, removePlain } from "./cnode.js";
import { areBeside, insertAfter, insertChild } from "./derivation.js";
import { makeChild, reclaim, sizeOf, takeMany } from "./untyped.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Paddr } from "../memory/layout.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

const COUNT_AT: u64 = 16;
const BITS_AT: u64 = 5;
const MAX_COUNT: u64 = 0xffff_ffff;

function setRight(slot: Ptr<Slot>, paddr: Paddr, kind: u64, count: u64): void {
  slot.object = unsafe.ptr<Header>(paddr);
  slot.word = capabilityWordOf(ObjectType.AllocRight, Right.All, (count << COUNT_AT) | kind);
}

/// Type and size, which rights must have in common to be merged.
function kindOf(slot: Ptr<Slot>): u64 {
  return badgeOf(slot) & 0xffff;
}

function countOf(slot: Ptr<Slot>): u64 {
  return badgeOf(slot) >>> COUNT_AT;
}

function bitsOfKind(kind: u64): u64 {
  return kind >>> BITS_AT;
}

/// Of an Untyped.
export function invokeMakeRights(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const size = sizeOf(a[0], a[1]);
  if (!size.ok) return size.err;
  const to = lookupIn(t, a[3], a[4], Right.Write);
  if (to === null || a[2] === 0 || a[2] > MAX_COUNT) return KernelError.InvalidArgument;
  if (to.word !== 0) return KernelError.SlotOccupied;
  reclaim(slot);
  const paddr = takeMany(slot, size.val, a[2]);
  if (paddr === 0) return KernelError.OutOfMemory;
  setRight(to, paddr, (size.val << BITS_AT) | a[0], a[2]);
  insertChild(slot, to);
  return KernelError.None;
}

export function invokeCreate(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const to = lookupIn(t, a[0], a[1], Right.Write);
  if (to === null) return KernelError.InvalidArgument;
  if (to.word !== 0) return KernelError.SlotOccupied;
  const count = countOf(slot), kind = kindOf(slot), paddr = u64.of(slot.object!), bits = bitsOfKind(kind);
  if (count === 0) return KernelError.OutOfMemory;
  setRight(slot, paddr + (u64(1) << bits), kind, count - 1);
  makeChild(slot, to, unsafe.enumOf<ObjectType>(kind & 31), paddr, bits);
  return KernelError.None;
}

/// `a[0]` of the rights go to an empty slot, the last ones.
export function invokeSplitRight(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const to = lookupIn(t, a[1], a[2], Right.Write), count = countOf(slot);
  if (to === null || a[0] === 0 || a[0] >= count) return KernelError.InvalidArgument;
  if (to.word !== 0) return KernelError.SlotOccupied;
  const kind = kindOf(slot), paddr = u64.of(slot.object!), rest = count - a[0];
  setRight(slot, paddr, kind, rest);
  setRight(to, paddr + (rest << bitsOfKind(kind)), kind, a[0]);
  insertAfter(slot, to);
  return KernelError.None;
}

/// Two rights of one kind, whose memory follows on each other, become one. The other one has made nothing yet.
export function invokeMergeRight(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const other = lookup(t.cspace, a[0]);
  if (other === null || typeOf(other) !== ObjectType.AllocRight) return KernelError.InvalidCapability;
  if (!hasRight(other, Right.Write)) return KernelError.MissingRight;
  if (other.child !== 0) return KernelError.InvalidOperation;
  const kind = kindOf(slot), bits = bitsOfKind(kind);
  if (kindOf(other) !== kind || !areBeside(slot, other)) return KernelError.InvalidArgument;
  const paddr = u64.of(slot.object!), otherPaddr = u64.of(other.object!);
  const isBehind = paddr + (countOf(slot) << bits) === otherPaddr, isBefore = otherPaddr + (countOf(other) << bits) === paddr;
  if (!isBehind && !isBefore) return KernelError.InvalidArgument;
  const count = countOf(slot) + countOf(other);
  removePlain(other);
  setRight(slot, isBehind ? paddr : otherPaddr, kind, count);
  return KernelError.None;
}

export function invokeCountRights(t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  t.registers.x[10] = countOf(slot);
  return KernelError.None;
}
