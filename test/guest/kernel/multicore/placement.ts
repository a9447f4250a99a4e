// Threads are on each hart, and change it: while they run, wait, or have floating-point registers.
import { KernelError } from "../../../../kernel/abi/errors.js";
import { Right } from "../../../../kernel/abi/objects.js";
import { wait, waitTimed } from "../../../../userland/lib/message.js";
import { cnodeCopy, nanoSleep, signal, tcbResume, tcbSetAffinity, yieldTime } from "../../../../userland/lib/stubs.js";
import { check, equal, fails, succeeds } from "../lib/check.js";
import { harmonic } from "../lib/threads.js";
import { HIGH, LOW, newNotification, newSlot, newThread, SELF, stop } from "../lib/world.js";
import { cell, clearCells, counter, goesOn, MS, reaches, shared, standsMuch, standsStill, startOn, valueOf } from "./harts.js";

const TERMS: u64 = 60_000;

export function affinity(): void {
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

export function parallel(): void {
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

export function migration(): void {
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

export function waiting(): void {
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

export function floats(): void {
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
