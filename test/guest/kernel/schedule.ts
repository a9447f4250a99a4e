// Who runs when: priorities, turns, budgets, donation, sleep.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType } from "../../../kernel/abi/objects.js";
import { Message, call, recv, replyRecv, wait } from "../../../userland/lib/message.js";
import { nanoSleep, schedContextBind, schedContextConfigure, signal, tcbResume, tcbSuspend, yieldTime } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails } from "./lib/check.js";
import { HIGH, LOW, MAIN_PRIORITY, deleteAll, endGroup, newEndpoint, newNotification, newObject, newThread, startThread, startWorld, stop } from "./lib/world.js";

/// Short, so that the suite is: everything below is in proportion.
const MS: u64 = 250_000;
/// Of the `time` CSR, 100 ns each.
const TICKS_PER_MS: u64 = 2_500;

class Shared {
  laps: Arr<Atomic<u64>, 4>;
  log: Arr<u64, 16>;
  count: u64;
  result: i64;
  endpoint: u64;
  notification: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  priorities();
  endGroup();
  turns();
  endGroup();
  yields();
  endGroup();
  budgets();
  endGroup();
  donation();
  endGroup();
  passive();
  endGroup();
  ownTime();
  endGroup();
  sleeps();
  endGroup();
  deaths();
  endGroup();
  endReport();
}

function reset(): void {
  shared.count = 0;
  for (let i: usize = 0; i < 4; i++) shared.laps[i].store(0);
}

function laps(i: usize): u64 {
  return shared.laps[i].load();
}

function note(what: u64): void {
  if (shared.count < 16) shared.log[shared.count] = what;
  shared.count += 1;
}

function logger(number: u64): never {
  note(number);
  stop();
}

function spinner(index: u64): never {
  for (;;) shared.laps[index].fetchAdd(1);
}

function waits(number: u64): never {
  wait(shared.notification);
  note(number);
  stop();
}

function logIs(a: u64, b: u64, c: u64): boolean {
  return shared.count === 3 && shared.log[0] === a && shared.log[1] === b && shared.log[2] === c;
}

function priorities(): void {
  reset();
  startThread(logger, 1, LOW);
  startThread(logger, 2, LOW + 5);
  startThread(logger, 3, LOW + 2);
  equal("lower priorities wait", shared.count, 0);
  nanoSleep(5 * MS);
  check("the highest runs first", logIs(2, 3, 1));

  reset();
  shared.notification = newNotification();
  startThread(waits, 1, HIGH);
  note(2);
  signal(shared.notification, 1);
  note(3);
  check("who wakes with a higher priority runs at once", logIs(2, 1, 3));

  reset();
  startThread(waits, 1, MAIN_PRIORITY);
  nanoSleep(MS);
  signal(shared.notification, 1);
  note(2);
  nanoSleep(MS);
  note(3);
  check("who wakes with the same does not", logIs(2, 1, 3));

  reset();
  const t = startThread(logger, 1, LOW);
  schedContextConfigure(t.context, HIGH, MS, MS);
  note(2);
  startThread(logger, 0, HIGH);
  check("a priority that rises counts at once", logIs(1, 2, 0));

  reset();
  startThread(spinner, 0, LOW);
  startThread(spinner, 1, 0);
  nanoSleep(20 * MS);
  check("priority 0 waits for all others", laps(0) > 0 && laps(1) === 0);
}

function turns(): void {
  reset();
  const a = startThread(spinner, 0, LOW), b = startThread(spinner, 1, LOW), c = startThread(spinner, 2, LOW);
  schedContextConfigure(a.context, LOW, MS, MS);
  schedContextConfigure(b.context, LOW, MS, MS);
  schedContextConfigure(c.context, LOW, MS, MS);
  nanoSleep(60 * MS);
  tcbSuspend(a.tcb);
  tcbSuspend(b.tcb);
  tcbSuspend(c.tcb);
  check("threads of one priority take turns", laps(0) > 0 && laps(1) > 0 && laps(2) > 0);
  const least = laps(0) < laps(1) ? laps(0) : laps(1), most = laps(0) < laps(1) ? laps(1) : laps(0);
  check("of the same length", least * 3 > most * 1);
  // Above them main is heard; at their priority too.
  startThread(spinner, 3, MAIN_PRIORITY);
  nanoSleep(MS);
  check("a thread that loops does not stop others of its priority", laps(3) > 0);
}

function yielder(number: u64): never {
  for (let i: u64 = 0; i < 3; i++) {
    note(number);
    yieldTime();
  }
  stop();
}

function yields(): void {
  reset();
  startThread(yielder, 1, LOW);
  startThread(yielder, 2, LOW);
  nanoSleep(5 * MS);
  let good = shared.count === 6;
  for (let i: usize = 1; i < 6; i++) if (shared.log[i] === shared.log[i - 1]) good = false;
  check("yield lets the other go first", good);
}

function budgets(): void {
  reset();
  // 2 ms in 20: another of lower priority has the rest.
  const t = newThread(spinner, 0, LOW + 1);
  schedContextConfigure(t.context, LOW + 1, 2 * MS, 20 * MS);
  startThread(spinner, 1, LOW);
  tcbResume(t.tcb);
  nanoSleep(200 * MS);
  const used = laps(0), rest = laps(1);
  tcbSuspend(t.tcb);
  check("a budget is refilled in each period", used > 0);
  check("and throttles its thread", rest > 2 * used);

  reset();
  const once = newThread(spinner, 0, LOW + 1);
  schedContextConfigure(once.context, LOW + 1, MS, 1_000_000 * MS);
  tcbResume(once.tcb);
  nanoSleep(10 * MS);
  const first = laps(0);
  nanoSleep(20 * MS);
  check("a used up budget stays so until the period ends", first > 0 && laps(0) === first);
  schedContextConfigure(once.context, LOW + 1, MS, MS);
  nanoSleep(5 * MS);
  check("unless it is configured anew", laps(0) > first);
  tcbSuspend(once.tcb);

  // A throttled thread that is destroyed leaves no timer behind.
  const gone = newThread(spinner, 0, LOW + 1);
  schedContextConfigure(gone.context, LOW + 1, MS, 10 * MS);
  tcbResume(gone.tcb);
  nanoSleep(5 * MS);
  deleteAll(gone.tcb);
  deleteAll(gone.context);
  nanoSleep(20 * MS);
  check("a throttled context can be destroyed", true);
}

/// Works for 3 ms, so that the timer asks who should run.
function work(): void {
  const end = csr.time.read() + 3 * TICKS_PER_MS;
  while (csr.time.read() < end) {}
}

function server(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    note(10);
    shared.laps[1].store(0);
    work();
    shared.laps[2].store(laps(1));
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function client(endpoint: u64): never {
  const m = zeroed<Message>();
  shared.result = 1;
  shared.result = call(endpoint, ref(m));
  note(20);
  stop();
}

function donation(): void {
  const endpoint = newEndpoint();
  startThread(server, endpoint, LOW - 10);
  nanoSleep(2 * MS);
  reset();
  // In between: it would keep the server from running on its own time.
  startThread(spinner, 1, LOW);
  startThread(client, endpoint, HIGH);
  equal("a call of high priority is served before what lies between", u64(shared.result), 0);
  check("which did not run meanwhile", laps(2) === 0 && shared.log[0] === 10 && shared.log[1] === 20);
  reset();
  startThread(client, endpoint, LOW - 15);
  nanoSleep(5 * MS);
  equal("a call of low priority is not", shared.count, 0);
}

/// A server without time of its own runs on its callers'.
function passive(): void {
  const endpoint = newEndpoint();
  const t = startThread(server, endpoint, HIGH);
  deleteAll(t.context);
  reset();
  startThread(client, endpoint, HIGH);
  equal("a passive server answers", u64(shared.result), 0);
  const m = zeroed<Message>();
  equal("each of its callers", u64(call(endpoint, ref(m))), 0);
  const context = newObject(ObjectType.SchedContext, 0);
  schedContextConfigure(context, HIGH, MS, MS);
  schedContextBind(context, t.tcb);
  equal("also with time of its own", u64(call(endpoint, ref(m))), 0);
}

/// Answers after `laps[3]` says so.
function patient(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    while (laps(3) === 0) {}
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

/// Contexts that come and go in the middle of a call.
function ownTime(): void {
  const endpoint = newEndpoint();
  const t = startThread(patient, endpoint, HIGH);
  reset();
  const c = startThread(client, endpoint, LOW);
  nanoSleep(2 * MS);
  deleteAll(t.context);
  shared.laps[3].store(1);
  nanoSleep(2 * MS);
  equal("a server whose own context goes serves on", u64(shared.result), 0);
  deleteAll(c.tcb);

  shared.laps[3].store(0);
  const second = startThread(client, endpoint, LOW);
  nanoSleep(2 * MS);
  deleteAll(second.context);
  shared.laps[3].store(1);
  nanoSleep(2 * MS);
  equal("a call without time stands still", u64(shared.result), 1);
  const context = newObject(ObjectType.SchedContext, 0);
  schedContextConfigure(context, LOW, MS, MS);
  schedContextBind(context, second.tcb);
  nanoSleep(2 * MS);
  equal("until the caller gets time", u64(shared.result), 0);

  shared.laps[3].store(0);
  const third = startThread(client, endpoint, LOW);
  nanoSleep(2 * MS);
  tcbSuspend(third.tcb);
  shared.laps[3].store(1);
  nanoSleep(2 * MS);
  tcbResume(third.tcb);
  nanoSleep(2 * MS);
  fails("a caller that is stopped gets its time back", shared.result, KernelError.Gone);
}

function sleeper(number: u64): never {
  nanoSleep(number * 2 * MS);
  note(number);
  stop();
}

function sleeps(): void {
  reset();
  startThread(sleeper, 3, HIGH);
  startThread(sleeper, 1, HIGH);
  startThread(sleeper, 2, HIGH);
  nanoSleep(10 * MS);
  check("sleepers wake in the order of their times", logIs(1, 2, 3));
  const before = csr.time.read();
  nanoSleep(3 * MS);
  check("nobody wakes too early", csr.time.read() - before >= 3 * TICKS_PER_MS);
  equal("a sleep of nothing returns", u64(nanoSleep(0)), 0);
  reset();
  const a = startThread(sleeper, 1, HIGH), b = startThread(sleeper, 2, HIGH);
  startThread(sleeper, 3, HIGH);
  startThread(forever, ~u64(0), HIGH);
  deleteAll(a.tcb);
  tcbSuspend(b.tcb);
  nanoSleep(10 * MS);
  check("sleepers that go do not wake", shared.count === 1 && shared.log[0] === 3);
}

function forever(nanoseconds: u64): never {
  nanoSleep(nanoseconds);
  note(99);
  stop();
}

/// Threads that are destroyed wherever they can be.
function deaths(): void {
  const endpoint = newEndpoint(), n = newNotification();
  shared.notification = n;
  const ready = startThread(spinner, 0, LOW), waiting = startThread(waits, 1, HIGH), sending = startThread(client, endpoint, HIGH), sleeping = startThread(sleeper, 1000, HIGH);
  const nobody = newThread(spinner, 0, LOW);
  deleteAll(ready.tcb);
  deleteAll(waiting.tcb);
  deleteAll(sending.tcb);
  deleteAll(sleeping.tcb);
  deleteAll(nobody.tcb);
  signal(n, 1);
  endGroup();
  // The memory is used again at once, by threads of the same kinds.
  const again = newEndpoint();
  startThread(server, again, HIGH);
  reset();
  const m = zeroed<Message>();
  equal("after them others live in their memory", u64(call(again, ref(m))), 0);
  schedContextConfigure(BootSlot.SchedContext, MAIN_PRIORITY, 10 * MS, 10 * MS);
  equal("main goes on with a new budget", u64(yieldTime()), 0);
}
