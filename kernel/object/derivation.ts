// The derivation tree, which runs through all slots of the system.
//
// `child` is the first capability derived from this one, `next` the next sibling. The siblings' prev
// links are a circle; the last sibling's `next` is its parent with LAST set.
//
//        P.child ----> A --next--> B --next--> C --next--> P|LAST        A.prev == C
//
// Removing a slot puts its children in its place, in constant time and without touching each child (they
// hold no parent link). So revoke is a loop of constant steps that can stop after any of them (1.33).
// Every slot in use has a parent: boot capabilities hang under one static root slot.
import { type Slot, type SlotRef, slotAt, refOf } from "./capability.js";

const LAST: SlotRef = 0x8000_0000;

export function insertChild(parent: Ptr<Slot>, slot: Ptr<Slot>): void {
  const self = refOf(slot);
  slot.child = 0;
  if (parent.child === 0) {
    slot.next = LAST | refOf(parent);
    slot.prev = self;
  } else {
    const first = slotAt(parent.child);
    slot.next = parent.child;
    slot.prev = first.prev;
    first.prev = self;
  }
  parent.child = self;
}

/// Puts an empty slot behind another, with the same parent.
export function insertAfter(slot: Ptr<Slot>, to: Ptr<Slot>): void {
  const self = refOf(to);
  to.child = 0;
  to.next = slot.next;
  to.prev = refOf(slot);
  if ((slot.next & LAST) !== 0) slotAt(slotAt(slot.next & ~LAST).child).prev = self;
  else slotAt(slot.next).prev = self;
  slot.next = self;
}

/// Neighbours below one parent.
export function areBeside(a: Ptr<Slot>, b: Ptr<Slot>): boolean {
  return a.next === refOf(b) || b.next === refOf(a);
}

/// Takes a slot out of the tree; its children take its place.
export function unlink(slot: Ptr<Slot>): void {
  const before = slotAt(slot.prev);
  const isFirst = (before.next & LAST) !== 0;
  const isLast = (slot.next & LAST) !== 0;
  const parent = slotAt((isFirst ? before.next : slot.next) & ~LAST); // neither: unused

  if (slot.child !== 0) {
    const head = slot.child;
    const tail = slotAt(head).prev;
    slotAt(tail).next = slot.next;
    if (isFirst) parent.child = head;
    else before.next = head;
    if (isLast) slotAt(parent.child).prev = tail;
    else slotAt(slot.next).prev = tail;
    if (!(isFirst && isLast)) slotAt(head).prev = slot.prev;
    return;
  }
  if (isFirst && isLast) {
    parent.child = 0;
  } else if (isFirst) {
    parent.child = slot.next;
    slotAt(slot.next).prev = slot.prev;
  } else if (isLast) {
    before.next = slot.next;
    slotAt(parent.child).prev = slot.prev;
  } else {
    before.next = slot.next;
    slotAt(slot.next).prev = slot.prev;
  }
}

/// Puts the empty slot `to` where `from` is in the tree, children included; `from` is out of it then.
export function replace(from: Ptr<Slot>, to: Ptr<Slot>): void {
  const self = refOf(to);
  const before = slotAt(from.prev);
  const isOnly = before === from;
  const isFirst = (before.next & LAST) !== 0;
  const isLast = (from.next & LAST) !== 0;
  to.child = from.child;
  to.next = from.next;
  to.prev = isOnly ? self : from.prev;
  if (isFirst) slotAt(before.next & ~LAST).child = self;
  else before.next = self;
  if (!isOnly) {
    if (isLast) slotAt(slotAt(from.next & ~LAST).child).prev = self;
    else slotAt(from.next).prev = self;
  }
  if (from.child !== 0) slotAt(slotAt(from.child).prev).next = LAST | self;
}
