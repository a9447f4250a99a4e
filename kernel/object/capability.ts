// A capability is two words, and a slot is where it lives: 32 bytes, half of them the derivation tree.
//
//   byte  0        8        16     20     24     28     32
//         +--------+--------+------+------+------+------+
//         | object |  word  | child| next | prev |w | h |     Slot: w threads that wait through it, h holder
//         +--------+--------+------+------+------+------+
//
// Invariants: word == 0 exactly when the slot is empty (type Null). Links are SlotRefs, because four
// pointers would double the slot; see object/derivation.ts for what they mean.
import { capabilityWord, type ObjectType, type Right } from "../abi/objects.js";
import { PHYSMAP_BASE } from "../memory/layout.js";
import { extract } from "../bits.js";

/// A field of every kernel object, wherever it suits the layout: capabilities point at this field, and
/// `unsafe.container<Endpoint>(slot.object, "header")` is the object, at no cost.
export class Header {
  /// Slots that name this object. At zero the object is destroyed.
  capabilityCount: u32;
  /// log2 of the object's size, on which it is aligned.
  sizeBits: u8;
}

/// A slot's address as (address - PHYSMAP_BASE) / 32; 0 is none. 31 bits reach 64 GiB.
export type SlotRef = u32;

export enum Holder { None = 0, CSpace = 1, VSpace = 2, Utcb = 3, Fault = 4, Pool = 5, Irq = 6, MemoryObjectPool = 7, Region = 8 }

@align(32)
export class Slot {
  object: Ptr<Header> | null;
  word: u64;
  child: SlotRef;
  next: SlotRef;
  prev: SlotRef;
  /// Low 8 bits: for a slot inside another object, its Holder, so that the object hears of it when the capability
  /// goes. Above: the first of the threads that wait through the capability, see object/waiters.ts.
  waiterAndHolder: u32;
}

export function holderOf(slot: Ptr<Slot>): Holder {
  return unsafe.enumOf<Holder>(slot.waiterAndHolder & 0xff);
}

export function setHolder(slot: Ptr<Slot>, holder: Holder): void {
  slot.waiterAndHolder = holder;
}

export function slotAt(slotRef: SlotRef): Ptr<Slot> {
  attr({ inline: "always" });
  return unsafe.ptr<Slot>(PHYSMAP_BASE + (u64(slotRef) << 5));
}

export function refOf(slot: Ptr<Slot>): SlotRef {
  attr({ inline: "always" });
  return u32((u64.of(slot) - PHYSMAP_BASE) >>> 5);
}

export function typeOf(slot: Ptr<Slot>): ObjectType {
  return unsafe.enumOf<ObjectType>(extract(slot.word, capabilityWord.type));
}

export function rightsOf(slot: Ptr<Slot>): u64 {
  return extract(slot.word, capabilityWord.rights);
}

export function hasRight(slot: Ptr<Slot>, right: Right): boolean {
  return (rightsOf(slot) & right) === right;
}

export function badgeOf(slot: Ptr<Slot>): u64 {
  return slot.word >>> capabilityWord.badge.at;
}

/// Its delete has begun: nobody comes to wait through it any more.
export function isCondemned(slot: Ptr<Slot>): boolean {
  return (slot.word & (1 << capabilityWord.condemned.at)) !== 0;
}

/// A capability's second word.
export function capabilityWordOf(type: ObjectType, rights: u64, badge: u64): u64 {
  return (badge << capabilityWord.badge.at) | (rights << capabilityWord.rights.at) | type;
}
