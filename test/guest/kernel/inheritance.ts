// Time that follows the calls: helping, the bound on nested and circular calls, priorities that not everyone may give.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { Right } from "../../../kernel/abi/objects.js";
import { Message, call, recv, replyRecv, wait } from "../../../userland/lib/message.js";
import { nanoSleep, schedContextBind, schedContextConfigure, schedContextUnbind, signal, tcbResume, tcbSetMaxPriority } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, copyOf, endGroup, newEndpoint, newNotification, newThread, startThread, startWorld, stop } from "./lib/world.js";

const MS: u64 = 1_000_000;
const NEST: usize = 120;

class Shared {
  endpoint: u64;
  notification: u64;
  work: u64;
  log: Arr<u64, 16>;
  count: u64;
  laps: Atomic<u64>;
  result: i64;
  depth: u64;
  endpoints: Arr<u64, 128>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  inversion();
  endGroup();
  exhausted();
  endGroup();
  sleepingServer();
  endGroup();
  circles();
  endGroup();
  chains();
  endGroup();
  priorities();
  endGroup();
  unbound();
  endGroup();
  withdrawn();
  endGroup();
  endReport();
}

function note(what: u64): void {
  if (shared.count < 16) shared.log[shared.count] = what;
  shared.count += 1;
}

function spin(laps: u64): void {
  for (let i: u64 = 0; i < laps; i++) shared.laps.fetchAdd(1);
}

/// Works for a while on each request: S.
function server(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    if (m.words[1] !== 0) nanoSleep(m.words[1]);
    spin(shared.work);
    note(m.words[0]);
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function client(word: u64): never {
  const m = zeroed<Message>();
  m.words[0] = word;
  shared.result = call(shared.endpoint, ref(m));
  note(word + 100);
  stop();
}

/// Of middle priority, and always busy: M.
function hog(_argument: u64): never {
  for (;;) shared.laps.fetchAdd(1);
}

function newServer(): void {
  shared.endpoint = newEndpoint();
  shared.count = 0;
  const s = newThread(server, shared.endpoint, HIGH);
  tcbResume(s.tcb);
  // Passive from here on: it lives on its callers' time alone.
  schedContextUnbind(s.context);
}

// L calls S; M, above L, wants the hart; H calls S. Without help H would wait for M (2.11).
function inversion(): void {
  newServer();
  shared.work = 30_000;
  startThread(client, 1, 10);
  nanoSleep(MS / 50);
  startThread(hog, 0, 20);
  nanoSleep(MS / 20);
  equal("the low client's call is under way, and the middle thread in its way", shared.count, 0);
  startThread(client, 2, HIGH);
  nanoSleep(5 * MS);
  check("the high client helps the server, then is served", shared.count >= 3 && shared.log[0] === 1 && shared.log[1] === 2 && shared.log[2] === 102);
  equal("the low client waits for the middle one", shared.count, 3);
}

// The low client's budget ends while it is served.
function exhausted(): void {
  newServer();
  shared.work = 60_000;
  const low = newThread(client, 1, LOW);
  schedContextConfigure(low.context, LOW, MS / 10, 1000 * MS);
  tcbResume(low.tcb);
  nanoSleep(MS);
  equal("a server whose caller's budget is used up stands still", shared.count, 0);
  startThread(client, 2, LOW);
  nanoSleep(20 * MS);
  check("until another caller pays", shared.count >= 3 && shared.log[0] === 1 && shared.log[1] === 2);
}

function slowClient(word: u64): never {
  const m = zeroed<Message>();
  m.words[0] = word;
  m.words[1] = MS;
  shared.result = call(shared.endpoint, ref(m));
  note(word + 100);
  stop();
}

// Helpers come back when the server wakes.
function sleepingServer(): void {
  newServer();
  shared.work = 1000;
  startThread(slowClient, 1, 10);
  nanoSleep(MS / 20);
  startThread(client, 2, HIGH);
  startThread(hog, 0, 20);
  nanoSleep(8 * MS);
  check("a server that sleeps is helped when it wakes", shared.count >= 3 && shared.log[0] === 1 && shared.log[2] === 102);
}

/// Calls endpoint `index + 1` while it serves endpoint `index`.
function link(index: u64): never {
  const m = zeroed<Message>();
  recv(shared.endpoints[index], ref(m));
  for (;;) {
    if (index + 1 >= shared.depth) {
      m.words[0] = index;
    } else {
      m.tag = 0;
      const result = call(shared.endpoints[index + 1], ref(m));
      if (result < 0) {
        m.words[0] = index;
        m.words[1] = u64(-result);
      }
    }
    m.tag = 0;
    replyRecv(shared.endpoints[index], ref(m));
  }
}

function circles(): void {
  shared.depth = 1000;
  for (let i: usize = 0; i < 3; i++) shared.endpoints[i] = newEndpoint();
  shared.endpoints[3] = shared.endpoints[0];
  for (let i: u64 = 0; i < 3; i++) startThread(link, i, HIGH);
  const m = zeroed<Message>();
  succeeds("three servers in a circle", call(shared.endpoints[0], ref(m)));
  equal("the last one's call is refused", m.words[0], 2);
  equal("as it would wait for itself", m.words[1], KernelError.InvalidOperation);
  m.tag = 0;
  succeeds("and all serve on", call(shared.endpoints[1], ref(m)));
}

function chains(): void {
  shared.depth = 100;
  for (let i: usize = 0; i < NEST; i++) shared.endpoints[i] = newEndpoint();
  for (let i: u64 = 0; i < NEST; i++) startThread(link, i, HIGH);
  const m = zeroed<Message>();
  succeeds("a hundred calls in each other", call(shared.endpoints[0], ref(m)));
  equal("reach the last", m.words[0], 99);
  shared.depth = NEST;
  m.tag = 0;
  m.words[1] = 0;
  succeeds("a hundred and twenty", call(shared.endpoints[0], ref(m)));
  equal("go no deeper than that", m.words[0], 99);
  equal("the next is refused", m.words[1], KernelError.InvalidOperation);
}

function configures(context: u64): never {
  shared.result = schedContextConfigure(context, 5, MS, MS);
  note(u64(-schedContextConfigure(context, 6, MS, MS)));
  stop();
}

function priorities(): void {
  shared.count = 0;
  const t = newThread(configures, 0, HIGH), other = newThread(configures, 0, LOW);
  fails("a priority past the last", tcbSetMaxPriority(t.tcb, 64), KernelError.InvalidArgument);
  fails("without Write", tcbSetMaxPriority(copyOf(t.tcb, Right.Read), 5), KernelError.MissingRight);
  succeeds("a thread may give priorities up to 5", tcbSetMaxPriority(t.tcb, 5));
  const run = newThread(configures, other.context, HIGH);
  tcbSetMaxPriority(run.tcb, 5);
  tcbResume(run.tcb);
  equal("5 it may", u64(shared.result), 0);
  equal("6 it may not", shared.log[0], KernelError.MissingRight);
  const none = newThread(configures, other.context, HIGH);
  tcbResume(none.tcb);
  equal("a new thread may give none", u64(-shared.result), KernelError.MissingRight);
}

function waits(_argument: u64): never {
  for (;;) {
    wait(shared.notification);
    note(1);
  }
}

/// Ends the context that it runs on, as its caller lent it, and goes on.
function ends(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  schedContextUnbind(m.words[0]);
  note(7);
  m.tag = 0;
  replyRecv(endpoint, ref(m));
  stop();
}

function lender(context: u64): never {
  const m = zeroed<Message>();
  m.words[0] = context;
  call(shared.endpoint, ref(m));
  stop();
}

function withdrawn(): void {
  shared.count = 0;
  shared.endpoint = newEndpoint();
  startThread(ends, shared.endpoint, HIGH);
  const client = newThread(lender, 0, HIGH), other = newThread(lender, client.context, HIGH);
  schedContextUnbind(other.context);
  schedContextUnbind(client.context);
  schedContextBind(client.context, other.tcb);
  tcbResume(other.tcb);
  nanoSleep(MS / 10);
  check("a server whose caller's context goes is back on its own", shared.count === 1 && shared.log[0] === 7);
}

function unbound(): void {
  shared.count = 0;
  shared.notification = newNotification();
  const t = startThread(waits, 0, HIGH);
  signal(shared.notification, 1);
  equal("it runs", shared.count, 1);
  succeeds("without a context", schedContextUnbind(t.context));
  signal(shared.notification, 1);
  nanoSleep(MS / 10);
  equal("it does not", shared.count, 1);
  succeeds("twice is no harm", schedContextUnbind(t.context));
}
