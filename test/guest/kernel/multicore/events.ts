// What crosses harts: notifications, semaphores, channels, and the end of what is waited for.
import { KernelError } from "../../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../../kernel/abi/objects.js";
import { asyncReceive, asyncSend, down, isNotification, Message, poll, recv, tagOf, wait, waitTimed } from "../../../../userland/lib/message.js";
import { cnodeCopy, cnodeDelete, nanoSleep, signal, tcbBindNotification, tcbResume, up } from "../../../../userland/lib/stubs.js";
import { check, equal, fails } from "../lib/check.js";
import { deleteAll, LOW, newEndpoint, newNotification, newObject, newSlot, revokeAll, SELF, stop } from "../lib/world.js";
import { cell, clearCells, MS, reaches, shared, startOn, threadOn, valueOf } from "./harts.js";

const ROUNDS: u64 = 40;

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

export function notifications(): void {
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

export function semaphores(): void {
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

export function channels(): void {
  const c = newObject(ObjectType.Channel, 10), m = zeroed<Message>();
  startOn(1, producer, c, LOW);
  let good: u64 = 0;
  for (let i: u64 = 0; i < ROUNDS; i++) if (asyncReceive(c, ref(m)) >= 0 && m.tag === tagOf(i + 1) && m.words[0] === i * i) good += 1;
  equal("messages of a channel come from another hart in order", good, ROUNDS);
}

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

export function together(): void {
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

export function ends(): void {
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
