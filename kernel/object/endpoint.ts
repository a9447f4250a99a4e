// Endpoint: where a sender and a receiver meet. No message is stored here, only the threads that wait,
// so an endpoint never runs out of memory (2.18). Features 1.01, 4.02, 4.03.
//
// Invariants: at most one of the two queues is non-empty; each thread in `receivers` has
// blockedOn == endpoint | Wait.Recv, or is there by a WaitNode and has Wait.Any; each in `senders` has
// endpoint | Wait.Send, and no other thread has.
// A queue is a circle of next/prev and the endpoint holds its oldest place. A thread in no queue is
// a circle of one, so joining an empty queue and leaving a queue of one write no link at all.
import { type Header, type Slot, badgeOf, hasRight, isCondemned } from "./capability.js";
import { addWaiter, removeWaiter } from "./waiters.js";
import { type Tcb, type WaitNode, Gate, Wait, clearReason, failWith, setReason, setSought } from "./tcb.js";
import { Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { PHYSMAP_BASE } from "../memory/layout.js";
import { type Arguments } from "../dispatch.js";

/// A place's address as (address - PHYSMAP_BASE) / 32; 0 is none.
type PlaceRef = u32;

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
  /// The search for who receives through condemned capabilities, one for all of them: the place where it goes on, and
  /// the last one of this lap, by their PlaceRef; their gates say so. Zero: the next step begins a lap.
  searchAt: PlaceRef;
  searchEnd: PlaceRef;
  /// That were finished.
  laps: u64;
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
  if ((place.gate & Gate.Sought) !== 0) passBy(e, place);
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

/// Nobody comes to receive through the capability from here on. The lap after which nobody does: the search may have
/// passed by some in the one that it is in.
export function lastLapFor(through: Ptr<Slot>): u64 {
  const e = endpointOf(through);
  return e.laps + (e.searchAt === 0 ? 1 : 2);
}

/// Whether anybody may wait to receive through an Endpoint capability, which nothing but a search tells.
export function mayHaveReceivers(through: Ptr<Slot>): boolean {
  return hasRight(through, Right.Recv) && endpointOf(through).receivers !== null;
}

/// One step of giving Gone to those who wait to receive through condemned capabilities, this one among them; false
/// where nobody does through this one. Whoever comes here takes all searches at this endpoint further.
export function failReceiverThrough(condemned: Ptr<Slot>): boolean {
  const e = endpointOf(condemned), last = badgeOf(condemned);
  if (e.laps >= last) return false;
  const place = findReceiver(e);
  if (place !== null) failWith(threadAt(place), KernelError.Gone);
  return place !== null || e.laps < last;
}

// Looks at RECEIVERS_PER_STEP places. Who comes during a lap is behind its end.
function findReceiver(e: Ptr<Endpoint>): Ptr<Tcb> | null {
  const isBegun = e.searchAt !== 0, first = isBegun ? placeAt(e.searchAt) : e.receivers;
  if (first === null) {
    e.laps += 1;
    return null;
  }
  const end = isBegun ? placeAt(e.searchEnd) : first.prev;
  let at: Ptr<Tcb> | null = first, found: Ptr<Tcb> | null = null;
  for (let step: u32 = 0; step < RECEIVERS_PER_STEP && found === null; step++) {
    if (at === null) break;
    const place: Ptr<Tcb> = at, through = throughOf(place);
    at = place === end ? null : place.next;
    if (through !== null && isCondemned(through)) found = place;
  }
  goOnAt(e, at, end);
  return found;
}

// A place where the search goes on, or ends, leaves the queue.
function passBy(e: Ptr<Endpoint>, place: Ptr<Tcb>): void {
  attr({ inline: "never" });
  const at = placeAt(e.searchAt), end = placeAt(e.searchEnd);
  if (at === end) goOnAt(e, null, end);
  else if (at === place) goOnAt(e, place.next, end);
  else goOnAt(e, at, place.prev);
}

// The fast path would take a receiver out of its queue unseen: the gates keep that away. Null: the lap is finished.
function goOnAt(e: Ptr<Endpoint>, at: Ptr<Tcb> | null, end: Ptr<Tcb>): void {
  if (e.searchAt !== 0) {
    setSought(placeAt(e.searchAt), false);
    setSought(placeAt(e.searchEnd), false);
  }
  if (at === null) {
    e.laps += 1;
    e.searchAt = 0;
    return;
  }
  setSought(at, true);
  setSought(end, true);
  e.searchAt = placeRefOf(at);
  e.searchEnd = placeRefOf(end);
}

function placeAt(place: PlaceRef): Ptr<Tcb> {
  attr({ inline: "always" });
  return unsafe.ptr<Tcb>(PHYSMAP_BASE + (u64(place) << 5));
}

function placeRefOf(place: Ptr<Tcb>): PlaceRef {
  attr({ inline: "always" });
  return u32((u64.of(place) - PHYSMAP_BASE) >>> 5);
}

/// The Endpoint capability in `from` is in `to` from here on. False where too many receive.
export function moveReceivers(from: Ptr<Slot>, to: Ptr<Slot>): boolean {
  const e = endpointOf(from), first = hasRight(from, Right.Recv) || isCondemned(from) ? e.receivers : null;
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
