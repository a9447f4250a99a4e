// Channels: messages that wait in memory of the receiver's choice, and who hears of their completion.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import {
  Message, asyncReceive, asyncReceiveNow, asyncReceiveTimed, asyncSend, itemsIn, labelOf, poll, putItem, receiveInto, tagOf, tagWithItems,
} from "../../../userland/lib/message.js";
import { channelSetLimit, nanoSleep, signal } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, SELF, copyOf, deleteAll, endGroup, mintOf, newNotification, newObject, newSlot, revokeAll, startThread, startWorld, stop } from "./lib/world.js";

const CHANNEL_BITS: u64 = 10;
/// 96 bytes each behind 32 bytes.
const CAPACITY: u64 = 10;

class Shared {
  result: i64;
  word: u64;
  sent: u64;
  channel: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  fifo();
  endGroup();
  limits();
  endGroup();
  waits();
  endGroup();
  completions();
  endGroup();
  refused();
  endGroup();
  endReport();
}

function newChannel(): u64 {
  return newObject(ObjectType.Channel, CHANNEL_BITS);
}

function put(channel: u64, word: u64): i64 {
  const m = zeroed<Message>();
  m.tag = tagOf(3);
  m.words[0] = word;
  m.words[3] = ~word;
  return asyncSend(channel, ref(m));
}

function fifo(): void {
  const channel = newChannel(), badged = mintOf(channel, Right.Send, 55), m = zeroed<Message>();
  fails("an empty channel", asyncReceiveNow(channel, ref(m)), KernelError.WouldBlock);
  let good = true;
  for (let round: u64 = 0; round < 5; round++) {
    for (let i: u64 = 0; i < 7; i++) if (put(badged, 100 * round + i) < 0) good = false;
    for (let i: u64 = 0; i < 7; i++) {
      if (asyncReceive(channel, ref(m)) !== 55 || m.words[0] !== 100 * round + i || m.words[3] !== ~m.words[0] || labelOf(ref(m)) !== 3) good = false;
    }
  }
  check("messages come out as they went in, round and round", good);
  fails("and no more", asyncReceiveNow(channel, ref(m)), KernelError.WouldBlock);
}

function limits(): void {
  const channel = newChannel(), m = zeroed<Message>();
  let count: u64 = 0;
  while (put(channel, count) >= 0) count += 1;
  equal("it holds what its memory has room for", count, CAPACITY);
  fails("and says when it is full", put(channel, 0), KernelError.WouldBlock);
  asyncReceive(channel, ref(m));
  succeeds("one out, one in", put(channel, 0));
  succeeds("a limit", channelSetLimit(channel, 3));
  fails("holds for what is there", put(channel, 0), KernelError.WouldBlock);
  for (let i: u64 = 0; i < CAPACITY; i++) asyncReceive(channel, ref(m));
  count = 0;
  while (put(channel, count) >= 0) count += 1;
  equal("and for what comes", count, 3);
  fails("limit 0", channelSetLimit(channel, 0), KernelError.InvalidArgument);
  fails("a limit past the memory", channelSetLimit(channel, CAPACITY + 1), KernelError.InvalidArgument);
}

function receiver(channel: u64): never {
  const m = zeroed<Message>();
  shared.result = asyncReceive(channel, ref(m));
  shared.word = m.words[0];
  stop();
}

function sender(channel: u64): never {
  put(channel, 99);
  stop();
}

function waits(): void {
  const channel = newChannel(), m = zeroed<Message>();
  startThread(receiver, channel, HIGH);
  put(channel, 12);
  equal("who waits gets the message at once", shared.word, 12);
  fails("and it is gone", asyncReceiveNow(channel, ref(m)), KernelError.WouldBlock);
  fails("no longer than a time", asyncReceiveTimed(channel, ref(m), 100_000), KernelError.Timeout);
  startThread(sender, channel, LOW);
  succeeds("in time", asyncReceiveTimed(channel, ref(m), 5_000_000));
  equal("this", m.words[0], 99);
  startThread(receiver, channel, HIGH);
  deleteAll(channel);
  equal("a channel goes: who waits hears of it", u64(-shared.result), KernelError.Gone);
  const other = newChannel(), copied = copyOf(other, Right.Recv);
  shared.result = 0;
  startThread(receiver, copied, HIGH);
  deleteAll(copied);
  equal("a capability goes: as well", u64(-shared.result), KernelError.Gone);
}

function completions(): void {
  const channel = newChannel(), done = newNotification(), to = newSlot(), m = zeroed<Message>();
  putItem(0, done, Right.Send);
  m.tag = tagWithItems(8, 1);
  m.words[0] = 1;
  succeeds("a request with a notification", asyncSend(channel, ref(m)));
  receiveInto(SELF, to);
  const got = zeroed<Message>();
  succeeds("is received", asyncReceive(channel, ref(got)));
  equal("with it", itemsIn(ref(got)), 1);
  signal(to, 4);
  equal("which tells the sender of the end", poll(done), 4);
  deleteAll(to);
  asyncSend(channel, ref(m));
  revokeAll(done);
  asyncReceive(channel, ref(got));
  equal("one that was revoked meanwhile does not come", itemsIn(ref(got)), 0);
  equal("but the message does", labelOf(ref(got)), 8);
  receiveInto(SELF, 0);
  let good = true;
  for (let i: u64 = 0; i < 3 * CAPACITY; i++) {
    if (asyncSend(channel, ref(m)) < 0) good = false;
    if (asyncReceive(channel, ref(got)) < 0 || itemsIn(ref(got)) !== 0) good = false;
  }
  check("who has no place for capabilities gets the messages", good);
  for (let i: u64 = 0; i < 5; i++) asyncSend(channel, ref(m));
  deleteAll(channel);
  succeeds("a channel goes with what is in it", signal(done, 1));
}

function refused(): void {
  const channel = newChannel(), m = zeroed<Message>();
  m.tag = tagOf(0) | 1;
  fails("words beyond the registers", asyncSend(channel, ref(m)), KernelError.InvalidArgument);
  m.tag = tagWithItems(0, 2);
  fails("two capabilities", asyncSend(channel, ref(m)), KernelError.InvalidArgument);
  m.tag = 0;
  fails("sending without Send", asyncSend(copyOf(channel, Right.Recv), ref(m)), KernelError.MissingRight);
  fails("receiving without Recv", asyncReceiveNow(copyOf(channel, Right.Send), ref(m)), KernelError.MissingRight);
  fails("into a notification", asyncSend(newNotification(), ref(m)), KernelError.InvalidCapability);
  putItem(0, copyOf(channel, Right.Send), 0);
  m.tag = tagWithItems(0, 1);
  fails("a capability without Grant", asyncSend(channel, ref(m)), KernelError.MissingRight);
  nanoSleep(1);
  fails("nothing has gone in", asyncReceiveNow(channel, ref(m)), KernelError.WouldBlock);
}
