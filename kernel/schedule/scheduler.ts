// Who runs next. The kernel comes here at the end of every slow entry, and nowhere else: what happens
// before only marks contexts ready.
//
// hart.current is the context that is charged for the time that passes; it is in no queue. It goes on as
// long as the thread it pays for can run, its budget lasts and nobody of higher priority is ready.
import { type SchedContext, exhaust, fill, schedContextOfTimer } from "../object/sched-context.js";
import { type Tcb, Gate, MAX_DEPTH, Wait, clearReason, currentTcb, setReason, timeOut } from "../object/tcb.js";
import { sendFaultThrough } from "../ipc/fault.js";
import { FaultCode } from "../abi/objects.js";
import { enqueue, enqueueFirst, takeHighest } from "./queue.js";
import { type Timer, TimerKind, expired, now } from "./timer.js";
import { type Hart, hart, harts } from "../hart.js";
import { pollInterrupts } from "../riscv64/interrupt.js";
import { acquireLock, releaseLock } from "../riscv64/lock.js";
import { setTimer } from "../riscv64/sbi.js";

const NO_DEADLINE: u64 = 0xffff_ffff_ffff_ffff;
/// In Hart.programmed: the timer must be set, to whatever time.
export const NOT_PROGRAMMED: u64 = 0;

/// Whoever serves the call of `t`.
function calleeOf(t: Ptr<Tcb>): Ptr<Tcb> | null {
  return tagged.kind(t.blockedOn) === Wait.Reply ? tagged.as(t.blockedOn, Wait.Reply) : null;
}

/// Who must run before `t` can go on: the server of its call, or the busy one that it waits to call (2.09).
export function dependsOn(t: Ptr<Tcb>): Ptr<Tcb> | null {
  switch (tagged.kind(t.blockedOn)) {
    case Wait.Reply:
      return tagged.as(t.blockedOn, Wait.Reply);
    case Wait.Send:
      return t.sendIsCall && t.sendLends ? tagged.as(t.blockedOn, Wait.Send).server : null;
    default:
      return null;
  }
}

/// The thread that `s` pays for: the one at the end of what its owner depends on; null where it cannot run.
function threadOf(s: Ptr<SchedContext>): Ptr<Tcb> | null {
  const owner = s.owner;
  if (owner === null || owner.schedContext !== s) return null;
  const t = tagged.kind(owner.blockedOn) === Wait.None ? owner : lastOf(owner);
  return canRun(t) ? t : null;
}

// The end of what `t` depends on, or as far as calls may nest.
function lastOf(t: Ptr<Tcb>): Ptr<Tcb> {
  let last = t, next = dependsOn(t);
  for (let step: u64 = 0; next !== null && step < 2 * MAX_DEPTH; step++) {
    last = next;
    next = dependsOn(last);
  }
  return last;
}

function canRun(t: Ptr<Tcb>): boolean {
  return tagged.kind(t.blockedOn) === Wait.None && (t.gate & (Gate.NotRunnable | Gate.InFault)) === 0;
}

/// `t` and whoever serves its call run on `s` from here on. Where there is none, servers are on their own time.
export function payFor(t: Ptr<Tcb>, s: Ptr<SchedContext> | null): void {
  t.schedContext = s;
  for (let callee = calleeOf(t); callee !== null; callee = calleeOf(callee)) {
    const own = callee.ownSchedContext;
    callee.schedContext = s ?? own;
    if (s === null && own !== null) makeReadyIfRunnable(own);
  }
  if (s !== null) makeReadyIfRunnable(s);
}

/// A thread that waited may run again, on its own time or on that of the call it serves.
export function wake(t: Ptr<Tcb>): void {
  t.blockedOn = tagged.none();
  if (t.caller === null) t.schedContext = t.ownSchedContext;
  const s = t.schedContext;
  if (s !== null) makeReady(s);
  if (t.caller !== null) helpNow(t);
}

/// The contexts of those who wait for the thread to serve them may run it. At most so many are looked at: the
/// oldest of each queue on the way up the calls that it is nested in.
const MAX_HELPERS: u64 = 64;

export function helpNow(t: Ptr<Tcb>): void {
  let server: Ptr<Tcb> | null = t;
  let left = MAX_HELPERS;
  while (server !== null && left > 0) {
    const e = server.serves;
    const first = e !== null && e.server === server ? e.senders : null;
    if (first !== null) {
      let sender = first;
      do {
        const s = sender.schedContext;
        if (s !== null && sender.sendIsCall) makeReadyIfRunnable(s);
        sender = sender.next;
        left -= 1;
      } while (sender !== first && left > 0);
    }
    server = server.caller;
    if (left > 0) left -= 1;
  }
}

export function makeReady(s: Ptr<SchedContext>): void {
  if (s.ready || s.refill.armed !== null || s === hart().current) return;
  enqueue(ref(hart().runQueue), s);
}

export function makeReadyIfRunnable(s: Ptr<SchedContext>): void {
  if (threadOf(s) !== null) makeReady(s);
}

/// A context that ends is not charged any more.
export function forget(s: Ptr<SchedContext>): void {
  if (hart().current === s) hart().current = null;
}

/// Behind the others of its priority.
export function yieldCurrent(): void {
  const s = hart().current;
  if (s === null) return;
  charge();
  hart().current = null;
  makeReadyIfRunnable(s);
}

/// The timer interrupt: charges who ran, wakes whose time has come.
export function tick(): void {
  charge();
  const h = hart(), time = h.chargedAt;
  for (let timer = expired(time); timer !== null; timer = expired(time)) expire(timer, time);
  // The interrupt stays pending until the timer is set anew, even where there is nothing to wait for.
  h.programmed = NOT_PROGRAMMED;
  programTimer();
}

function expire(timer: Ptr<Timer>, time: u64): void {
  if (timer.kind === TimerKind.Wait) {
    timeOut(timer);
    return;
  }
  const s = schedContextOfTimer(timer);
  fill(s, time);
  makeReadyIfRunnable(s);
}

// Takes the time since the last charge from the current context; an exhausted one loses its turn.
function charge(): void {
  const h = hart(), time = now(), used = time - h.chargedAt, s = h.current;
  h.chargedAt = time;
  if (s === null) return;
  s.consumed += used;
  if (used < s.remaining) s.remaining -= used;
  else endBudget(h, s);
}

function endBudget(h: Ptr<Hart>, s: Ptr<SchedContext>): void {
  s.remaining = 0;
  // Nobody waits for its turn to end.
  if (s.period <= s.budget && h.runQueue.map >>> s.priority === 0 && s.timeoutSlot.word === 0) {
    fill(s, h.chargedAt);
    return;
  }
  h.current = null;
  const t = s.timeoutSlot.word === 0 ? null : threadOf(s);
  exhaust(s);
  if (t !== null) sendFaultThrough(t, ref(s.timeoutSlot), FaultCode.Timeout, 0, false);
  makeReadyIfRunnable(s);
}

/// The thread to resume; null where none can run.
export function chooseThread(): Ptr<Tcb> | null {
  attr({ inline: "always" });
  const caller = currentTcb(), h = hart(), s = h.current;
  // Nothing has changed: the same thread, on its own time, and nobody above it.
  if (s !== null && caller.schedContext === s && h.programmed !== NOT_PROGRAMMED && !isOutranked(h, s) && canRun(caller)) return caller;
  return switchThread();
}

/// While nobody can run.
export function waitForThread(): Ptr<Tcb> {
  for (;;) {
    idle();
    pollInterrupts();
    const t = switchThread();
    if (t !== null) return t;
  }
}

// Other harts may destroy the thread that ran here last, and its address space.
function idle(): void {
  const h = hart();
  if (harts.count === 1) {
    wfi();
    return;
  }
  csr.satp.write(h.kernelSatp);
  h.isIdle = true;
  releaseLock();
  wfi();
  acquireLock();
  h.isIdle = false;
}

function isOutranked(h: Ptr<Hart>, s: Ptr<SchedContext>): boolean {
  attr({ inline: "always" });
  return (h.runQueue.map >>> s.priority) >>> 1 !== 0;
}

/// The same where no thread goes on as it was.
export function switchThread(): Ptr<Tcb> | null {
  const t = choose(hart());
  programTimer();
  return t;
}

function choose(h: Ptr<Hart>): Ptr<Tcb> | null {
  const current = h.current;
  if (current !== null) {
    const t = threadOf(current);
    if (t !== null && !isOutranked(h, current)) return runOn(t, current);
    charge();
    if (h.current !== null) {
      h.current = null;
      if (t !== null) enqueueFirst(ref(h.runQueue), current);
    }
  } else {
    h.chargedAt = now();
  }
  for (let s = takeHighest(ref(h.runQueue)); s !== null; s = takeHighest(ref(h.runQueue))) {
    const t = threadOf(s);
    if (t === null) continue;
    h.current = s;
    return runOn(t, s);
  }
  return null;
}

// On time that is another's, a thread asks the scheduler at each turn: the fast path would keep it.
function runOn(t: Ptr<Tcb>, s: Ptr<SchedContext>): Ptr<Tcb> {
  if (t.schedContext !== s) setReason(t, Gate.Helped);
  else if ((t.gate & Gate.Helped) !== 0) clearReason(t, Gate.Helped);
  return t;
}

// The next time something must happen: a timer, or the end of the current budget. A hart that hears from its timer
// too early only looks again: so the timer, which the firmware must be asked for, is set to earlier times only.
function programTimer(): void {
  const h = hart();
  let deadline = NO_DEADLINE;
  const first = h.timers;
  if (first !== null) deadline = first.deadline;
  const s = h.current;
  if (s !== null && h.chargedAt + s.remaining < deadline) deadline = h.chargedAt + s.remaining;
  if (deadline >= h.programmed && h.programmed !== NOT_PROGRAMMED) return;
  h.programmed = deadline;
  setTimer(deadline);
}
