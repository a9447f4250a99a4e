// CNode: a power-of-two array of slots.
//
// Slot 0 of a CNode is its own header: the word that would be a capability's type is zero there, so a
// lookup of slot 0 finds an empty slot without a test. It can't be filled: its SlotOccupied test is the
// index.
import { type Header, Holder, Slot, holderOf, slotAt, rightsOf, typeOf, hasRight, isCondemned, capabilityWordOf, badgeOf } from "./capability.js";
import { insertAfter, insertChild, unlink, replace } from "./derivation.js";
import { ObjectType, Right, capabilityWord } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { objects, Copying } from "./objects.js";
import { forgetPaths } from "../ipc/path-cache.js";
import { failReceiverThrough, lastLapFor, mayHaveReceivers, moveReceivers } from "./endpoint.js";
import { firstWaiter, moveWaiters } from "./waiters.js";
import { unmapFrame, unmappedBadge } from "./frame.js";
import { type Tcb, failWith, loseCapability, stopUsing } from "./tcb.js";
import { type MemoryObject, dropPages } from "./memory-object.js";
import { type Region, leaveObject, shrinkRegion } from "./region.js";
import { type VSpace, dropTables, innerSlotOfPool } from "./vspace.js";
import { type Arguments } from "../dispatch.js";

/// Slots that one revoke or delete may touch before it returns Restart.
const STEPS_PER_CALL: u32 = 9;
/// log2 of sizeof<Slot>().
const SLOT_BITS: u64 = 5;
/// Slots of a CNode that one step looks into.
const SLOTS_PER_STEP: u32 = 100;
/// Objects within objects that one step of a delete goes down.
const LEVELS_PER_STEP: u32 = 32;
/// Of a slot number.
const LEVEL_BITS: u64 = 16;
const LEVEL_MASK: u64 = 0xffff;

export class CNode {
  slotCount: u64;
  /// Zero: where slot 0 has its capability word.
  zero: u64;
  header: Header;
}

/// The slot, or null past the end: one add and one compare. The fast path knows the first level alone.
export function lookupFlat(cnode: Ptr<CNode>, index: u64): Ptr<Slot> | null {
  attr({ inline: "always" });
  if (index >= cnode.slotCount) return null;
  return unsafe.many<Slot>(u64.of(cnode)).at(index);
}

/// A slot number has 16 bits for each level of CNodes, the root's lowest (5.05): slot i in the CNode in slot j
/// of the root is i << 16 | j.
export function lookup(root: Ptr<CNode>, number: u64): Ptr<Slot> | null {
  let cnode = root;
  for (let rest = number; ; rest >>>= LEVEL_BITS) {
    const slot = lookupFlat(cnode, rest & LEVEL_MASK);
    if (rest <= LEVEL_MASK || slot === null) return slot;
    if (typeOf(slot) !== ObjectType.CNode) return null;
    cnode = unsafe.container<CNode>(slot.object!, "header");
  }
}

/// The slot `index` of a CNode that a thread names and has `right` to, or null: also for slot 0.
export function lookupIn(t: Ptr<Tcb>, cnodeCapability: u64, index: u64, right: Right): Ptr<Slot> | null {
  const slot = lookup(t.cspace, cnodeCapability);
  if (slot === null || typeOf(slot) !== ObjectType.CNode || !hasRight(slot, right)) return null;
  return slotOf(slot, index);
}

export function createCNode(vaddr: u64, sizeBits: u64): Ptr<Header> {
  const cnode = unsafe.ptr<CNode>(vaddr);
  cnode.slotCount = u64(1) << (sizeBits - SLOT_BITS);
  return ref(cnode.header);
}

export function invokeCopy(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  return copyOrMint(t, slot, a, 0);
}

export function invokeMint(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  return copyOrMint(t, slot, a, a[4]);
}

function copyOrMint(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments, badge: u64): KernelError {
  const to = slotOf(slot, a[0]);
  const from = lookupIn(t, a[1], a[2], Right.Read);
  if (to === null || from === null) return KernelError.InvalidArgument;
  return derive(to, from, a[3], badge);
}

export function invokeMove(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const to = slotOf(slot, a[0]);
  const from = lookupIn(t, a[1], a[2], Right.Write);
  if (to === null || from === null || from.word === 0) return KernelError.InvalidArgument;
  if (to.word !== 0) return KernelError.SlotOccupied;
  if (typeOf(from) === ObjectType.Endpoint && !moveReceivers(from, to)) return KernelError.InvalidOperation;
  move(to, from);
  return KernelError.None;
}

export function invokeDelete(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const target = slotOf(slot, a[0]);
  if (target === null) return KernelError.InvalidArgument;
  for (let step: u32 = 0; step < STEPS_PER_CALL; step++) {
    if (target.word === 0 || clear(target)) return KernelError.None;
  }
  return KernelError.Restart;
}

/// Destroys everything derived from a slot, at most STEPS_PER_CALL slots of it.
export function invokeRevoke(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const target = slotOf(slot, a[0]);
  if (target === null) return KernelError.InvalidArgument;
  for (let step: u32 = 0; step < STEPS_PER_CALL; step++) {
    if (target.word === 0 || target.child === 0) return KernelError.None;
    clear(slotAt(target.child));
  }
  return KernelError.Restart;
}

function slotOf(cnode: Ptr<Slot>, index: u64): Ptr<Slot> | null {
  if (index === 0) return null;
  return lookup(unsafe.container<CNode>(cnode.object!, "header"), index);
}

/// Copies `from` into the empty slot `to` with the rights in `mask`; the copy is derived from `from`.
/// A badge, unless 0, replaces none: a capability can get one once (4.10).
export function derive(to: Ptr<Slot>, from: Ptr<Slot>, mask: u64, badge: u64): KernelError {
  if (from.word === 0) return KernelError.InvalidCapability;
  if (to.word !== 0) return KernelError.SlotOccupied;
  if (!hasRight(from, Right.Grant)) return KernelError.MissingRight;
  if (objects[typeOf(from)].copying === Copying.Never) return KernelError.InvalidOperation;
  if (badge !== 0) {
    if (typeOf(from) !== ObjectType.Endpoint && typeOf(from) !== ObjectType.Notification && typeOf(from) !== ObjectType.Channel) return KernelError.InvalidOperation;
    if (badgeOf(from) !== 0 || badge >>> capabilityWord.badge.bits !== 0) return KernelError.InvalidArgument;
  }
  const isFrame = typeOf(from) === ObjectType.Frame;
  to.object = from.object;
  // A copy of a Frame starts unmapped; where the original is mapped is in its badge.
  to.word = capabilityWordOf(typeOf(from), rightsOf(from) & mask, badge !== 0 ? badge : isFrame ? unmappedBadge(from) : badgeOf(from));
  const object = countedObject(from);
  if (object !== null) object.capabilityCount += 1;
  descent.root = null;
  insertChild(from, to);
  return KernelError.None;
}

/// Nobody waits to receive through it.
export function move(to: Ptr<Slot>, from: Ptr<Slot>): void {
  to.object = from.object;
  to.word = from.word;
  moveWaiters(from, to);
  replace(from, to);
  empty(from);
}

/// One step towards an empty slot; true when it is empty. The last capability takes its object along, and
/// before it what is in the object's own slots: objects nest as deep as users like, so this goes down to an
/// innermost one each time, some levels a step, and never recurses. Where the way comes back to `slot` (a
/// process that held itself), `slot` stands and the rest goes first. Should the object that `slot` lies in go
/// thereby, its capability moves to where that object's was: no slot in use ever lies in memory that is free.
export function clear(slot: Ptr<Slot>): boolean {
  let innermost = descent.root === slot ? descent.at : slot;
  let isHomeless = false;
  for (let level: u32 = 0; ; level++) {
    if (failWaiterThrough(innermost)) return false;
    const held = holderOf(innermost) === Holder.Pool ? innerSlotOfPool(unsafe.container<VSpace>(innermost, "pool")) : null;
    if (held !== null && held !== slot) {
      innermost = held;
      continue;
    }
    if (!prepareLoss(innermost)) return false;
    const object = countedObject(innermost);
    if (object === null) break;
    if (object.capabilityCount === 1) {
      const row = ref(objects[typeOf(innermost)]);
      const inner = row.innerSlot(object, slot);
      if (inner !== null) {
        innermost = inner;
        if (level < LEVELS_PER_STEP) continue;
        descent.root = slot;
        descent.at = inner;
        return false;
      }
      if (!row.destroy(object)) return false;
      isHomeless = innermost !== slot && liesIn(slot, object);
    }
    object.capabilityCount -= 1;
    break;
  }
  if (typeOf(innermost) === ObjectType.Frame) unmapFrame(innermost);
  unlink(innermost);
  empty(innermost);
  if (holderOf(innermost) !== Holder.None) loseCapability(innermost);
  if (isHomeless) move(innermost, slot);
  return innermost === slot;
}

/// What an object does before a capability of its own goes: one step, true when it is done.
function prepareLoss(slot: Ptr<Slot>): boolean {
  switch (holderOf(slot)) {
    case Holder.Region: {
      const r = unsafe.container<Region>(slot, "slot");
      if (!shrinkRegion(r)) return false;
      leaveObject(r);
      return true;
    }
    case Holder.VSpace:
      // It may come here again, and the thread never runs in between.
      stopUsing(unsafe.container<Tcb>(slot, "vspaceSlot"));
      return true;
    case Holder.Pool:
      return dropTables(unsafe.container<VSpace>(slot, "pool"));
    case Holder.MemoryObjectPool:
      return dropPages(unsafe.container<MemoryObject>(slot, "poolSlot"));
    default:
      return true;
  }
}

/// Where `clear` of a slot is on its way down. Any slot that is filled or emptied ends this: what it passed may
/// not be the last capability of its object any more.
class Descent {
  root: Ptr<Slot> | null;
  at: Ptr<Slot>;
}
const descent = zeroed<Descent>();

function empty(slot: Ptr<Slot>): void {
  descent.root = null;
  forgetPaths();
  slot.object = null;
  slot.word = 0;
}

/// Empties a slot whose capability has neither an object nor anyone who waits.
export function removePlain(slot: Ptr<Slot>): void {
  unlink(slot);
  empty(slot);
}

/// Gives Gone to one thread that waits through the capability; false where there is none. Who hears of it may try
/// again at once: so the capability is condemned first, and the delete ends.
function failWaiterThrough(slot: Ptr<Slot>): boolean {
  const t = firstWaiter(slot);
  if (t === null) return typeOf(slot) === ObjectType.Endpoint && failReceiver(slot);
  condemn(slot);
  failWith(t, KernelError.Gone);
  return true;
}

function failReceiver(slot: Ptr<Slot>): boolean {
  if (mayHaveReceivers(slot)) condemn(slot);
  return isCondemned(slot) && failReceiverThrough(slot);
}

// What is derived from it has more rights then, so it takes a place beside. Through the capabilities in an object's own
// slots nobody waits but for the kernel to send a fault, and who hears that it cannot stops.
function condemn(slot: Ptr<Slot>): void {
  attr({ inline: "never" });
  if (isCondemned(slot) || holderOf(slot) !== Holder.None) return;
  if (slot.child !== 0) {
    const last = slotAt(slotAt(slot.child).prev);
    unlink(slot);
    insertAfter(last, slot);
  }
  const lap = typeOf(slot) === ObjectType.Endpoint && hasRight(slot, Right.Recv) ? lastLapFor(slot) : 0;
  slot.word = capabilityWordOf(typeOf(slot), Right.None, lap) | (1 << capabilityWord.condemned.at);
  forgetPaths();
}

function liesIn(slot: Ptr<Slot>, object: Ptr<Header>): boolean {
  return (u64.of(slot) ^ u64.of(object)) >>> object.sizeBits === 0;
}

/// The last filled slot; shrinks the CNode to it, at most SLOTS_PER_STEP slots, so that no lookup sees the rest.
export function innerSlotOfCNode(object: Ptr<Header>, except: Ptr<Slot>): Ptr<Slot> | null {
  const cnode = unsafe.container<CNode>(object, "header");
  for (let step: u32 = 0; step < SLOTS_PER_STEP && cnode.slotCount > 1; step++) {
    const last = unsafe.many<Slot>(u64.of(cnode)).at(cnode.slotCount - 1);
    if (last.word !== 0 && last !== except) return last;
    cnode.slotCount -= 1;
  }
  return null;
}

export function destroyCNode(object: Ptr<Header>): boolean {
  return unsafe.container<CNode>(object, "header").slotCount <= 1;
}

// The header behind a capability; null when the object is plain memory and has none.
function countedObject(slot: Ptr<Slot>): Ptr<Header> | null {
  return objects[typeOf(slot)].copying === Copying.Counted ? slot.object : null;
}
