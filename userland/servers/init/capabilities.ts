// Init's own CSpace and memory: empty slots, and objects out of the largest Untyped. What a process is
// made of comes out of an Untyped of its own, so that ending it is one revoke.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { cnodeCopy, cnodeMint, untypedRetype } from "../../lib/stubs.js";

class Capabilities {
  nextSlot: u64;
  endSlot: u64;
  untyped: u64;
}
const own = zeroed<Capabilities>();

export function startAllocating(info: Ptr<BootInfo>): void {
  own.nextSlot = info.firstEmptySlot;
  own.endSlot = info.slotCount;
  let best: usize = 0;
  // The first block is the one that init itself was made from.
  for (let i: usize = 1; i < info.untypedCount; i++) if (best === 0 || info.untypedBits[i] > info.untypedBits[best]) best = i;
  own.untyped = BootSlot.FirstUntyped + best;
}

/// Init lives as long as the machine: slots are taken, and reused by whoever took them.
export function newSlot(): u64 {
  assert(own.nextSlot < own.endSlot, "init has no slots left");
  own.nextSlot += 1;
  return own.nextSlot - 1;
}

/// An object from init's memory in a new slot; size 0: the type's own.
export function newObject(type: ObjectType, sizeBits: u64): u64 {
  const slot = newSlot();
  makeObject(own.untyped, type, sizeBits, slot);
  return slot;
}

export function makeObject(untyped: u64, type: ObjectType, sizeBits: u64, slot: u64): void {
  assert(untypedRetype(untyped, type, sizeBits, BootSlot.CNode, slot) >= 0, "init is out of memory");
}

/// A copy with fewer rights in another CNode.
export function give(cnode: u64, slot: u64, from: u64, rights: u64): void {
  assert(cnodeCopy(cnode, slot, BootSlot.CNode, from, rights) >= 0, "a capability cannot be given");
}

export function giveBadged(cnode: u64, slot: u64, from: u64, rights: u64, badge: u64): void {
  assert(cnodeMint(cnode, slot, BootSlot.CNode, from, rights, badge) >= 0, "a capability cannot be given");
}
