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
import { kick } from "./remote.js";
import { acquireLock, releaseLock } from "../riscv64/lock.js";
import { setTimer } from "../riscv64/sbi.js";

const NO_DEADLINE: u64 = 0xffff_ffff_ffff_ffff;
/// In Hart.programmed: the timer must be set, to whatever time.
export const NOT_PROGRAMMED: u64 = 0;

/// Timers that one interrupt deals with.
const EXPIRED_PER_TICK: u32 = 32;
/// Contexts that pay for nobody which leave the run queue at once.
const IDLERS_PER_CHOICE: u32 = 64;

/// Whoever serves the call of `t` on its time.
function calleeOf(t: Ptr<Tcb>): Ptr<Tcb> | null {
  if ((t.gate & Gate.InFault) !== 0 && !t.sendLends) return null;
  return tagged.kind(t.blockedOn) === Wait.Reply ? tagged.as(t.blockedOn, Wait.Reply) : null;
}

/// Who must run before `t` can go on: the server of its call, or the busy one that it waits to call (2.09).
export function dependsOn(t: Ptr<Tcb>): Ptr<Tcb> | null {
  const kind = tagged.kind(t.blockedOn);
  if (kind === Wait.Reply) return tagged.as(t.blockedOn, Wait.Reply);
  return kind === Wait.Send && t.sendIsCall && t.sendLends ? tagged.as(t.blockedOn, Wait.Send).server : null;
}

/// The thread that `s` pays for: the one at the end of what its owner depends on; null where it cannot run.
export function threadOf(s: Ptr<SchedContext>): Ptr<Tcb> | null {
  const owner = s.owner;
  if (owner === null || owner.schedContext !== s) return null;
  if (tagged.kind(owner.blockedOn) === Wait.None) return isHeld(owner) ? null : owner;
  const t = lastOf(owner);
  // Time does not leave its hart: who waits there for a server that has gone to another hears of it soon.
  return canRun(t) && t.hart === owner.hart ? t : null;
}

// The thread at the end of what `t` depends on.
function lastOf(t: Ptr<Tcb>): Ptr<Tcb> {
  attr({ inline: "always" });
  let last = t;
  for (let left = 2 * MAX_DEPTH; left > 0; left--) {
    const next = dependsOn(last);
    if (next === null) break;
    last = next;
  }
  return last;
}

function isHeld(t: Ptr<Tcb>): boolean {
  return (t.gate & (Gate.NotRunnable | Gate.InFault)) !== 0;
}

export function canRun(t: Ptr<Tcb>): boolean {
  return tagged.kind(t.blockedOn) === Wait.None && !isHeld(t);
}

/// `t` and whoever serves its call run on `s` from here on. Where there is none, servers are on their own time.
export function payFor(t: Ptr<Tcb>, s: Ptr<SchedContext> | null): void {
  t.schedContext = s;
  for (let callee = calleeOf(t); callee !== null; callee = calleeOf(callee)) callee.schedContext = s ?? callee.ownSchedContext;
  if (s !== null) makeReadyIfRunnable(s);
  else payForThemselves(t);
}

// All of them depend on the last: whether that one can run is asked once.
function payForThemselves(t: Ptr<Tcb>): void {
  attr({ inline: "never" });
  const last = lastOf(t);
  if (!canRun(last)) return;
  for (let callee = calleeOf(t); callee !== null; callee = calleeOf(callee)) {
    const own = callee.ownSchedContext;
    if (own !== null && last.hart === callee.hart) makeReady(own);
  }
}

/// A thread that waited may run again, on its own time or on that of the call it serves.
export function wake(t: Ptr<Tcb>): void {
  t.blockedOn = tagged.none();
  if (t.caller === null) {
    const own = t.ownSchedContext;
    t.schedContext = own;
    if (own !== null) makeReady(own);
    return;
  }
  const s = t.schedContext;
  if (s !== null) makeReady(s);
  helpNow(t);
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
  if (s.ready || s.refill.armed !== null) return;
  const h = s.hart, current = h.current;
  if (s !== current) enqueue(ref(h.runQueue), s);
  // One that is current already may run another thread now.
  if (h !== hart() && (current === null || current.priority < s.priority || s === current)) kick(h);
}

export function makeReadyIfRunnable(s: Ptr<SchedContext>): void {
  if (threadOf(s) !== null) makeReady(s);
}

/// A context that ends is not charged any more.
export function forget(s: Ptr<SchedContext>): void {
  if (s.hart.current === s) s.hart.current = null;
}

/// The current context of a hart is charged, to the end of its budget at most, and is current no more.
export function dismiss(h: Ptr<Hart>, s: Ptr<SchedContext>): void {
  const used = now() - h.chargedAt;
  s.consumed += used;
  s.remaining = used < s.remaining ? s.remaining - used : 0;
  h.current = null;
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
  attr({ inline: "always" });
  charge();
  const h = hart(), first = h.timers;
  if (first !== null && first.deadline <= h.chargedAt) expireAll(h.chargedAt);
  // The interrupt stays pending until the timer is set anew, even where there is nothing to wait for.
  h.programmed = NOT_PROGRAMMED;
  programTimer();
}

// What is left comes with the next interrupt, at once.
function expireAll(time: u64): void {
  attr({ inline: "never" });
  for (let left = EXPIRED_PER_TICK; left > 0; left--) {
    const timer = expired(time);
    if (timer === null) return;
    expire(timer, time);
  }
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

// Takes the time since the last charge from the current context; an exhausted one loses its turn, if anyone waits for
// it to end.
function charge(): void {
  attr({ inline: "always" });
  const h = hart(), s = h.current;
  if (s === null) h.chargedAt = now();
  else if (spend(h, s)) return;
  else if (s.period <= s.budget && h.runQueue.map >>> s.priority === 0 && s.timeoutSlot.word === 0) fill(s, h.chargedAt);
  else endTurn(s);
}

// False where that was all that the context had.
function spend(h: Ptr<Hart>, s: Ptr<SchedContext>): boolean {
  attr({ inline: "always" });
  const time = now(), used = time - h.chargedAt, left = s.remaining;
  h.chargedAt = time;
  s.consumed += used;
  if (used >= left) return false;
  s.remaining = left - used;
  return true;
}

function endTurn(s: Ptr<SchedContext>): void {
  attr({ inline: "never" });
  s.remaining = 0;
  hart().current = null;
  const t = s.timeoutSlot.word === 0 ? null : threadOf(s);
  exhaust(s);
  if (t !== null) sendFaultThrough(t, ref(s.timeoutSlot), FaultCode.Timeout, 0, false);
  makeReadyIfRunnable(s);
}

/// The thread to resume; null where none can run.
export function chooseThread(): Ptr<Tcb> | null {
  attr({ inline: "always" });
  const caller = currentTcb(), h = hart(), s = h.current;
  // The same thread, on its own time, goes on, as long as nobody is above it.
  if (s === null || caller.schedContext !== s || h.programmed === NOT_PROGRAMMED || !canRun(caller)) return switchFrom(caller);
  if (!isOutranked(h, s)) return caller;
  const t = preempt(h, s);
  programTimer();
  return t;
}

/// While nobody can run.
export function waitForThread(): Ptr<Tcb> {
  for (;;) {
    if (hart().runQueue.map === 0) idle();
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

function switchFrom(caller: Ptr<Tcb>): Ptr<Tcb> | null {
  // Who has replied is on its own time again.
  const own = caller.schedContext;
  if (own !== null && own !== hart().current) makeReadyIfRunnable(own);
  return switchThread();
}

/// The same where no thread goes on as it was.
export function switchThread(): Ptr<Tcb> | null {
  const t = choose();
  programTimer();
  return t;
}

// The current context, which could go on, is outranked.
function preempt(h: Ptr<Hart>, current: Ptr<SchedContext>): Ptr<Tcb> | null {
  attr({ inline: "never" });
  if (spend(h, current)) enqueueFirst(ref(h.runQueue), current);
  else endTurn(current);
  return takeNext(h);
}

function choose(): Ptr<Tcb> | null {
  const h = hart(), current = h.current;
  if (current === null) {
    h.chargedAt = now();
    return takeAny(h);
  }
  const t = threadOf(current);
  if (t !== null) return isOutranked(h, current) ? preempt(h, current) : runOn(t, current);
  charge();
  return takeAny(h);
}

// The best of the queue becomes the current context.
function takeNext(h: Ptr<Hart>): Ptr<Tcb> | null {
  attr({ inline: "always" });
  const s = takeHighest(ref(h.runQueue));
  h.current = s;
  if (s === null) return null;
  const owner = s.owner;
  return owner !== null && owner.schedContext === s && runsPlainly(owner) ? owner : takePayer(h, s);
}

function takeAny(h: Ptr<Hart>): Ptr<Tcb> | null {
  attr({ inline: "never" });
  return takeNext(h);
}

// Those that turn out to pay for nobody leave the queue. Where they are many, interrupts have their turn in between.
function takePayer(h: Ptr<Hart>, first: Ptr<SchedContext>): Ptr<Tcb> | null {
  attr({ inline: "never" });
  let s = first;
  for (let left = IDLERS_PER_CHOICE; left > 0; left--) {
    const t = threadOf(s);
    if (t !== null) return runOn(t, s);
    const next = left === 1 ? null : takeHighest(ref(h.runQueue));
    h.current = next;
    if (next === null) return null;
    s = next;
  }
  return null;
}

// On its own time it runs as it was.
function runsPlainly(t: Ptr<Tcb>): boolean {
  attr({ inline: "always" });
  return tagged.kind(t.blockedOn) === Wait.None && (t.gate & (Gate.NotRunnable | Gate.InFault | Gate.Helped)) === 0;
}

// On time that is another's, a thread asks the scheduler at each turn: the fast path would keep it.
function runOn(t: Ptr<Tcb>, s: Ptr<SchedContext>): Ptr<Tcb> {
  if ((t.schedContext !== s) !== ((t.gate & Gate.Helped) !== 0)) setHelped(t, t.schedContext !== s);
  return t;
}

function setHelped(t: Ptr<Tcb>, isHelped: boolean): void {
  attr({ inline: "never" });
  if (isHelped) setReason(t, Gate.Helped);
  else clearReason(t, Gate.Helped);
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
