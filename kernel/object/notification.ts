// Notification: one word of bits, OR semantics; a signal never blocks (1.09, 4.08). Several signals of a
// bit before anyone looks are one.
//
// Invariants: `waiters` is non-empty only while `bits` is zero; each thread in it has
// blockedOn == notification | Wait.Notification. A bound thread (1.14) that waits in an endpoint is woken
// from there; while it is elsewhere its Gate.NotificationPending says that bits wait for it.
import { type Header, type Slot, badgeOf } from "./capability.js";
import { type Tcb, Gate, Wait, failWith, setReason, clearReason, stopTimeout, stopWaiting } from "./tcb.js";
import { append, detach } from "./endpoint.js";
import { addWaiter, removeWaiter } from "./waiters.js";
import { messageTag } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { wake } from "../schedule/scheduler.js";

@align(32)
export class Notification {
  bits: u64;
  waiters: Ptr<Tcb> | null;
  bound: Ptr<Tcb> | null;
  header: Header;
}

export const WOKEN_BY_NOTIFICATION: u64 = u64(1) << messageTag.notification.at;

export function createNotification(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  return ref(unsafe.ptr<Notification>(vaddr).header);
}

export function destroyNotification(object: Ptr<Header>): boolean {
  const n = unsafe.container<Notification>(object, "header");
  if (n.bound !== null) unbind(n);
  const t = n.waiters;
  if (t === null) return true;
  failWith(t, KernelError.Gone);
  return false;
}

/// What a signal through this capability sets.
export function signalledBits(slot: Ptr<Slot>, bits: u64): u64 {
  return badgeOf(slot) !== 0 ? badgeOf(slot) : bits;
}

export function signal(n: Ptr<Notification>, bits: u64): void {
  n.bits |= bits;
  if (n.bits === 0) return;
  const bound = n.bound, t = n.waiters;
  if (bound !== null && (t === null || isReceiving(bound))) signalBound(n, bound);
  else if (t !== null) wakeWaiter(n, t);
}

function wakeWaiter(n: Ptr<Notification>, t: Ptr<Tcb>): void {
  attr({ inline: "never" });
  leaveNotification(n, t);
  stopTimeout(t);
  takeBits(n, t);
  wake(t);
}

function signalBound(n: Ptr<Notification>, t: Ptr<Tcb>): void {
  attr({ inline: "never" });
  if (!isReceiving(t)) {
    setReason(t, Gate.NotificationPending);
    return;
  }
  // The source that a bound notification is in RecvAny.
  if (tagged.kind(t.blockedOn) === Wait.Any) t.registers.x[16] = t.nodeCount;
  stopWaiting(t);
  takeBits(n, t);
  wake(t);
}

function isReceiving(t: Ptr<Tcb>): boolean {
  const kind = tagged.kind(t.blockedOn);
  return kind === Wait.Recv || kind === Wait.Any;
}

/// Hands the bits over as the result of Wait, Poll or Recv.
export function takeBits(n: Ptr<Notification>, t: Ptr<Tcb>): void {
  t.registers.x[10] = 0;
  t.registers.x[11] = WOKEN_BY_NOTIFICATION;
  t.registers.x[12] = n.bits;
  n.bits = 0;
  if (n.bound !== null) forgetPending(n.bound);
}

function forgetPending(t: Ptr<Tcb>): void {
  attr({ inline: "never" });
  clearReason(t, Gate.NotificationPending);
}

export function waitFor(n: Ptr<Notification>, t: Ptr<Tcb>, through: Ptr<Slot>): void {
  addWaiter(through, t);
  t.blockedOn = tagged.of(Wait.Notification, n);
  n.waiters = append(n.waiters, t);
}

export function leaveNotification(n: Ptr<Notification>, t: Ptr<Tcb>): void {
  attr({ inline: "always" });
  const rest = detach(t);
  if (n.waiters === t) n.waiters = rest;
  removeWaiter(t);
}

export function bind(n: Ptr<Notification>, t: Ptr<Tcb>): void {
  n.bound = t;
  t.boundNotification = n;
  if (n.bits !== 0) setReason(t, Gate.NotificationPending);
}

export function unbind(n: Ptr<Notification>): void {
  const t = n.bound;
  if (t === null) return;
  clearReason(t, Gate.NotificationPending);
  t.boundNotification = null;
  n.bound = null;
}

