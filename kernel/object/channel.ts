// Channel: a queue of messages in the memory that it was made from (3.04, 4.06). A sender never waits; it hears
// that the channel is full. Messages come out in the order in which they went in.
//
// A message may carry one capability, as the notification or endpoint that is to hear of its completion (4.07): it
// lies in the message's own slot, derived from the sender's.
//
// Invariant: `waiters` is non-empty only while `count` is zero; each thread in it has
// blockedOn == channel | Wait.Channel.
import { type Header, Slot } from "./capability.js";
import { type Tcb, Wait, failWith, stopWaiting } from "./tcb.js";
import { clear } from "./cnode.js";
import { append, detach } from "./endpoint.js";
import { addWaiter, removeWaiter } from "./waiters.js";
import { KernelError } from "../abi/errors.js";
import { wake } from "../schedule/scheduler.js";
import { giveItem, takeItem } from "../ipc/transfer.js";
import { messageTag } from "../abi/objects.js";
import { type Arguments } from "../dispatch.js";

@align(32)
class Entry {
  capability: Slot;
  badge: u64;
  tag: u64;
  words: Arr<u64, 4>;
}

@align(32)
export class Channel {
  waiters: Ptr<Tcb> | null;
  header: Header;
  /// The oldest message, how many there are, how many there may be, and places for them.
  first: u32;
  count: u32;
  limit: u32;
  capacity: u32;
}

/// Places that one step of a delete looks at.
const PLACES_PER_STEP: u32 = 100;
const TYPED_ONE: u64 = 1 << messageTag.typed.at;

function entryAt(c: Ptr<Channel>, index: u32): Ptr<Entry> {
  return unsafe.many<Entry>(u64.of(c) + sizeof<Channel>()).at(index);
}

export function createChannel(vaddr: u64, sizeBits: u64): Ptr<Header> {
  const c = unsafe.ptr<Channel>(vaddr);
  c.capacity = u32(((u64(1) << sizeBits) - sizeof<Channel>()) / sizeof<Entry>());
  c.limit = c.capacity;
  return ref(c.header);
}

/// The slot of the last place that has a capability; shrinks the channel to it, at most PLACES_PER_STEP places. What it
/// held is lost, and it takes nothing more.
export function innerSlotOfChannel(object: Ptr<Header>, except: Ptr<Slot>): Ptr<Slot> | null {
  const c = unsafe.container<Channel>(object, "header");
  c.count = 0;
  c.limit = 0;
  for (let step: u32 = 0; step < PLACES_PER_STEP && c.capacity > 0; step++) {
    const slot = ref(entryAt(c, c.capacity - 1).capability);
    if (slot.word !== 0 && slot !== except) return slot;
    c.capacity -= 1;
  }
  return null;
}

export function destroyChannel(object: Ptr<Header>): boolean {
  const c = unsafe.container<Channel>(object, "header"), t = c.waiters;
  if (t === null) return c.capacity === 0;
  failWith(t, KernelError.Gone);
  return false;
}

/// The tag has been checked. A receiver that waits gets the message at once.
export function put(c: Ptr<Channel>, from: Ptr<Tcb>, badge: u64): KernelError {
  if (c.count >= c.limit) return KernelError.WouldBlock;
  const entry = entryAt(c, (c.first + c.count) % c.capacity), x = ref(from.registers.x);
  // A receiver had no place for it; what it takes to destroy it is not done at once.
  if (entry.capability.word !== 0 && !clear(ref(entry.capability))) return KernelError.WouldBlock;
  entry.badge = badge;
  entry.tag = x[11];
  for (let i: usize = 0; i < 4; i++) entry.words[i] = x[12 + i];
  if ((x[11] & TYPED_ONE) !== 0) takeItem(from, 0, ref(entry.capability));
  c.count += 1;
  const receiver = c.waiters;
  if (receiver === null) return KernelError.None;
  stopWaiting(receiver);
  tryTake(c, receiver);
  wake(receiver);
  return KernelError.None;
}

/// False where there is no message.
export function tryTake(c: Ptr<Channel>, to: Ptr<Tcb>): boolean {
  if (c.count === 0) return false;
  const entry = entryAt(c, c.first), x = ref(to.registers.x);
  c.first = (c.first + 1) % c.capacity;
  c.count -= 1;
  x[10] = entry.badge;
  x[11] = entry.tag;
  for (let i: usize = 0; i < 4; i++) x[12 + i] = entry.words[i];
  // It may have been revoked since, or find no place with the receiver, and is lost then.
  if ((entry.tag & TYPED_ONE) !== 0 && !giveItem(to, 0, ref(entry.capability))) x[11] &= ~TYPED_ONE;
  return true;
}

export function waitForMessage(c: Ptr<Channel>, t: Ptr<Tcb>, through: Ptr<Slot>): void {
  addWaiter(through, t);
  t.blockedOn = tagged.of(Wait.Channel, c);
  c.waiters = append(c.waiters, t);
}

export function leaveChannel(c: Ptr<Channel>, t: Ptr<Tcb>): void {
  const rest = detach(t);
  if (c.waiters === t) c.waiters = rest;
  removeWaiter(t);
}

export function invokeSetLimit(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const c = unsafe.container<Channel>(slot.object!, "header");
  if (a[0] === 0 || a[0] > c.capacity) return KernelError.InvalidArgument;
  c.limit = u32(a[0]);
  return KernelError.None;
}
