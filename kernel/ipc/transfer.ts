// What a message carries, on the slow path: registers a1..a5 (tag and four words), words of the UTCB, and
// capabilities (4.12).
import { type Slot, hasRight, typeOf } from "../object/capability.js";
import { derive, lookup, lookupIn, move } from "../object/cnode.js";
import { Copying, objects } from "../object/objects.js";
import { type Tcb } from "../object/tcb.js";
import { Right, messageTag } from "../abi/objects.js";
import { utcbLayout } from "../abi/utcb.js";
import { KernelError } from "../abi/errors.js";
import { extract } from "../bits.js";
import { copyEight } from "../memory/layout.js";

const UNTYPED_MASK: u64 = (1 << messageTag.untyped.bits) - 1;
const TYPED_MASK: u64 = ((1 << messageTag.typed.bits) - 1) << messageTag.typed.at;
/// Bits below the label that users may not set: the kernel's own, and those without a meaning.
const REFUSED: u64 = ((1 << messageTag.label.at) - 1) & ~(UNTYPED_MASK | TYPED_MASK);
/// An item: slot number, and from here on rights.
const ITEM_RIGHTS_AT: u64 = 32;
const ITEM_SLOT: u64 = 0xffff_ffff;

/// Whether the thread may send with this tag.
export function checkTag(t: Ptr<Tcb>, tag: u64): KernelError {
  if ((tag & (REFUSED | UNTYPED_MASK | TYPED_MASK)) === 0) return KernelError.None;
  if ((tag & REFUSED) !== 0 || extract(tag, messageTag.untyped) > utcbLayout.maxUntyped || t.utcb === 0) return KernelError.InvalidArgument;
  const typed = extract(tag, messageTag.typed);
  for (let i: u64 = 0; i < typed; i++) {
    const slot = itemSlot(t, i);
    if (slot === null || slot.word === 0) return KernelError.InvalidCapability;
    if (!hasRight(slot, Right.Grant)) return KernelError.MissingRight;
  }
  return KernelError.None;
}

/// The sender's tag has been checked. A receiver without UTCB gets the register words alone.
export function transfer(from: Ptr<Tcb>, to: Ptr<Tcb>): void {
  const source = ref(from.registers.x), target = ref(to.registers.x);
  let tag = source[11];
  if ((tag & (UNTYPED_MASK | TYPED_MASK)) !== 0) {
    if (to.utcb === 0 || from.utcb === 0) {
      tag &= ~(UNTYPED_MASK | TYPED_MASK);
    } else {
      let count = tag & UNTYPED_MASK;
      const room = roomOf(to);
      if (count > room) {
        tag -= count - room;
        count = room;
      }
      copyWords(to.utcb, from.utcb, count);
      if ((tag & TYPED_MASK) !== 0) tag = (tag & ~TYPED_MASK) | (transferItems(from, to, extract(tag, messageTag.typed)) << messageTag.typed.at);
    }
  }
  target[11] = tag;
  target[12] = source[12];
  target[13] = source[13];
  target[14] = source[14];
  target[15] = source[15];
}

/// Words of a message that a receiver's UTCB takes: it may keep some for itself.
export function roomOf(to: Ptr<Tcb>): u64 {
  attr({ inline: "always" });
  const kept = unsafe.ptr<u64>(to.utcb + utcbLayout.kept).$;
  return kept < utcbLayout.maxUntyped ? utcbLayout.maxUntyped - kept : 0;
}

export function copyWords(to: u64, from: u64, count: u64): void {
  let target = unsafe.many<u64>(to), source = unsafe.many<u64>(from), left = count;
  for (; left >= 8; left -= 8) {
    copyEight(target, source);
    target = target.add(8);
    source = source.add(8);
  }
  for (let i: usize = 0; i < left; i++) target[i] = source[i];
}

// How many arrived: the first that is gone by now, or finds no place, ends it.
function transferItems(from: Ptr<Tcb>, to: Ptr<Tcb>, count: u64): u64 {
  for (let i: u64 = 0; i < count; i++) {
    const place = placeFor(to, i);
    if (place === null || !takeItem(from, i, place)) return i;
  }
  return count;
}

function itemAt(t: Ptr<Tcb>, index: u64): u64 {
  return unsafe.many<u64>(t.utcb + utcbLayout.items)[index];
}

function itemSlot(t: Ptr<Tcb>, index: u64): Ptr<Slot> | null {
  return lookup(t.cspace, itemAt(t, index) & ITEM_SLOT);
}

/// The capability that an item of the thread names goes into an empty slot; false where it may not.
export function takeItem(from: Ptr<Tcb>, index: u64, to: Ptr<Slot>): boolean {
  const slot = from.utcb === 0 ? null : itemSlot(from, index);
  if (slot === null || slot.word === 0 || slot === to || !hasRight(slot, Right.Grant)) return false;
  if (objects[typeOf(slot)].copying === Copying.Never) {
    move(to, slot);
    return true;
  }
  const rights = itemAt(from, index) >>> ITEM_RIGHTS_AT;
  return derive(to, slot, rights === 0 ? Right.All : rights, 0) === KernelError.None;
}

/// An empty slot of the receiver's choice, or null.
function placeFor(to: Ptr<Tcb>, index: u64): Ptr<Slot> | null {
  const window = unsafe.many<u64>(to.utcb + utcbLayout.receiveCNode);
  if (window[1] === 0) return null;
  const slot = lookupIn(to, window[0], window[1] + index, Right.Write);
  return slot !== null && slot.word === 0 ? slot : null;
}

/// A capability that travelled by itself moves to the receiver's place number `index`; false where it cannot.
export function giveItem(to: Ptr<Tcb>, index: u64, from: Ptr<Slot>): boolean {
  if (from.word === 0) return false;
  const place = to.utcb === 0 ? null : placeFor(to, index);
  if (place === null) return false;
  move(place, from);
  return true;
}
