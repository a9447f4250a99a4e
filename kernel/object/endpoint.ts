// Endpoint: where a sender and a receiver meet. No message is stored here, only the threads that wait,
// so an endpoint never runs out of memory (2.18). Features 1.01, 4.02, 4.03.
//
// Invariants: at most one of the two queues is non-empty; each thread in `receivers` has
// blockedOn == endpoint | Wait.Recv, or is there by a WaitNode and has Wait.Any; each in `senders` has
// endpoint | Wait.Send, and no other thread has.
// A queue is a circle of next/prev and the endpoint holds its oldest place. A thread in no queue is
// a circle of one, so joining an empty queue and leaving a queue of one write no link at all.
import { type Header, type Slot, badgeOf, hasRight } from "./capability.js";
import { addWaiter, removeWaiter } from "./waiters.js";
import { type Tcb, type WaitNode, Gate, Wait, clearReason, failWith, setReason } from "./tcb.js";
import { Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Arguments } from "../dispatch.js";

@align(32)
export class Endpoint {
  receivers: Ptr<Tcb> | null;
  senders: Ptr<Tcb> | null;
  /// Who last came to receive here by the slow path, and so serves the endpoint as a rule: callers that wait for
  /// a busy server help it (2.09).
  server: Ptr<Tcb> | null;
  header: Header;
  /// Where EndpointCancelBadgedSends for `cancelBadge` goes on: one of the senders; null: at the first.
  cancelAt: Ptr<Tcb> | null;
  cancelBadge: u64;
  /// Where the search for who receives through `soughtThrough` goes on: one of the receivers, whose gate says so;
  /// null: at the first.
  searchAt: Ptr<Tcb> | null;
  soughtThrough: Ptr<Slot> | null;
}

/// Senders that one call of EndpointCancelBadgedSends looks at.
const SENDERS_PER_CALL: u32 = 64;
/// Receivers that one step of a delete looks at.
const RECEIVERS_PER_STEP: u32 = 64;
/// With more receivers at its Endpoint a capability to receive does not move.
const MOST_RECEIVERS: u32 = 512;

export function createEndpoint(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  return ref(unsafe.ptr<Endpoint>(vaddr).header);
}

export function enqueueReceiver(e: Ptr<Endpoint>, t: Ptr<Tcb>): void {
  t.blockedOn = tagged.of(Wait.Recv, e);
  e.receivers = append(e.receivers, t);
}

/// `through`: the capability that it sends through, and without which it does not wait (1.33).
export function enqueueSender(e: Ptr<Endpoint>, t: Ptr<Tcb>, through: Ptr<Slot>): void {
  addWaiter(through, t);
  t.blockedOn = tagged.of(Wait.Send, e);
  e.senders = append(e.senders, t);
}

export function removeReceiver(e: Ptr<Endpoint>, place: Ptr<Tcb>): void {
  if (e.searchAt === place) goOnBehind(e, place);
  const rest = detach(place);
  if (e.receivers === place) e.receivers = rest;
}

export function removeSender(e: Ptr<Endpoint>, t: Ptr<Tcb>): void {
  const rest = detach(t);
  if (e.cancelAt === t) e.cancelAt = rest === e.senders ? null : rest;
  if (e.senders === t) e.senders = rest;
  removeWaiter(t);
}

/// One more of the queues that a thread in RecvAny waits in.
export function enqueueNode(t: Ptr<Tcb>, through: Ptr<Slot>): void {
  const node = ref(t.nodes[t.nodeCount]);
  t.nodeCount += 1;
  node.gate = Gate.Node;
  node.through = through;
  const place = placeOf(node), e = endpointOf(through);
  place.next = place;
  place.prev = place;
  e.receivers = append(e.receivers, place);
  setReason(t, Gate.Any);
  t.blockedOn = tagged.of(Wait.Any, t);
}

/// Out of all queues of RecvAny.
export function leaveAll(t: Ptr<Tcb>): void {
  for (let i: usize = 0; i < t.nodeCount; i++) removeReceiver(endpointOf(t.nodes[i].through), placeOf(ref(t.nodes[i])));
  t.nodeCount = 0;
  clearReason(t, Gate.Any);
}

/// The thread that waits at a place of a queue.
export function threadAt(place: Ptr<Tcb>): Ptr<Tcb> {
  if ((place.gate & Gate.Node) === 0) return place;
  return unsafe.ptr<Tcb>((u64.of(place) + offsetof<Tcb>("gate")) & ~(sizeof<Tcb>() - 1));
}

/// Which of its endpoints a place of a thread in RecvAny is at.
export function indexOf(place: Ptr<Tcb>): u64 {
  return (u64.of(place) + offsetof<Tcb>("gate") - u64.of(ref(threadAt(place).nodes))) / sizeof<WaitNode>();
}

function placeOf(node: Ptr<WaitNode>): Ptr<Tcb> {
  return unsafe.ptr<Tcb>(u64.of(node) - offsetof<Tcb>("gate"));
}

/// Wakes one waiting thread with Gone. Returns true when no thread is left: then the memory is free.
export function destroyEndpoint(object: Ptr<Header>): boolean {
  return drainEndpoint(unsafe.container<Endpoint>(object, "header"));
}

export function drainEndpoint(e: Ptr<Endpoint>): boolean {
  const place = e.receivers ?? e.senders;
  if (place === null) {
    const server = e.server;
    if (server !== null) server.serves = null;
    e.server = null;
    return true;
  }
  failWith(threadAt(place), KernelError.Gone);
  return false;
}

export function endpointOf(slot: Ptr<Slot>): Ptr<Endpoint> {
  return unsafe.container<Endpoint>(slot.object!, "header");
}

/// Senders with the capability's badge get Gone; the others wait on, in their order.
export function invokeCancelBadgedSends(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  const e = endpointOf(slot), badge = badgeOf(slot);
  if (badge === 0) return KernelError.InvalidOperation;
  let at = e.cancelBadge === badge ? (e.cancelAt ?? e.senders) : e.senders;
  for (let step: u32 = 0; step < SENDERS_PER_CALL; step++) {
    if (at === null) break;
    const sender = at;
    at = sender.next === e.senders ? null : sender.next;
    if (sender.sendBadge === badge) failWith(sender, KernelError.Gone);
  }
  e.cancelAt = at;
  e.cancelBadge = badge;
  return at === null ? KernelError.None : KernelError.Restart;
}

/// One step of giving Gone to those who wait to receive through an Endpoint capability; false where nobody does.
export function failReceiverThrough(through: Ptr<Slot>): boolean {
  if (!hasRight(through, Right.Recv)) return false;
  const e = endpointOf(through), place = findReceiver(e, through);
  if (place !== null) failWith(threadAt(place), KernelError.Gone);
  return place !== null || e.searchAt !== null;
}

// Looks at RECEIVERS_PER_STEP places, from where the last step for the same capability ended. Who came since is behind.
function findReceiver(e: Ptr<Endpoint>, through: Ptr<Slot>): Ptr<Tcb> | null {
  let at = e.soughtThrough === through ? (e.searchAt ?? e.receivers) : e.receivers;
  let found: Ptr<Tcb> | null = null;
  for (let step: u32 = 0; step < RECEIVERS_PER_STEP && found === null; step++) {
    if (at === null) break;
    const place = at;
    at = place.next === e.receivers ? null : place.next;
    if (throughOf(place) === through) found = place;
  }
  e.soughtThrough = through;
  goOnAt(e, at);
  return found;
}

function goOnBehind(e: Ptr<Endpoint>, place: Ptr<Tcb>): void {
  attr({ inline: "never" });
  goOnAt(e, place.next === e.receivers ? null : place.next);
}

// The fast path would take the receiver out of its queue unseen: its gate keeps that away.
function goOnAt(e: Ptr<Endpoint>, place: Ptr<Tcb> | null): void {
  const before = e.searchAt;
  if (before !== null && (before.gate & Gate.Node) === 0) clearReason(before, Gate.Sought);
  if (place !== null && (place.gate & Gate.Node) === 0) setReason(place, Gate.Sought);
  e.searchAt = place;
}

/// The Endpoint capability in `from` is in `to` from here on. False where too many receive.
export function moveReceivers(from: Ptr<Slot>, to: Ptr<Slot>): boolean {
  const e = endpointOf(from), first = hasRight(from, Right.Recv) ? e.receivers : null;
  if (first === null) return true;
  let place = first;
  for (let count: u32 = 0; place.next !== first; count++) {
    if (count === MOST_RECEIVERS) return false;
    place = place.next;
  }
  do {
    if (throughOf(place) === from) setThrough(place, to);
    place = place.next;
  } while (place !== first);
  // Those who were passed by may be receiving through `to` now.
  if (e.soughtThrough === to) e.soughtThrough = null;
  return true;
}

/// The capability that a place of a queue of receivers is there by.
function throughOf(place: Ptr<Tcb>): Ptr<Slot> | null {
  return (place.gate & Gate.Node) === 0 ? place.receivesThrough : threadAt(place).nodes[indexOf(place)].through;
}

function setThrough(place: Ptr<Tcb>, slot: Ptr<Slot>): void {
  if ((place.gate & Gate.Node) === 0) place.receivesThrough = slot;
  else threadAt(place).nodes[indexOf(place)].through = slot;
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
