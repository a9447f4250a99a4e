// Messages between threads, in one address space and in two.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { Right, messageTag } from "../../../kernel/abi/objects.js";
import { Message, call, labelOf, recv, recvNow, replyRecv, send, tagOf } from "../../../userland/lib/message.js";
import { endpointCancelBadgedSends, nanoSleep, tcbResume, tcbSuspend, yieldTime } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails } from "./lib/check.js";
import { HIGH, LOW, MAIN_PRIORITY, SELF, type Thread, deleteAll, endGroup, mintOf, newEndpoint, newThread, newThreadIn, newTwinSpace, startThread, startWorld, stop } from "./lib/world.js";

const BADGE: u64 = 0xbad_9e12_3456;
const UNTYPED: u64 = (1 << messageTag.untyped.bits) - 1;

class Shared {
  endpoint: u64;
  badge: u64;
  tag: u64;
  words: Arr<u64, 4>;
  order: Arr<u64, 8>;
  count: u64;
  result: i64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  exchange("one space", BootSlot.VSpace);
  endGroup();
  exchange("two spaces", newTwinSpace());
  endGroup();
  sends();
  endGroup();
  order();
  endGroup();
  tags();
  endGroup();
  oneReply();
  endGroup();
  serverGone();
  endGroup();
  recvDropsCaller();
  endGroup();
  suspended();
  endGroup();
  chains();
  endGroup();
  cancelled();
  endGroup();
  endReport();
}

function utcb(): Many<u64> {
  return unsafe.many<u64>(register.tp);
}

function fillUtcb(seed: u64): void {
  for (let i: usize = 0; i < 480; i++) utcb()[i] = seed * 1000 + i;
}

/// Words of the UTCB that are as `fillUtcb` made them, from the first on.
function wordsOf(seed: u64): u64 {
  let count: u64 = 0;
  while (count < 480 && utcb()[count] === seed * 1000 + count) count += 1;
  return count;
}

/// Replies to each message with its words plus one, as many words, and says in word 3 how many words of
/// the UTCB came.
function adder(endpoint: u64): never {
  const m = zeroed<Message>();
  fillUtcb(9);
  recv(endpoint, ref(m));
  for (;;) {
    shared.badge = u64(m.badge);
    shared.tag = m.tag;
    for (let i: usize = 0; i < 4; i++) {
      shared.words[i] = m.words[i];
      m.words[i] += 1;
    }
    m.words[3] = wordsOf(1);
    fillUtcb(2);
    m.tag = tagOf(77) | (m.tag & UNTYPED);
    replyRecv(endpoint, ref(m));
  }
}

class Case {
  words: u64;
  name: string;
}
const cases: readonly Case[] = [
  { words: 0, name: "0 words" },
  { words: 1, name: "1 word" },
  { words: 4, name: "4 words" },
  { words: 5, name: "5 words" },
  { words: 120, name: "120 words" },
  { words: 480, name: "480 words" },
];

function exchange(where: string, vspace: u64): void {
  const endpoint = newEndpoint();
  const server = newThreadIn(SELF, vspace, 0, adder, endpoint, HIGH);
  tcbResume(server.tcb);
  const badged = mintOf(endpoint, Right.Send, BADGE);
  check(where, true);
  for (const test of cases) {
    // Twice: the second finds the server in ReplyRecv.
    let good = true;
    for (let round: u64 = 0; round < 2; round++) {
      const m = zeroed<Message>();
      fillUtcb(1);
      m.tag = tagOf(0xabcd_ef01_2345) | test.words;
      for (let i: usize = 0; i < 4; i++) m.words[i] = 100 * round + i;
      const result = call(badged, ref(m));
      if (result !== 0 || shared.badge !== BADGE || shared.tag !== (tagOf(0xabcd_ef01_2345) | test.words)) good = false;
      for (let i: usize = 0; i < 4; i++) if (shared.words[i] !== 100 * round + i) good = false;
      for (let i: usize = 0; i < 3; i++) if (m.words[i] !== 100 * round + i + 1) good = false;
      if (m.words[3] !== test.words || m.tag !== (tagOf(77) | test.words)) good = false;
      // What came back, and no word more.
      for (let i: usize = 0; i < 480; i++) if (utcb()[i] !== (i < test.words ? 2000 + i : 1000 + i)) good = false;
    }
    check(test.name, good);
  }
}

function receiver(endpoint: u64): never {
  for (;;) {
    const m = zeroed<Message>();
    const badge = recv(endpoint, ref(m));
    if (badge < 0) {
      shared.result = badge;
      stop();
    }
    shared.order[shared.count] = m.words[0];
    shared.badge = u64(badge);
    shared.words[0] = m.words[0];
    shared.words[1] = m.tag & UNTYPED;
    shared.words[2] = wordsOf(1);
    shared.words[3] = labelOf(ref(m));
    shared.count += 1;
  }
}

function sends(): void {
  const endpoint = newEndpoint();
  const receives = startThread(receiver, endpoint, HIGH);
  const badged = mintOf(endpoint, Right.Send, 5);
  const m = zeroed<Message>();
  m.tag = tagOf(3) | 120;
  m.words[0] = 42;
  fillUtcb(1);
  shared.count = 0;
  equal("send returns 0", u64(send(badged, ref(m))), 0);
  check("send arrives", shared.count === 1 && shared.badge === 5 && shared.words[0] === 42 && shared.words[3] === 3);
  check("send moves words", shared.words[1] === 120 && shared.words[2] >= 120);
  tcbSuspend(receives.tcb);
  startThread(oneSender, badged, HIGH);
  equal("send waits for its receiver", u64(shared.result), 1);
  startThread(receiver, endpoint, HIGH);
  equal("send that waited returns 0", u64(shared.result), 0);
  equal("and has arrived", shared.words[0], 43);
}

function oneSender(endpoint: u64): never {
  const m = zeroed<Message>();
  m.words[0] = 43;
  shared.result = 1;
  shared.result = send(endpoint, ref(m));
  stop();
}

function numbered(number: u64): never {
  const m = zeroed<Message>();
  m.words[0] = number;
  call(shared.endpoint, ref(m));
  stop();
}

function order(): void {
  shared.endpoint = newEndpoint();
  const threads = arr<Ptr<Thread> | null, 4>(4);
  for (let i: u64 = 0; i < 4; i++) threads[i] = startThread(numbered, i + 1, HIGH);
  shared.count = 0;
  const m = zeroed<Message>();
  let good = true;
  for (let i: u64 = 0; i < 4; i++) {
    if (i === 0) recv(shared.endpoint, ref(m));
    else replyRecv(shared.endpoint, ref(m));
    if (m.words[0] !== i + 1) good = false;
  }
  check("senders are served in the order in which they came", good);
  // The third of four that wait goes away.
  endGroup();
  shared.endpoint = newEndpoint();
  for (let i: u64 = 0; i < 4; i++) threads[i] = startThread(numbered, i + 1, HIGH);
  tcbSuspend(threads[2]!.tcb);
  deleteAll(threads[0]!.tcb);
  recv(shared.endpoint, ref(m));
  const first = m.words[0];
  replyRecv(shared.endpoint, ref(m));
  check("a queue closes where a thread leaves it", first === 2 && m.words[0] === 4);
}

function tagResult(endpoint: u64, tag: u64): i64 {
  const m = zeroed<Message>();
  m.tag = tag;
  return call(endpoint, ref(m));
}

function tags(): void {
  const endpoint = newEndpoint();
  startThread(adder, endpoint, HIGH);
  fails("a notification's tag cannot be forged", tagResult(endpoint, 1 << messageTag.notification.at), KernelError.InvalidArgument);
  fails("nor with words", tagResult(endpoint, (1 << messageTag.notification.at) | 5), KernelError.InvalidArgument);
  for (let bit: u64 = messageTag.typed.at + messageTag.typed.bits; bit < messageTag.notification.at; bit++) {
    fails("reserved bits of a tag are zero", tagResult(endpoint, u64(1) << bit), KernelError.InvalidArgument);
  }
  fails("481 words are too many", tagResult(endpoint, 481), KernelError.InvalidArgument);
  fails("511 words are too many", tagResult(endpoint, 511), KernelError.InvalidArgument);
  equal("a tag with all label bits", u64(tagResult(endpoint, ~u64(0xffff))), 0);
  const m = zeroed<Message>();
  m.tag = 1 << messageTag.notification.at;
  fails("nor sent", send(endpoint, ref(m)), KernelError.InvalidArgument);
  m.tag = 1 << messageTag.notification.at;
  fails("nor replied", replyRecv(endpoint, ref(m)), KernelError.InvalidArgument);
}

function caller(endpoint: u64): never {
  const m = zeroed<Message>();
  m.words[0] = 7;
  shared.result = 1;
  shared.result = call(endpoint, ref(m));
  shared.words[0] = m.words[0];
  stop();
}

function oneReply(): void {
  const endpoint = newEndpoint(), other = newEndpoint();
  const client = startThread(caller, endpoint, LOW);
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  m.words[0] = 8;
  m.tag = 0;
  // A second thread sends, so that both calls come back.
  startThread(poke, other, LOW);
  replyRecv(other, ref(m));
  yieldTime();
  startThread(poke, other, LOW);
  m.words[0] = 9;
  m.tag = 0;
  equal("ReplyRecv without a caller is Recv", u64(replyRecv(other, ref(m))), 0);
  nanoSleep(1_000_000);
  check("only the first reply arrives", shared.result === 0 && shared.words[0] === 8);
  tcbSuspend(client.tcb);
}

const SENDERS: u64 = 100;

/// Tells how many of its kind were sent back.
function pusher(capability: u64): never {
  const m = zeroed<Message>();
  if (send(capability, ref(m)) === -KernelError.Gone) shared.count += 1;
  stop();
}

function cancelled(): void {
  const endpoint = newEndpoint(), five = mintOf(endpoint, Right.All, 5), six = mintOf(endpoint, Right.All, 6), weak = mintOf(endpoint, Right.Send | Right.Grant, 7);
  fails("cancelling asks for a badge", endpointCancelBadgedSends(endpoint), KernelError.InvalidOperation);
  fails("and for all of an endpoint's rights", endpointCancelBadgedSends(weak), KernelError.MissingRight);
  equal("where nobody waits there is nothing to cancel", u64(endpointCancelBadgedSends(five)), 0);
  shared.count = 0;
  // Two of three have badge 5.
  for (let i: u64 = 0; i < SENDERS; i++) startThread(pusher, i % 3 === 0 ? six : five, HIGH);
  let calls: u64 = 1;
  while (endpointCancelBadgedSends(five) === -KernelError.Restart) calls += 1;
  check("cancelling many takes several calls", calls > 1);
  equal("who sends with the badge gets Gone", shared.count, SENDERS - (SENDERS + 2) / 3);
  equal("and a second time there is none", u64(endpointCancelBadgedSends(six) + endpointCancelBadgedSends(six)), 0);
  equal("of the others, too", shared.count, SENDERS);
  startThread(pusher, six, HIGH);
  startThread(pusher, five, HIGH);
  startThread(pusher, six, HIGH);
  endpointCancelBadgedSends(five);
  const m = zeroed<Message>();
  equal("the others wait on", u64(recv(endpoint, ref(m))), 6);
  equal("in their order", u64(recv(endpoint, ref(m))), 6);
  fails("and they are all", recvNow(endpoint, ref(m)), KernelError.WouldBlock);
}

function poke(endpoint: u64): never {
  const m = zeroed<Message>();
  send(endpoint, ref(m));
  stop();
}

/// Takes one message and never replies.
function silent(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) nanoSleep(1_000_000_000);
}

function serverGone(): void {
  const endpoint = newEndpoint();
  const server = startThread(silent, endpoint, HIGH);
  startThread(caller, endpoint, HIGH);
  equal("a call waits for its reply", u64(shared.result), 1);
  deleteAll(server.tcb);
  fails("a server that is destroyed gives its caller Gone", shared.result, KernelError.Gone);

  const stopped = startThread(silent, endpoint, HIGH);
  startThread(caller, endpoint, HIGH);
  tcbSuspend(stopped.tcb);
  fails("so does one that is stopped", shared.result, KernelError.Gone);

  const again = startThread(silent, endpoint, HIGH);
  const client = startThread(caller, endpoint, HIGH);
  deleteAll(client.tcb);
  deleteAll(again.tcb);
  equal("a caller that is destroyed hears nothing", u64(shared.result), 1);

  startThread(caller, endpoint, HIGH);
  deleteAll(endpoint);
  fails("an endpoint that is destroyed gives its senders Gone", shared.result, KernelError.Gone);

  const second = newEndpoint();
  startThread(receiver, second, HIGH);
  shared.result = 1;
  deleteAll(second);
  fails("and its receivers", shared.result, KernelError.Gone);

  const third = newEndpoint();
  startThread(silent, third, HIGH);
  startThread(caller, third, HIGH);
  deleteAll(third);
  equal("a call that is being served lives on without the endpoint", u64(shared.result), 1);
}

function recvDropsCaller(): void {
  const endpoint = newEndpoint(), other = newEndpoint();
  startThread(caller, endpoint, HIGH);
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  startThread(poke, other, LOW);
  equal("the caller waits", u64(shared.result), 1);
  recv(other, ref(m));
  nanoSleep(1_000_000);
  fails("Recv gives up the caller", shared.result, KernelError.Gone);

  fails("Recv through no endpoint", recv(0, ref(m)), KernelError.InvalidCapability);
  startThread(caller, endpoint, HIGH);
  recv(endpoint, ref(m));
  fails("Recv through a wrong capability", recv(BootSlot.CNode, ref(m)), KernelError.InvalidCapability);
  equal("keeps the caller", u64(shared.result), 1);
}

function sleeper(_: u64): never {
  shared.result = 1;
  shared.result = nanoSleep(1_000_000_000);
  stop();
}

function suspended(): void {
  const endpoint = newEndpoint();
  const t = startThread(caller, endpoint, HIGH);
  tcbSuspend(t.tcb);
  tcbResume(t.tcb);
  fails("a sender that was stopped finds Gone", shared.result, KernelError.Gone);

  const r = startThread(receiver, endpoint, HIGH);
  tcbSuspend(r.tcb);
  shared.result = 0;
  tcbResume(r.tcb);
  fails("a receiver that was stopped finds Gone", shared.result, KernelError.Gone);

  const c = newThread(caller, endpoint, HIGH);
  startThread(silent, endpoint, HIGH);
  tcbResume(c.tcb);
  tcbSuspend(c.tcb);
  tcbResume(c.tcb);
  fails("a caller that was stopped finds Gone", shared.result, KernelError.Gone);

  const s = startThread(sleeper, 0, HIGH);
  tcbSuspend(s.tcb);
  tcbResume(s.tcb);
  fails("a sleeper that was stopped finds Gone", shared.result, KernelError.Gone);
}

class Link {
  from: u64;
  to: u64;
}
class Links {
  links: Arr<Link, 24>;
}
const chain = zeroed<Links>();

/// Answers by a call to the next of the chain.
function forwarder(index: u64): never {
  const m = zeroed<Message>();
  const link = ref(chain.links[index]);
  recv(link.from, ref(m));
  for (;;) {
    m.tag = 0;
    const count = m.words[0] + 1;
    m.words[0] = count;
    if (link.to !== 0 && call(link.to, ref(m)) < 0) {
      m.tag = 0;
      m.words[0] = count;
    }
    replyRecv(link.from, ref(m));
  }
}

function chains(): void {
  const endpoints = arr<u64, 24>(24), threads = arr<u64, 24>(24);
  for (let i: usize = 0; i < 24; i++) endpoints[i] = newEndpoint();
  for (let i: usize = 0; i < 24; i++) {
    chain.links[i].from = endpoints[i];
    chain.links[i].to = i === 23 ? 0 : endpoints[i + 1];
    threads[i] = startThread(forwarder, i, HIGH).tcb;
  }
  const m = zeroed<Message>();
  equal("a chain of 24 servers answers", u64(call(endpoints[0], ref(m))), 0);
  equal("through each of them", m.words[0], 24);
  // The last one is silent: then one in the middle goes, and the error comes back through the rest.
  deleteAll(threads[23]);
  startThread(silent, endpoints[23], HIGH);
  shared.endpoint = endpoints[0];
  startThread(caller, endpoints[0], MAIN_PRIORITY + 1);
  equal("the chain waits", u64(shared.result), 1);
  deleteAll(threads[10]);
  equal("a chain that breaks comes back", u64(shared.result), 0);
  equal("as far as it is whole", shared.words[0], 17);
}
