// Several harts: threads on each of them, what they say to each other, what one does to a thread that another runs.
// On a machine with one hart only what TcbSetAffinity says there.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import {
  Message, asyncReceive, asyncSend, call, callNow, callTimed, down, isNotification, poll, recv, recvAny, registerWaits, reply, replyRecv, send, sendNow, tagOf, wait, waitTimed,
} from "../../../userland/lib/message.js";
import {
  cnodeCopy, cnodeDelete, frameMap, frameUnmap, irqAck, irqControlGet, irqSetHandler, memoryObjectClone, memoryObjectDecommit, memoryObjectSetPool, nanoSleep,
  portalBind, schedContextBind, schedContextConfigure, schedContextUnbind, signal, tcbBindNotification, tcbResume, tcbServe, tcbSetAffinity, tcbSetFaultPortals, tcbSuspend,
  up, vspaceMapMO, vspaceProtect, vspaceUnmap, yieldTime,
} from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds, uart } from "./lib/check.js";
import { harmonic, replies } from "./lib/threads.js";
import {
  HIGH, LOW, MAIN_PRIORITY, PAGE_SIZE, SELF, type Thread, WINDOW, deleteAll, endGroup, newEndpoint, newHandler, newNotification, newObject, newSlot, newSlots, newThread, newThreadIn,
  revokeAll, startWorld, stop,
} from "./lib/world.js";

const MS: u64 = 1_000_000;
const RW: u64 = Right.Read | Right.Write;
const VSPACE = BootSlot.VSpace;
/// More turns of a loop than any answer takes.
const PATIENCE: u64 = 100_000_000;
const ROUNDS: u64 = 40;
const UART_IRQ: u64 = 10, STORE_PAGE_FAULT: u64 = 15;
const DATA_READY: u8 = 1, RECEIVED_DATA: u8 = 1;
const TERMS: u64 = 60_000;

class Cell {
  value: Atomic<u64>;
}

class Shared {
  harts: u64;
  /// Counted up by threads, each by its own.
  cells: Arr<Cell, 16>;
  objects: Arr<u64, 8>;
  results: Arr<i64, 16>;
  sums: Arr<f64, 8>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  shared.harts = info.hartCount;
  affinity();
  endGroup();
  if (shared.harts > 1) several();
  endReport();
}

function several(): void {
  parallel();
  endGroup();
  messages();
  endGroup();
  turnedAway();
  endGroup();
  portals();
  endGroup();
  notifications();
  endGroup();
  semaphores();
  endGroup();
  channels();
  endGroup();
  migration();
  endGroup();
  waiting();
  endGroup();
  floats();
  endGroup();
  stopping();
  endGroup();
  time();
  endGroup();
  unmapping();
  endGroup();
  sharing();
  endGroup();
  together();
  endGroup();
  ends();
  endGroup();
  faults();
  endGroup();
  interrupts();
  endGroup();
}

// ---- What all of them use ----

function cell(index: u64): Ptr<Cell> {
  return ref(shared.cells[index]);
}

function valueOf(index: u64): u64 {
  return cell(index).value.load();
}

function clearCells(): void {
  for (let i: u64 = 0; i < 16; i++) cell(i).value.store(0);
}

/// Without a syscall: another hart must do it.
function reaches(index: u64, value: u64): boolean {
  for (let i: u64 = 0; i < PATIENCE; i++) if (valueOf(index) >= value) return true;
  return false;
}

function goesOn(index: u64): boolean {
  return reaches(index, valueOf(index) + 100);
}

function standsStill(index: u64): boolean {
  const before = valueOf(index);
  nanoSleep(MS / 10);
  return valueOf(index) === before;
}

function threadOn(hart: u64, entry: (argument: u64) => never, argument: u64, priority: u64): Ptr<Thread> {
  const t = newThread(entry, argument, priority);
  if (tcbSetAffinity(t.tcb, hart) < 0) check("a thread gets a hart", false);
  return t;
}

function startOn(hart: u64, entry: (argument: u64) => never, argument: u64, priority: u64): Ptr<Thread> {
  const t = threadOn(hart, entry, argument, priority);
  tcbResume(t.tcb);
  return t;
}

/// Counts for ever.
function counter(index: u64): never {
  for (;;) cell(index).value.fetchAdd(1);
}

// ---- The harts ----

function affinity(): void {
  const t = newThread(counter, 0, LOW);
  for (let hart: u64 = 0; hart < shared.harts; hart++) succeeds("a thread may be on each hart", tcbSetAffinity(t.tcb, hart));
  fails("but on no hart that is not there", tcbSetAffinity(t.tcb, shared.harts), KernelError.InvalidArgument);
  fails("far away", tcbSetAffinity(t.tcb, u64.MAX), KernelError.InvalidArgument);
  fails("of 64 bits", tcbSetAffinity(t.tcb, u64(1) << 32), KernelError.InvalidArgument);
  fails("what is no thread has none", tcbSetAffinity(t.context, 0), KernelError.InvalidCapability);
  const copy = newSlot();
  cnodeCopy(SELF, copy, SELF, t.tcb, Right.Read);
  fails("without Write", tcbSetAffinity(copy, 0), KernelError.MissingRight);
}

function parallel(): void {
  clearCells();
  for (let hart: u64 = 1; hart < shared.harts; hart++) startOn(hart, counter, hart, LOW);
  let all = true;
  for (let hart: u64 = 1; hart < shared.harts; hart++) if (!reaches(hart, 1000)) all = false;
  check("a thread of low priority runs on each other hart while this one is busy", all);
  startOn(1, counter, 8, HIGH);
  check("a higher one takes its hart over at once", reaches(8, 1000));
  check("and leaves nothing to the lower", standsStill(1));
  equal("this hart goes on with a lower one", u64(yieldTime()), 0);
}

// ---- Messages stay on a hart ----

function server(endpoint: u64): never {
  const m = zeroed<Message>();
  cell(0).value.fetchAdd(1);
  shared.results[0] = recv(endpoint, ref(m));
  for (;;) {
    m.tag = 0;
    m.words[0] += 1;
    cell(0).value.fetchAdd(1);
    shared.results[0] = replyRecv(endpoint, ref(m));
    if (shared.results[0] < 0) stop();
  }
}

function caller(endpoint: u64): never {
  const m = zeroed<Message>();
  m.words[0] = 41;
  shared.results[1] = call(endpoint, ref(m));
  shared.results[2] = i64(m.words[0]);
  cell(1).value.fetchAdd(1);
  stop();
}

function messages(): void {
  clearCells();
  const e = newEndpoint(), m = zeroed<Message>(), s = startOn(1, server, e, HIGH);
  reaches(0, 1);
  nanoSleep(20 * MS);
  fails("a call to another hart", call(e, ref(m)), KernelError.BadCpu);
  fails("a send", send(e, ref(m)), KernelError.BadCpu);
  fails("that does not wait", sendNow(e, ref(m)), KernelError.BadCpu);
  fails("a call that does not wait", callNow(e, ref(m)), KernelError.BadCpu);
  fails("a timed one", callTimed(e, ref(m), MS), KernelError.BadCpu);
  fails("receiving where another hart does", recv(e, ref(m)), KernelError.BadCpu);
  registerWaits([newEndpoint(), e]);
  fails("at one of many endpoints", recvAny(2, ref(m)), KernelError.BadCpu);
  fails("a server that waits for messages stays", tcbSetAffinity(s.tcb, 0), KernelError.InvalidOperation);
  shared.results[2] = 0;
  startOn(1, caller, e, LOW);
  check("a call on the server's own hart goes through", reaches(1, 1) && shared.results[1] >= 0 && shared.results[2] === 42);
  fails("afterwards it is still BadCpu from here", call(e, ref(m)), KernelError.BadCpu);
}

function turnedAway(): void {
  clearCells();
  shared.results[1] = 0;
  const e = newEndpoint(), n = newNotification(), m = zeroed<Message>();
  startOn(1, caller, e, LOW);
  startOn(1, caller, e, LOW);
  nanoSleep(20 * MS);
  signal(n, 1);
  // Nothing is waited for: the bound notification has bits.
  tcbBindNotification(BootSlot.Tcb, n);
  startOn(1, signaller, n, LOW);
  const result = recv(e, ref(m));
  check("who receives hears of its own hart alone", result >= 0 && isNotification(ref(m)));
  recv(e, ref(m));
  check("who waits to send from another hart hears BadCpu", reaches(1, 2));
  fails("and so does its call", shared.results[1], KernelError.BadCpu);
}

function signaller(notification: u64): never {
  nanoSleep(MS);
  signal(notification, 2);
  stop();
}

function handlerEntry(_id: u64): never {
  for (;;) {}
}

function portals(): void {
  const p = newObject(ObjectType.Portal, 0), m = zeroed<Message>(), h = newHandler();
  fails("a handler that waits for calls stays", tcbSetAffinity(h.tcb, 1), KernelError.InvalidOperation);
  tcbSuspend(h.tcb);
  succeeds("one that does not may go", tcbSetAffinity(h.tcb, 1));
  succeeds("and serve there", tcbServe(h.tcb, h.utcb, h.utcb));
  succeeds("its portal", portalBind(p, h.tcb, u64.of(handlerEntry), 7));
  fails("leads to another hart", call(p, ref(m)), KernelError.BadCpu);
}

// ---- What crosses harts ----

function echoBits(hart: u64): never {
  for (;;) {
    const bits = wait(shared.objects[0]);
    cell(hart).value.fetchAdd(1);
    signal(shared.objects[1], bits << 8);
  }
}

function boundServer(endpoint: u64): never {
  const m = zeroed<Message>();
  for (;;) {
    recv(endpoint, ref(m));
    if (isNotification(ref(m))) cell(2).value.fetchAdd(m.words[0]);
  }
}

function notifications(): void {
  clearCells();
  shared.objects[0] = newNotification();
  shared.objects[1] = newNotification();
  startOn(1, echoBits, 1, LOW);
  let good: u64 = 0;
  for (let i: u64 = 0; i < ROUNDS; i++) {
    signal(shared.objects[0], 1 + (i & 3));
    if (wait(shared.objects[1]) === (1 + (i & 3)) << 8) good += 1;
  }
  equal("signals go to another hart and back", good, ROUNDS);
  const n = newNotification(), t = threadOn(1, boundServer, newEndpoint(), LOW);
  tcbBindNotification(t.tcb, n);
  tcbResume(t.tcb);
  nanoSleep(20 * MS);
  signal(n, 5);
  check("a bound notification wakes a receiver of another hart", reaches(2, 5));
  signal(n, 3);
  check("again", reaches(2, 8));
}

function takes(index: u64): never {
  for (;;) {
    down(shared.objects[0], false);
    cell(index).value.fetchAdd(1);
    up(shared.objects[1]);
  }
}

function semaphores(): void {
  clearCells();
  shared.objects[0] = newObject(ObjectType.Semaphore, 0);
  shared.objects[1] = newObject(ObjectType.Semaphore, 0);
  for (let hart: u64 = 1; hart < shared.harts; hart++) startOn(hart, takes, hart, LOW);
  nanoSleep(20 * MS);
  for (let i: u64 = 0; i < ROUNDS; i++) up(shared.objects[0]);
  for (let i: u64 = 0; i < ROUNDS; i++) down(shared.objects[1], false);
  let sum: u64 = 0;
  for (let hart: u64 = 1; hart < shared.harts; hart++) sum += valueOf(hart);
  equal("each of the counts is taken once, by some hart", sum, ROUNDS);
  for (let hart: u64 = 1; hart < shared.harts; hart++) check("by this one too", valueOf(hart) > 0);
}

function producer(channel: u64): never {
  const m = zeroed<Message>();
  for (let i: u64 = 0; i < ROUNDS; i++) {
    m.tag = tagOf(i + 1);
    m.words[0] = i * i;
    while (asyncSend(channel, ref(m)) === -KernelError.WouldBlock) {}
  }
  stop();
}

function channels(): void {
  const c = newObject(ObjectType.Channel, 10), m = zeroed<Message>();
  startOn(1, producer, c, LOW);
  let good: u64 = 0;
  for (let i: u64 = 0; i < ROUNDS; i++) if (asyncReceive(c, ref(m)) >= 0 && m.tag === tagOf(i + 1) && m.words[0] === i * i) good += 1;
  equal("messages of a channel come from another hart in order", good, ROUNDS);
}

// ---- Threads change their hart ----

function migration(): void {
  clearCells();
  const t = startOn(1, counter, 1, LOW), last = shared.harts - 1;
  reaches(1, 100);
  succeeds("a thread moves while it runs", tcbSetAffinity(t.tcb, last));
  check("and goes on", goesOn(1));
  startOn(1, counter, 2, LOW);
  check("its old hart runs others", reaches(2, 1000));
  succeeds("it comes here", tcbSetAffinity(t.tcb, 0));
  check("where it is below main", standsMuch(1));
  nanoSleep(MS);
  check("but runs while main waits", valueOf(1) > 0);
  tcbSetAffinity(t.tcb, last);
  check("and moves again", goesOn(1));
  let good: u64 = 0;
  for (let i: u64 = 0; i < 50; i++) if (tcbSetAffinity(t.tcb, i % shared.harts) >= 0) good += 1;
  tcbSetAffinity(t.tcb, last);
  check("fifty times", good === 50 && goesOn(1));
  const own = newThread(moveSelf, 0, HIGH);
  shared.objects[2] = own.tcb;
  tcbResume(own.tcb);
  for (let i: u64 = 0; valueOf(3) < 40 && i < 100_000; i++) nanoSleep(MS / 10);
  equal("a thread moves itself around", valueOf(3), 40);
}

/// No other thread of this hart runs while main does.
function standsMuch(index: u64): boolean {
  const before = valueOf(index);
  for (let i: u64 = 0; i < 20_000; i++) if (valueOf(index) !== before) return false;
  return true;
}

function moveSelf(_argument: u64): never {
  for (let i: u64 = 0; i < 40; i++) {
    if (tcbSetAffinity(shared.objects[2], i % shared.harts) < 0) stop();
    cell(3).value.fetchAdd(1);
  }
  stop();
}

function waiter(n: u64): never {
  for (;;) cell(4).value.fetchAdd(wait(n));
}

function sleeper(_argument: u64): never {
  for (;;) {
    nanoSleep(MS / 4);
    cell(5).value.fetchAdd(1);
  }
}

function timed(n: u64): never {
  shared.results[3] = waitTimed(n, MS);
  cell(6).value.fetchAdd(1);
  stop();
}

function waiting(): void {
  clearCells();
  const n = newNotification(), last = shared.harts - 1;
  const t = startOn(1, waiter, n, LOW), s = startOn(1, sleeper, 0, LOW), u = startOn(1, timed, newNotification(), LOW);
  nanoSleep(20 * MS);
  succeeds("a thread moves while it waits", tcbSetAffinity(t.tcb, last));
  signal(n, 4);
  check("and wakes there", reaches(4, 4));
  succeeds("while it sleeps", tcbSetAffinity(s.tcb, last));
  check("and wakes in time", reaches(5, 2));
  succeeds("while its timeout runs", tcbSetAffinity(u.tcb, last));
  check("which ends", reaches(6, 1));
  fails("as it should", shared.results[3], KernelError.Timeout);
}

// ---- Floating-point registers ----

function adds(index: u64): never {
  shared.sums[index] = harmonic(f64(index + 1), TERMS);
  cell(index).value.fetchAdd(1);
  stop();
}

function addsInPieces(index: u64): never {
  let sum: f64 = 0;
  for (let i: u64 = 1; i <= 50; i++) {
    sum += 1 / f64(i);
    nanoSleep(20_000);
  }
  shared.sums[index] = sum;
  cell(index).value.fetchAdd(1);
  stop();
}

function floats(): void {
  clearCells();
  const a = startOn(1, adds, 1, LOW), b = startOn(1, adds, 2, LOW), c = startOn(1, addsInPieces, 3, HIGH);
  for (let i: u64 = 0; valueOf(1) + valueOf(2) + valueOf(3) < 3 && i < 20_000; i++) {
    tcbSetAffinity(a.tcb, i % shared.harts);
    tcbSetAffinity(b.tcb, (i + 1) % shared.harts);
    tcbSetAffinity(c.tcb, (i / 2) % shared.harts);
    nanoSleep(30_000);
  }
  check("sums of threads that move all the time are right", shared.sums[1] === harmonic(2, TERMS) && shared.sums[2] === harmonic(3, TERMS));
  let sum: f64 = 0;
  for (let i: u64 = 1; i <= 50; i++) sum += 1 / f64(i);
  check("also where their registers were left behind", shared.sums[3] === sum);
}

// ---- Threads that run elsewhere ----

function stopping(): void {
  clearCells();
  const t = startOn(1, counter, 1, LOW), low = startOn(1, counter, 2, LOW - 1);
  reaches(1, 100);
  succeeds("suspend a thread that runs on another hart", tcbSuspend(t.tcb));
  check("it stands still at once", standsMuch(1));
  check("a lower one runs", reaches(2, 100));
  succeeds("resume", tcbResume(t.tcb));
  check("it goes on", goesOn(1));
  succeeds("take its time away", schedContextUnbind(t.context));
  check("it stands still", standsMuch(1));
  succeeds("give it back", schedContextBind(t.context, t.tcb));
  check("it goes on with it", goesOn(1));
  succeeds("make it lower than the other", schedContextConfigure(t.context, 1, MS, MS));
  check("then the other runs", goesOn(2));
  check("and it does not", standsStill(1));
  succeeds("make it higher again", schedContextConfigure(t.context, HIGH, MS, MS));
  check("then it runs", goesOn(1));
  deleteAll(t.tcb);
  check("a thread is deleted while it runs", standsMuch(1));
  check("and its hart goes on", goesOn(2));
  deleteAll(low.context);
  check("without time there is nothing left to run", standsMuch(2));
  let good: u64 = 0;
  for (let i: u64 = 0; i < 20; i++) {
    const one = startOn(i % shared.harts, counter, 3, LOW);
    if (i % 3 !== 0) reaches(3, valueOf(3) + (i % shared.harts === 0 ? 0 : 50));
    deleteAll(one.tcb);
    if (standsMuch(3)) good += 1;
  }
  equal("twenty threads come and go", good, 20);
}

function time(): void {
  clearCells();
  const t = threadOn(1, counter, 1, LOW);
  schedContextConfigure(t.context, LOW, MS / 10, 10_000 * MS);
  tcbResume(t.tcb);
  // Where the host runs other things meanwhile, the time may be over before the first instruction.
  for (let i: u64 = 0; i < 50 && !reaches(1, 1); i++) schedContextConfigure(t.context, LOW, MS / 10, 10_000 * MS);
  check("a thread runs on another hart", valueOf(1) > 0);
  nanoSleep(MS);
  let ended = false;
  for (let i: u64 = 0; i < 1000 && !ended; i++) ended = standsStill(1);
  check("until its budget is used up", ended);
  schedContextConfigure(t.context, LOW, 10 * MS, 10 * MS);
  check("and on with a new one", goesOn(1));
  startOn(1, counter, 2, LOW);
  check("threads of one priority share their hart", reaches(2, 1000) && goesOn(1) && goesOn(2));
}

// ---- Translations ----

/// Writes to a page again and again.
function writer(vaddr: u64): never {
  for (;;) {
    unsafe.ptr<Reg<u64>>(vaddr).write(valueOf(1));
    cell(1).value.fetchAdd(1);
  }
}

function lastWrite(vaddr: u64): u64 {
  return unsafe.ptr<Reg<u64>>(vaddr).read();
}

/// Whether nothing is written to a page any more.
function isQuiet(vaddr: u64): boolean {
  const before = lastWrite(vaddr);
  for (let i: u64 = 0; i < 20_000; i++) if (lastWrite(vaddr) !== before) return false;
  return true;
}

function isWritten(vaddr: u64): boolean {
  const before = lastWrite(vaddr);
  for (let i: u64 = 0; i < PATIENCE; i++) if (lastWrite(vaddr) !== before) return true;
  return false;
}

function unmapping(): void {
  clearCells();
  const frame = newObject(ObjectType.Frame, 0), other = newSlot();
  cnodeCopy(SELF, other, SELF, frame, Right.All);
  frameMap(frame, VSPACE, WINDOW, RW);
  frameMap(other, VSPACE, WINDOW + PAGE_SIZE, RW);
  const t = startOn(1, writer, WINDOW, LOW);
  check("a thread of another hart writes to a page", reaches(1, 1000) && isWritten(WINDOW + PAGE_SIZE));
  succeeds("which is unmapped", frameUnmap(frame));
  check("then it writes no more", isQuiet(WINDOW + PAGE_SIZE));
  check("and stops in its fault", standsMuch(1));
  frameMap(frame, VSPACE, WINDOW, RW);
  tcbResume(t.tcb);
  check("where the page is back, so is the thread", goesOn(1));
  deleteAll(frame);
  check("a deleted capability takes the page along", isQuiet(WINDOW + PAGE_SIZE) && standsMuch(1));
}

function sharing(): void {
  clearCells();
  const mo = newObject(ObjectType.MemoryObject, 12), clone = newSlot(), at = WINDOW + 16 * PAGE_SIZE, seen = at + 16 * PAGE_SIZE, copied = at + 32 * PAGE_SIZE;
  memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 18));
  vspaceMapMO(VSPACE, at, mo, 0, 1, RW);
  vspaceMapMO(VSPACE, seen, mo, 0, 1, Right.Read);
  const t = startOn(1, writer, at, LOW);
  check("pages are committed by whatever hart touches them", reaches(1, 1000) && isWritten(seen));
  let made: i64 = memoryObjectClone(mo, SELF, clone);
  while (made === -KernelError.Restart) made = memoryObjectClone(mo, SELF, clone);
  succeeds("a clone is made while another hart writes", made);
  vspaceMapMO(VSPACE, copied, clone, 0, 1, RW);
  const kept = lastWrite(copied);
  check("the writer goes on", goesOn(1) && isWritten(seen));
  check("and the clone keeps what was", isQuiet(copied) && lastWrite(copied) === kept);
  unsafe.ptr<Reg<u64>>(copied).write(7);
  check("the clone has a page of its own", lastWrite(copied) === 7 && lastWrite(seen) !== 7);
  succeeds("the page is protected", vspaceProtect(VSPACE, at, Right.Read));
  check("then nothing is written", isQuiet(seen) && standsMuch(1));
  succeeds("and opened", vspaceProtect(VSPACE, at, RW));
  tcbResume(t.tcb);
  check("and written again", goesOn(1) && isWritten(seen));
  let good: u64 = 0;
  for (let i: u64 = 0; i < 20; i++) {
    if (memoryObjectDecommit(mo, 0, 1) >= 0 && goesOn(1)) good += 1;
  }
  equal("memory is taken away under the writer, and it gets other", good, 20);
  succeeds("the region goes", vspaceUnmap(VSPACE, at));
  check("and the writer stops", isQuiet(seen) && standsMuch(1));
}

// ---- One object, many harts ----

function busy(hart: u64): never {
  const slot = shared.objects[3] + hart;
  let errors: u64 = 0;
  for (let i: u64 = 0; i < ROUNDS; i++) {
    up(shared.objects[0]);
    signal(shared.objects[1], u64(1) << hart);
    if (cnodeCopy(SELF, slot, SELF, shared.objects[0], Right.All) < 0) errors += 1;
    if (cnodeDelete(SELF, slot) < 0) errors += 1;
    if (poll(shared.objects[2]) !== 0) cell(8).value.fetchAdd(1);
  }
  shared.results[8 + hart] = i64(errors);
  cell(9).value.fetchAdd(1);
  stop();
}

function together(): void {
  clearCells();
  shared.objects[0] = newObject(ObjectType.Semaphore, 0);
  shared.objects[1] = newNotification();
  shared.objects[2] = newNotification();
  shared.objects[3] = newSlot();
  for (let hart: u64 = 1; hart < 8; hart++) newSlot();
  let bits: u64 = 0, taken: u64 = 0;
  for (let hart: u64 = 1; hart < shared.harts; hart++) {
    startOn(hart, busy, hart, LOW);
    bits |= u64(1) << hart;
  }
  while (taken < ROUNDS * (shared.harts - 1)) {
    signal(shared.objects[2], 1);
    taken += u64(down(shared.objects[0], true));
  }
  check("harts invoke the same objects at once", reaches(9, shared.harts - 1));
  equal("a semaphore counts all", taken, ROUNDS * (shared.harts - 1));
  equal("a notification has all bits", poll(shared.objects[1]) | bits, bits);
  let errors: i64 = 0;
  for (let hart: u64 = 1; hart < shared.harts; hart++) errors += shared.results[8 + hart];
  equal("capabilities are copied and deleted by all", u64(errors), 0);
  check("signals reach some of them", valueOf(8) > 0);
}

function waitsAndEnds(n: u64): never {
  shared.results[4] = waitTimed(n, 1000 * MS);
  cell(10).value.fetchAdd(1);
  stop();
}

function receives(e: u64): never {
  const m = zeroed<Message>();
  shared.results[5] = recv(e, ref(m));
  cell(11).value.fetchAdd(1);
  stop();
}

function ends(): void {
  clearCells();
  const n = newNotification(), e = newEndpoint();
  startOn(1, waitsAndEnds, n, LOW);
  startOn(1, receives, e, LOW);
  nanoSleep(20 * MS);
  deleteAll(n);
  check("who waits on another hart hears that a notification goes", reaches(10, 1));
  fails("by Gone", shared.results[4], KernelError.Gone);
  revokeAll(e);
  deleteAll(e);
  check("or an endpoint", reaches(11, 1));
  fails("by Gone, too", shared.results[5], KernelError.Gone);
}

// ---- Faults go to handlers on other harts ----

/// Maps what is missing.
function pager(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    cell(5).value.fetchAdd(1);
    frameMap(shared.objects[4], VSPACE, m.words[2] & ~(PAGE_SIZE - 1), RW);
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

/// A thread on a hart that writes to a page which is not there.
function faultingOn(hart: u64, handler: u64, page: u64): Ptr<Thread> {
  const t = newThreadIn(SELF, VSPACE, handler, writer, WINDOW + page * PAGE_SIZE, LOW);
  tcbSetAffinity(t.tcb, hart);
  tcbResume(t.tcb);
  return t;
}

function faults(): void {
  clearCells();
  const e = newEndpoint(), m = zeroed<Message>(), last = shared.harts - 1;
  const t = faultingOn(1, e, 0);
  nanoSleep(20 * MS);
  fails("a fault of another hart waits and keeps nobody away", callTimed(e, ref(m), MS), KernelError.Timeout);
  check("this hart hears of it", recv(e, ref(m)) >= 0 && m.words[0] === STORE_PAGE_FAULT && m.words[2] === WINDOW);
  check("the thread waits", valueOf(1) === 0 && standsStill(1));
  frameMap(newObject(ObjectType.Frame, 0), VSPACE, WINDOW, RW);
  m.tag = 0;
  reply(ref(m));
  check("and goes on there when the page is", goesOn(1));
  tcbSuspend(t.tcb);
  const pages = newEndpoint();
  shared.objects[4] = newObject(ObjectType.Frame, 0);
  const handler = startOn(last, pager, pages, HIGH);
  nanoSleep(20 * MS);
  const before = valueOf(1), other = faultingOn(0, pages, 1);
  for (let i: u64 = 0; i < 1000 && valueOf(1) < before + 100; i++) nanoSleep(MS / 10);
  check("a handler of another hart that waits answers at once", valueOf(1) >= before + 100 && valueOf(5) === 1);
  tcbSuspend(handler.tcb);
  tcbSuspend(other.tcb);
  const gone = faultingOn(1, newEndpoint(), 2);
  nanoSleep(20 * MS);
  succeeds("who is in fault there may be suspended", tcbSuspend(gone.tcb));
  passiveHandler();
}

/// A portal's handler without time, on another hart than the one whose fault it handles.
function passiveHandler(): void {
  const p = newObject(ObjectType.Portal, 0), h = newHandler(), base = newSlots(STORE_PAGE_FAULT + 1);
  portalBind(p, h.tcb, u64.of(replies), 7);
  cnodeCopy(SELF, base + STORE_PAGE_FAULT, SELF, p, Right.All);
  const t = threadOn(1, writer, WINDOW + 3 * PAGE_SIZE, LOW), before = valueOf(1);
  tcbSetFaultPortals(t.tcb, base);
  tcbResume(t.tcb);
  nanoSleep(20 * MS);
  equal("without time of its own a handler does not run", valueOf(1), before);
  frameMap(newObject(ObjectType.Frame, 0), VSPACE, WINDOW + 3 * PAGE_SIZE, RW);
  schedContextConfigure(h.context, HIGH, 10 * MS, 10 * MS);
  succeeds("where it gets some", schedContextBind(h.context, h.tcb));
  check("it answers", goesOn(1));
}

// ---- Interrupts ----

function driver(handler: u64): never {
  irqSetHandler(handler, shared.objects[0]);
  uart().interruptEnable.write(RECEIVED_DATA);
  cell(13).value.fetchAdd(1);
  for (;;) {
    wait(shared.objects[0]);
    while ((uart().lineStatus.read() & DATA_READY) !== 0) {
      uart().data.read();
      cell(12).value.fetchAdd(1);
    }
    irqAck(handler);
  }
}

function interrupts(): void {
  clearCells();
  const h = newObject(ObjectType.IrqHandler, 0);
  shared.objects[0] = newNotification();
  irqControlGet(BootSlot.IrqControl, UART_IRQ, h);
  const t = startOn(1, driver, h, HIGH);
  check("a driver of another hart gets its interrupts there, while this one is busy", reaches(12, 1));
  uart().interruptEnable.write(0);
  tcbSuspend(t.tcb);
}
