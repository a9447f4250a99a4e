// Capabilities in messages: several at once, with fewer rights, refused without Grant.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, itemsIn, labelOf, putItem, receiveInto, recv, replyRecv, tagWithItems } from "../../../userland/lib/message.js";
import { frameMap, frameUnmap, signal, untypedRetype } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, SELF, WINDOW, copyOf, deleteAll, endGroup, mintOf, newEndpoint, newNotification, newObject, newSlot, newSlots, revokeAll, startThread, startWorld } from "./lib/world.js";

class Shared {
  items: u64;
  badge: i64;
  label: u64;
  slot: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  one();
  endGroup();
  several();
  endGroup();
  refused();
  endGroup();
  noPlace();
  endGroup();
  replies();
  endGroup();
  moves();
  endGroup();
  connects();
  endGroup();
  endReport();
}

/// Takes what comes into its slots from shared.slot on, and replies with nothing.
function taker(endpoint: u64): never {
  const m = zeroed<Message>();
  receiveInto(SELF, shared.slot);
  recv(endpoint, ref(m));
  for (;;) {
    shared.items = itemsIn(ref(m));
    shared.badge = m.badge;
    shared.label = labelOf(ref(m));
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function callWithItems(endpoint: u64, count: u64): i64 {
  const m = zeroed<Message>();
  m.tag = tagWithItems(9, count);
  return call(endpoint, ref(m));
}

function one(): void {
  const endpoint = newEndpoint(), n = newNotification();
  shared.slot = newSlots(8);
  startThread(taker, endpoint, HIGH);
  putItem(0, n, 0);
  succeeds("a capability goes with a call", callWithItems(endpoint, 1));
  equal("one arrived", shared.items, 1);
  equal("and the label with it", shared.label, 9);
  succeeds("it works", signal(shared.slot, 4));
  succeeds("the sender has it still", signal(n, 4));
  revokeAll(n);
  fails("what arrived was derived from it", signal(shared.slot, 4), KernelError.InvalidCapability);
  putItem(0, n, Right.Recv);
  succeeds("with fewer rights", callWithItems(endpoint, 1));
  fails("which it then has", signal(shared.slot, 4), KernelError.MissingRight);
  fails("the place is taken", i64(callWithItems(endpoint, 1)) === 0 && shared.items === 0 ? -i64(KernelError.SlotOccupied) : 0, KernelError.SlotOccupied);
  deleteAll(shared.slot);
  putItem(0, mintOf(n, Right.All, 0x40), 0);
  succeeds("a badged one", callWithItems(endpoint, 1));
  succeeds("keeps its badge", signal(shared.slot, 0x3));
}

function several(): void {
  const endpoint = newEndpoint();
  shared.slot = newSlots(8);
  startThread(taker, endpoint, HIGH);
  for (let i: usize = 0; i < 7; i++) putItem(i, newNotification(), 0);
  succeeds("seven capabilities go with a call", callWithItems(endpoint, 7));
  equal("seven arrived", shared.items, 7);
  let good = true;
  for (let i: u64 = 0; i < 7; i++) if (signal(shared.slot + i, 1) < 0) good = false;
  check("each in its place", good);
  deleteAll(shared.slot + 0);
  deleteAll(shared.slot + 2);
  succeeds("three, with the second place taken", callWithItems(endpoint, 3));
  equal("one arrived", shared.items, 1);
}

function refused(): void {
  const endpoint = newEndpoint(), n = newNotification();
  shared.slot = newSlots(8);
  startThread(taker, endpoint, HIGH);
  shared.label = 0;
  putItem(0, copyOf(n, Right.Send | Right.Recv), 0);
  fails("without Grant", callWithItems(endpoint, 1), KernelError.MissingRight);
  putItem(0, newSlot(), 0);
  fails("an empty slot", callWithItems(endpoint, 1), KernelError.InvalidCapability);
  putItem(0, 1 << 20, 0);
  fails("no slot", callWithItems(endpoint, 1), KernelError.InvalidCapability);
  putItem(0, n, 0);
  putItem(1, 0, 0);
  fails("the second one is wrong", callWithItems(endpoint, 2), KernelError.InvalidCapability);
  equal("nothing was delivered", shared.label, 0);
  putItem(0, copyOf(n, Right.Send | Right.Grant), Right.All);
  succeeds("more rights than it has", callWithItems(endpoint, 1));
  succeeds("give those that it has", signal(shared.slot, 1));
}

function noPlace(): void {
  const endpoint = newEndpoint(), n = newNotification();
  shared.slot = 0;
  startThread(taker, endpoint, HIGH);
  putItem(0, n, 0);
  succeeds("to who takes none", callWithItems(endpoint, 1));
  equal("none arrives", shared.items, 0);
  equal("but the message", shared.label, 9);
  const other = newEndpoint();
  shared.slot = u64.MAX - 3;
  startThread(taker, other, HIGH);
  succeeds("to who names a wild place", callWithItems(other, 1));
  equal("none arrives there", shared.items, 0);
}

function giver(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    putItem(0, shared.slot, Right.Send);
    m.tag = tagWithItems(0, 1);
    replyRecv(endpoint, ref(m));
  }
}

function replies(): void {
  const endpoint = newEndpoint(), to = newSlot();
  shared.slot = newNotification();
  startThread(giver, endpoint, HIGH);
  receiveInto(SELF, to);
  const m = zeroed<Message>();
  succeeds("a call that asks for a capability", call(endpoint, ref(m)));
  equal("one came with the reply", itemsIn(ref(m)), 1);
  succeeds("it works", signal(to, 1));
  receiveInto(SELF, 0);
}

function moves(): void {
  const endpoint = newEndpoint(), memory = newObject(ObjectType.Untyped, 13), frame = newObject(ObjectType.Frame, 0);
  shared.slot = newSlots(8);
  startThread(taker, endpoint, HIGH);
  putItem(0, memory, 0);
  succeeds("an Untyped goes with a call", callWithItems(endpoint, 1));
  equal("and arrives", shared.items, 1);
  fails("the sender has it no more", untypedRetype(memory, ObjectType.Endpoint, 0, SELF, newSlot()), KernelError.InvalidCapability);
  succeeds("the receiver has", untypedRetype(shared.slot, ObjectType.Endpoint, 0, SELF, newSlot()));
  shared.slot += 1;
  receiveInto(SELF, 0);
  const other = newEndpoint();
  startThread(taker, other, HIGH);
  frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read | Right.Write);
  unsafe.many<u64>(WINDOW)[0] = 4711;
  putItem(0, frame, Right.Read);
  succeeds("a mapped frame goes with a call", callWithItems(other, 1));
  fails("its copy cannot be mapped for writing", frameMap(shared.slot, BootSlot.VSpace, WINDOW + 4096, Right.Read | Right.Write), KernelError.MissingRight);
  succeeds("but for reading", frameMap(shared.slot, BootSlot.VSpace, WINDOW + 4096, Right.Read));
  equal("both see the same memory", unsafe.many<u64>(WINDOW)[512], 4711);
  frameUnmap(shared.slot);
}

/// Hands each client a badged capability of its own (4.10).
function server(endpoint: u64): never {
  const m = zeroed<Message>();
  let next: u64 = 100;
  recv(endpoint, ref(m));
  for (;;) {
    if (m.badge === 0) {
      putItem(0, mintOf(endpoint, Right.Send | Right.Grant, next), 0);
      m.tag = tagWithItems(0, 1);
      next += 1;
    } else {
      m.words[0] = u64(m.badge);
      m.tag = 0;
    }
    replyRecv(endpoint, ref(m));
  }
}

function connects(): void {
  const endpoint = newEndpoint(), first = newSlot(), second = newSlot(), m = zeroed<Message>();
  startThread(server, endpoint, HIGH);
  receiveInto(SELF, first);
  call(endpoint, ref(m));
  receiveInto(SELF, second);
  m.tag = 0;
  call(endpoint, ref(m));
  m.tag = 0;
  call(first, ref(m));
  equal("the first client is known by its badge", m.words[0], 100);
  m.tag = 0;
  call(second, ref(m));
  equal("and the second by its own", m.words[0], 101);
  receiveInto(SELF, 0);
}
