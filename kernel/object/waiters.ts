// Threads that wait through a capability (1.33): when it goes they get Gone.
//
// They are a circle of throughNext/throughPrev, and the capability's slot names the first of it. Only that one
// knows the slot, so that a capability moves in constant time however many wait.
import { type Slot } from "./capability.js";
import { type Tcb } from "./tcb.js";
import { PHYSMAP_BASE } from "../memory/layout.js";

const HOLDER_MASK: u32 = 0xff;
const TCB_BITS: u64 = 11;

export function firstWaiter(slot: Ptr<Slot>): Ptr<Tcb> | null {
  const index: u64 = slot.waiterAndHolder >>> 8;
  return index === 0 ? null : unsafe.ptr<Tcb>(PHYSMAP_BASE + (index << TCB_BITS));
}

function setFirst(slot: Ptr<Slot>, t: Ptr<Tcb> | null): void {
  const index: u32 = t === null ? 0 : u32((u64.of(t) - PHYSMAP_BASE) >>> TCB_BITS);
  slot.waiterAndHolder = (slot.waiterAndHolder & HOLDER_MASK) | (index << 8);
  if (t !== null) t.through = slot;
}

/// `t` waits through the capability in `slot`.
export function addWaiter(slot: Ptr<Slot>, t: Ptr<Tcb>): void {
  const first = firstWaiter(slot);
  if (first === null) {
    t.throughNext = t;
    t.throughPrev = t;
    setFirst(slot, t);
    return;
  }
  t.through = null;
  t.throughNext = first;
  t.throughPrev = first.throughPrev;
  first.throughPrev.throughNext = t;
  first.throughPrev = t;
}

export function removeWaiter(t: Ptr<Tcb>): void {
  const next = t.throughNext, slot = t.through;
  t.through = null;
  if (next === t) {
    if (slot !== null) slot.waiterAndHolder &= HOLDER_MASK;
    return;
  }
  next.throughPrev = t.throughPrev;
  t.throughPrev.throughNext = next;
  if (slot !== null) setFirst(slot, next);
}

/// The capability in `from` is in `to` from here on.
export function moveWaiters(from: Ptr<Slot>, to: Ptr<Slot>): void {
  setFirst(to, firstWaiter(from));
  setFirst(from, null);
}
