// One thread at many endpoints: RecvAny and ReplyRecvAny.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { Right } from "../../../kernel/abi/objects.js";
import { Message, call, isNotification, recvAny, recvAnyTimed, recvNow, registerWaits, replyRecvAny, send, sendNow } from "../../../userland/lib/message.js";
import { cnodeMove, nanoSleep, signal, tcbBindNotification, tcbSuspend } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, SELF, copyOf, deleteAll, endGroup, mintOf, newEndpoint, newNotification, newSlot, startThread, startWorld, stop } from "./lib/world.js";

class Shared {
  endpoints: Arr<u64, 32>;
  count: u64;
  source: u64;
  badge: i64;
  word: u64;
  laps: u64;
  bits: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  serves(2);
  endGroup();
  serves(32);
  endGroup();
  queued();
  endGroup();
  refused();
  endGroup();
  bound();
  endGroup();
  ends();
  endGroup();
  endReport();
}

function make(count: u64): void {
  shared.count = count;
  for (let i: usize = 0; i < count; i++) shared.endpoints[i] = newEndpoint();
}

/// Replies with where the message came from.
function server(_argument: u64): never {
  const m = zeroed<Message>();
  registerWaits(shared.endpoints.slice(0, shared.count));
  shared.badge = recvAny(shared.count, ref(m));
  for (;;) {
    shared.laps += 1;
    shared.source = m.source;
    if (shared.badge < 0) stop();
    if (isNotification(ref(m))) shared.bits |= m.words[0];
    m.words[0] += 1000 * m.source;
    m.tag = 0;
    shared.badge = replyRecvAny(shared.count, ref(m));
  }
}

function serves(count: u64): void {
  make(count);
  startThread(server, 0, HIGH);
  let good = true;
  for (let round: u64 = 0; round < 3; round++) {
    for (let i: usize = 0; i < count; i++) {
      const m = zeroed<Message>();
      m.words[0] = i;
      if (call(shared.endpoints[i], ref(m)) < 0 || m.words[0] !== i + 1000 * i || shared.source !== i) good = false;
    }
  }
  check(count === 2 ? "two endpoints, one server" : "thirty-two endpoints, one server", good);
  const m = zeroed<Message>();
  succeeds("a plain send reaches it as well", send(shared.endpoints[1], ref(m)));
  equal("from its endpoint", shared.source, 1);
  call(mintOf(shared.endpoints[0], Right.Send, 88), ref(m));
  equal("the next one from another", shared.source, 0);
}

function client(index: u64): never {
  const m = zeroed<Message>();
  m.words[0] = index;
  call(shared.endpoints[index], ref(m));
  shared.word += m.words[0];
  stop();
}

function queued(): void {
  make(4);
  shared.word = 0;
  startThread(client, 3, HIGH);
  startThread(client, 1, HIGH);
  startThread(server, 0, HIGH);
  nanoSleep(100_000);
  equal("who called before it came is served", shared.word, 3003 + 1001);
  const m = zeroed<Message>();
  fails("it has left no message behind", recvNow(newEndpoint(), ref(m)), KernelError.WouldBlock);
}

function refused(): void {
  make(3);
  const m = zeroed<Message>(), n = newNotification();
  fails("none", recvAny(0, ref(m)), KernelError.InvalidArgument);
  fails("thirty-three", recvAny(33, ref(m)), KernelError.InvalidArgument);
  fails("enormously many", recvAny(u64(1) << 40, ref(m)), KernelError.InvalidArgument);
  registerWaits([shared.endpoints[0], shared.endpoints[1], shared.endpoints[0]]);
  fails("one twice", recvAny(3, ref(m)), KernelError.InvalidArgument);
  registerWaits([shared.endpoints[0], copyOf(shared.endpoints[0], Right.All)]);
  fails("one by two names", recvAny(2, ref(m)), KernelError.InvalidArgument);
  registerWaits([shared.endpoints[0], n]);
  fails("a notification", recvAny(2, ref(m)), KernelError.InvalidCapability);
  registerWaits([shared.endpoints[0], newSlot()]);
  fails("nothing", recvAny(2, ref(m)), KernelError.InvalidCapability);
  registerWaits([shared.endpoints[0], copyOf(shared.endpoints[1], Right.Send)]);
  fails("without Recv", recvAny(2, ref(m)), KernelError.MissingRight);
  registerWaits(shared.endpoints.slice(0, 3));
  fails("with no time", recvAnyTimed(3, ref(m), 0), KernelError.Timeout);
  fails("for some time", recvAnyTimed(3, ref(m), 100_000), KernelError.Timeout);
  fails("it waits at the first no more", sendNow(shared.endpoints[0], ref(m)), KernelError.WouldBlock);
  fails("nor at the last", sendNow(shared.endpoints[2], ref(m)), KernelError.WouldBlock);
}

function bound(): void {
  make(3);
  shared.bits = 0;
  const n = newNotification(), t = startThread(server, 0, LOW);
  tcbBindNotification(t.tcb, n);
  nanoSleep(100_000);
  signal(n, 5);
  nanoSleep(100_000);
  equal("its notification wakes it", shared.bits, 5);
  equal("as number N", shared.source, 3);
  const m = zeroed<Message>();
  call(shared.endpoints[2], ref(m));
  equal("and it serves on", m.words[0], 2000);
}

function ends(): void {
  make(3);
  shared.laps = 0;
  startThread(server, 0, HIGH);
  deleteAll(shared.endpoints[1]);
  equal("one endpoint goes: it wakes", u64(-shared.badge), KernelError.Gone);
  const m = zeroed<Message>();
  fails("and has left the others", sendNow(shared.endpoints[2], ref(m)), KernelError.WouldBlock);
  make(2);
  const own = shared.endpoints[0];
  shared.endpoints[0] = copyOf(own, Right.Recv);
  startThread(server, 0, HIGH);
  deleteAll(shared.endpoints[0]);
  equal("its capability goes: it wakes", u64(-shared.badge), KernelError.Gone);
  make(2);
  const from = copyOf(shared.endpoints[0], Right.All), real = shared.endpoints[0], to = newSlot();
  shared.endpoints[0] = from;
  shared.badge = 0;
  startThread(server, 0, HIGH);
  cnodeMove(SELF, to, SELF, from);
  succeeds("its capability moves: it stays", sendNow(real, ref(m)));
  const gone = startThread(server, 0, HIGH);
  tcbSuspend(gone.tcb);
  make(2);
  const other = startThread(server, 0, HIGH);
  deleteAll(other.tcb);
  fails("a thread that is destroyed leaves every queue", sendNow(shared.endpoints[0], ref(m)), KernelError.WouldBlock);
}
