// Waiting no longer than a time, and not at all.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import {
  Message, call, callNow, callTimed, down, downNow, downTimed, recv, recvNow, recvTimed, reply, replyRecv, replyRecvTimed, sendNow, sendTimed, tagOf, waitTimed,
} from "../../../userland/lib/message.js";
import { nanoSleep, signal, tcbSuspend, up } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, copyOf, deleteAll, endGroup, newEndpoint, newNotification, newObject, startThread, startWorld, stop } from "./lib/world.js";

const US: u64 = 1_000;
const TICKS_PER_US: u64 = 10;

class Shared {
  endpoint: u64;
  result: i64;
  word: u64;
  done: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  sends();
  endGroup();
  receives();
  endGroup();
  calls();
  endGroup();
  replies();
  endGroup();
  notifications();
  endGroup();
  semaphores();
  endGroup();
  order();
  endGroup();
  endReport();
}

function receiver(endpoint: u64): never {
  const m = zeroed<Message>();
  shared.result = recv(endpoint, ref(m));
  shared.word = m.words[0];
  stop();
}

function sender(endpoint: u64): never {
  const m = zeroed<Message>();
  m.words[0] = 77;
  shared.result = sendTimed(endpoint, ref(m), 5000 * US);
  stop();
}

function sends(): void {
  const endpoint = newEndpoint(), m = zeroed<Message>();
  fails("NBSend to nobody", sendNow(endpoint, ref(m)), KernelError.WouldBlock);
  fails("SendTimed with no time", sendTimed(endpoint, ref(m), 0), KernelError.Timeout);
  const before = csr.time.read();
  fails("SendTimed to nobody", sendTimed(endpoint, ref(m), 300 * US), KernelError.Timeout);
  check("it waits as long as it says", csr.time.read() - before >= 300 * TICKS_PER_US);
  fails("nothing is left in the endpoint", recvNow(endpoint, ref(m)), KernelError.WouldBlock);
  startThread(receiver, endpoint, HIGH);
  m.words[0] = 5;
  succeeds("NBSend to a receiver", sendNow(endpoint, ref(m)));
  equal("which gets it", shared.word, 5);
  startThread(receiver, endpoint, HIGH);
  m.words[0] = 6;
  succeeds("SendTimed to a receiver, with no time", sendTimed(endpoint, ref(m), 0));
  equal("which gets it too", shared.word, 6);
  startThread(sender, endpoint, HIGH);
  recv(endpoint, ref(m));
  equal("SendTimed is picked up in time", m.words[0], 77);
  nanoSleep(10 * US);
  equal("and succeeds", u64(shared.result), 0);
  fails("NBSend through nothing", sendNow(newObject(ObjectType.Notification, 0), ref(m)), KernelError.InvalidCapability);
  fails("NBSend without Send", sendNow(copyOf(endpoint, Right.Recv), ref(m)), KernelError.MissingRight);
}

function receives(): void {
  const endpoint = newEndpoint(), m = zeroed<Message>();
  fails("NBRecv of nothing", recvNow(endpoint, ref(m)), KernelError.WouldBlock);
  fails("RecvTimed with no time", recvTimed(endpoint, ref(m), 0), KernelError.Timeout);
  const before = csr.time.read();
  fails("RecvTimed of nothing", recvTimed(endpoint, ref(m), 200 * US), KernelError.Timeout);
  check("it waits as long as it says", csr.time.read() - before >= 200 * TICKS_PER_US);
  fails("it waits there no more", sendNow(endpoint, ref(m)), KernelError.WouldBlock);
  startThread(sender, endpoint, HIGH);
  succeeds("NBRecv takes what waits", recvNow(endpoint, ref(m)));
  equal("the message comes with it", m.words[0], 77);
  startThread(sender, endpoint, LOW);
  succeeds("RecvTimed gets what comes in time", recvTimed(endpoint, ref(m), 5000 * US));
  equal("the message comes with it too", m.words[0], 77);
  const late = startThread(receiver, endpoint, HIGH);
  tcbSuspend(late.tcb);
  fails("RecvTimed without Recv", recvTimed(copyOf(endpoint, Right.Send), ref(m), 1), KernelError.MissingRight);
  fails("a time of ages ends with the endpoint", deletedMeanwhile(), KernelError.Gone);
}

function deletes(endpoint: u64): never {
  deleteAll(endpoint);
  stop();
}

function deletedMeanwhile(): i64 {
  const endpoint = newEndpoint(), m = zeroed<Message>();
  startThread(deletes, endpoint, LOW);
  return recvTimed(endpoint, ref(m), u64.MAX);
}

/// Replies after word 0 nanoseconds.
function slow(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    nanoSleep(m.words[0]);
    m.words[0] += 1;
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function calls(): void {
  const endpoint = newEndpoint(), m = zeroed<Message>();
  fails("NBCall to nobody", callNow(endpoint, ref(m)), KernelError.WouldBlock);
  fails("CallTimed to nobody", callTimed(endpoint, ref(m), 100 * US), KernelError.Timeout);
  startThread(slow, endpoint, HIGH);
  m.words[0] = 10 * US;
  succeeds("CallTimed answered in time", callTimed(endpoint, ref(m), 5000 * US));
  equal("by this", m.words[0], 10 * US + 1);
  m.words[0] = 20 * US;
  succeeds("NBCall waits for the reply of a server that was free", callNow(endpoint, ref(m)));
  equal("and gets it", m.words[0], 20 * US + 1);
  m.words[0] = 900 * US;
  fails("CallTimed answered too late", callTimed(endpoint, ref(m), 100 * US), KernelError.Timeout);
  fails("NBCall to a busy server", callNow(endpoint, ref(m)), KernelError.WouldBlock);
  m.words[0] = US;
  succeeds("the server goes on with the next call", call(endpoint, ref(m)));
  equal("whose reply is its own", m.words[0], US + 1);
}

function replies(): void {
  const endpoint = newEndpoint(), m = zeroed<Message>();
  fails("Reply to nobody", reply(ref(m)), KernelError.InvalidOperation);
  startThread(caller, endpoint, HIGH);
  recv(endpoint, ref(m));
  shared.done = 0;
  m.words[0] = 123;
  succeeds("Reply", reply(ref(m)));
  nanoSleep(10 * US);
  equal("the caller has it", shared.word, 123);
  fails("a second one is refused", reply(ref(m)), KernelError.InvalidOperation);
  startThread(caller, endpoint, HIGH);
  recv(endpoint, ref(m));
  m.words[0] = 124;
  fails("ReplyRecvTimed of nothing more", replyRecvTimed(endpoint, ref(m), 100 * US), KernelError.Timeout);
  equal("has replied all the same", shared.word, 124);
  startThread(caller, endpoint, HIGH);
  recv(endpoint, ref(m));
  m.tag = tagOf(0) | 511;
  fails("a reply longer than a UTCB", replyRecvTimed(endpoint, ref(m), 100 * US), KernelError.InvalidArgument);
  m.tag = 0;
  m.words[0] = 125;
  succeeds("leaves the reply to be made", reply(ref(m)));
  nanoSleep(10 * US);
  equal("and it arrives", shared.word, 125);
}

function caller(endpoint: u64): never {
  const m = zeroed<Message>();
  shared.result = call(endpoint, ref(m));
  shared.word = m.words[0];
  stop();
}

function signals(notification: u64): never {
  signal(notification, 6);
  stop();
}

function notifications(): void {
  const n = newNotification();
  fails("WaitTimed with no time", waitTimed(n, 0), KernelError.Timeout);
  fails("WaitTimed for nothing", waitTimed(n, 100 * US), KernelError.Timeout);
  startThread(signals, n, LOW);
  equal("WaitTimed for a signal in time", u64(waitTimed(n, 5000 * US)), 6);
  signal(n, 1);
  equal("WaitTimed for what has been", u64(waitTimed(n, 0)), 1);
  fails("the bits are gone", waitTimed(n, 0), KernelError.Timeout);
}

function ups(semaphore: u64): never {
  up(semaphore);
  stop();
}

function semaphores(): void {
  const s = newObject(ObjectType.Semaphore, 0);
  fails("NBDown of zero", downNow(s, false), KernelError.WouldBlock);
  fails("DownTimed with no time", downTimed(s, false, 0), KernelError.Timeout);
  fails("DownTimed of zero", downTimed(s, false, 100 * US), KernelError.Timeout);
  up(s);
  up(s);
  up(s);
  equal("Down takes one", u64(down(s, false)), 1);
  equal("Down to zero takes the rest", u64(down(s, true)), 2);
  fails("and leaves none", downNow(s, true), KernelError.WouldBlock);
  startThread(ups, s, LOW);
  equal("DownTimed of what comes in time", u64(downTimed(s, false, 5000 * US)), 1);
  startThread(ups, s, LOW);
  equal("Down waits", u64(down(s, false)), 1);
  fails("Up without Send", up(copyOf(s, Right.Recv)), KernelError.MissingRight);
  fails("Down without Recv", down(copyOf(s, Right.Send), false), KernelError.MissingRight);
}

class Log {
  count: u64;
  values: Arr<u64, 8>;
}
const log = zeroed<Log>();

function sleeper(time: u64): never {
  nanoSleep(time);
  log.values[log.count & 7] = time;
  log.count += 1;
  stop();
}

const times: readonly u64[] = [700_000, 300_000, 500_000, 100_000, 600_000, 200_000, 400_000];

// Seven timers at once, one of them stopped.
function order(): void {
  log.count = 0;
  for (const time of times) startThread(sleeper, time, HIGH);
  const gone = startThread(sleeper, 450_000, HIGH);
  tcbSuspend(gone.tcb);
  nanoSleep(1_000_000);
  let good = log.count === 7;
  for (let i: u64 = 0; i < 7; i++) if (log.values[i] !== (i + 1) * 100_000) good = false;
  check("timers go off in order", good);
}
