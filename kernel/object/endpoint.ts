// Endpoint: where a sender and a receiver meet. No message is stored here, only the threads that wait,
// so an endpoint never runs out of memory (2.18). Features 1.01, 4.02, 4.03.
//
// Invariants: at most one of the two queues is non-empty; each thread in `receivers` has
// blockedOn == endpoint | Wait.Recv, each in `senders` endpoint | Wait.Send, and no other thread has.
// A queue is a circle of Tcb.next/prev and the endpoint holds its oldest thread. A thread in no queue is
// a circle of one, so joining an empty queue and leaving a queue of one write no link at all.
import type { Header, Slot } from "./capability.js";
import { type Tcb, Wait, failWith } from "./tcb.js";
import { KernelError } from "../abi/errors.js";

@align(32)
export class Endpoint {
  receivers: Ptr<Tcb> | null;
  senders: Ptr<Tcb> | null;
  header: Header;
}

export function createEndpoint(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  return ref(unsafe.ptr<Endpoint>(vaddr).header);
}

export function enqueueReceiver(e: Ptr<Endpoint>, t: Ptr<Tcb>): void {
  t.blockedOn = tagged.of(Wait.Recv, e);
  e.receivers = append(e.receivers, t);
}

/// `through`: the capability that it sends through, and without which it does not wait (1.33).
export function enqueueSender(e: Ptr<Endpoint>, t: Ptr<Tcb>, through: Ptr<Slot>): void {
  t.sendsThrough = through;
  t.blockedOn = tagged.of(Wait.Send, e);
  e.senders = append(e.senders, t);
}

/// Takes `t` out of whichever queue of `e` it is in, wherever it stands there.
export function removeWaiter(e: Ptr<Endpoint>, t: Ptr<Tcb>): void {
  const rest = detach(t);
  if (e.receivers === t) e.receivers = rest;
  if (e.senders === t) e.senders = rest;
  t.blockedOn = tagged.none();
}

/// Wakes one waiting thread with Gone. Returns true when no thread is left: then the memory is free.
export function destroyEndpoint(object: Ptr<Header>): boolean {
  const e = unsafe.container<Endpoint>(object, "header");
  const t = e.receivers ?? e.senders;
  if (t === null) return true;
  removeWaiter(e, t);
  failWith(t, KernelError.Gone);
  return false;
}

/// Gives Gone to one thread that waits to send through a capability; false where there is none.
export function failSenderThrough(e: Ptr<Endpoint>, through: Ptr<Slot>): boolean {
  const t = senderThrough(e, through);
  if (t === null) return false;
  removeWaiter(e, t);
  failWith(t, KernelError.Gone);
  return true;
}

/// The capability in `from` is in `to` from here on.
export function followMove(e: Ptr<Endpoint>, from: Ptr<Slot>, to: Ptr<Slot>): void {
  for (let t = senderThrough(e, from); t !== null; t = senderThrough(e, from)) t.sendsThrough = to;
}

function senderThrough(e: Ptr<Endpoint>, slot: Ptr<Slot>): Ptr<Tcb> | null {
  const first = e.senders;
  if (first === null) return null;
  let t = first;
  do {
    if (t.sendsThrough === slot) return t;
    t = t.next;
  } while (t !== first);
  return null;
}

/// The head after appending `t`.
export function append(head: Ptr<Tcb> | null, t: Ptr<Tcb>): Ptr<Tcb> {
  attr({ inline: "always" });
  if (head === null) return t;
  t.next = head;
  t.prev = head.prev;
  head.prev.next = t;
  head.prev = t;
  return head;
}

/// What is left of the circle without `t`, from the next oldest on.
export function detach(t: Ptr<Tcb>): Ptr<Tcb> | null {
  attr({ inline: "always" });
  if (t.next === t) return null;
  const rest = t.next;
  t.prev.next = rest;
  rest.prev = t.prev;
  t.next = t;
  t.prev = t;
  return rest;
}
