// Who runs next. The kernel comes here at the end of every slow entry, and nowhere else: what happens
// before only marks contexts ready.
//
// hart.current is the context that is charged for the time that passes; it is in no queue. It goes on as
// long as the thread it pays for can run, its budget lasts and nobody of higher priority is ready.
import { type SchedContext, exhaust, fill, schedContextOfTimer } from "../object/sched-context.js";
import { type Tcb, Gate, Wait, tcbOfTimer } from "../object/tcb.js";
import { dequeue, enqueue, enqueueFirst, highest } from "./queue.js";
import { type Timer, TimerKind, expired, now } from "./timer.js";
import { hart } from "../hart.js";
import { pollInterrupts } from "../riscv64/interrupt.js";
import { setTimer } from "../riscv64/sbi.js";

const NO_DEADLINE: u64 = 0xffff_ffff_ffff_ffff;

/// Whoever serves the call of `t`.
export function calleeOf(t: Ptr<Tcb>): Ptr<Tcb> | null {
  return tagged.kind(t.blockedOn) === Wait.Reply ? tagged.as(t.blockedOn, Wait.Reply) : null;
}

/// The thread that `s` pays for: the end of the call chain of its owner (2.09); null where it cannot run.
function threadOf(s: Ptr<SchedContext>): Ptr<Tcb> | null {
  let t = s.owner;
  if (t === null) return null;
  for (let callee = calleeOf(t); callee !== null; callee = calleeOf(callee)) t = callee;
  if (t.schedContext !== s || tagged.kind(t.blockedOn) !== Wait.None) return null;
  return (t.gate & (Gate.NotRunnable | Gate.InFault)) === 0 ? t : null;
}

/// `t` and whoever serves its call run on `s` from here on.
export function payFor(t: Ptr<Tcb>, s: Ptr<SchedContext> | null): void {
  t.schedContext = s;
  for (let callee = calleeOf(t); callee !== null; callee = calleeOf(callee)) callee.schedContext = s;
  if (s !== null) makeReadyIfRunnable(s);
}

/// A thread that waited may run again, on its own time or on that of the call it serves.
export function wake(t: Ptr<Tcb>): void {
  t.blockedOn = tagged.none();
  if (t.caller === null) t.schedContext = t.ownSchedContext;
  const s = t.schedContext;
  if (s !== null) makeReady(s);
}

export function makeReady(s: Ptr<SchedContext>): void {
  if (s.ready || s.refill.armed || s === hart().current) return;
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
  const time = now();
  for (let timer = expired(time); timer !== null; timer = expired(time)) expire(timer, time);
  // The interrupt stays pending until the timer is set anew, even where there is nothing to wait for.
  hart().programmed = 0;
}

function expire(timer: Ptr<Timer>, time: u64): void {
  if (timer.kind === TimerKind.Sleep) {
    const t = tcbOfTimer(timer);
    t.registers.x[10] = 0;
    wake(t);
    return;
  }
  const s = schedContextOfTimer(timer);
  fill(s, time);
  makeReadyIfRunnable(s);
}

// Takes the time since the last charge from the current context; an exhausted one loses its turn.
function charge(): void {
  const h = hart();
  const time = now();
  const used = time - h.chargedAt;
  h.chargedAt = time;
  const s = h.current;
  if (s === null) return;
  if (used < s.remaining) {
    s.remaining -= used;
    return;
  }
  s.remaining = 0;
  h.current = null;
  exhaust(s);
  makeReadyIfRunnable(s);
}

/// The thread to resume. Waits for an interrupt while nobody can run.
export function chooseThread(): Ptr<Tcb> {
  for (;;) {
    const t = choose();
    if (t !== null) {
      programTimer();
      return t;
    }
    programTimer();
    wfi();
    pollInterrupts();
  }
}

function choose(): Ptr<Tcb> | null {
  const h = hart();
  const current = h.current;
  const best = highest(ref(h.runQueue));
  if (current !== null) {
    const t = threadOf(current);
    if (t !== null && (best === null || best.priority <= current.priority)) return t;
    charge();
    if (h.current !== null) {
      h.current = null;
      if (t !== null) enqueueFirst(ref(h.runQueue), current);
    }
  } else {
    h.chargedAt = now();
  }
  for (let s = highest(ref(h.runQueue)); s !== null; s = highest(ref(h.runQueue))) {
    dequeue(ref(h.runQueue), s);
    const t = threadOf(s);
    if (t === null) continue;
    h.current = s;
    return t;
  }
  return null;
}

// The next time something must happen: a timer, or the end of the current budget where others wait for it.
function programTimer(): void {
  const h = hart();
  let deadline = NO_DEADLINE;
  const first = h.timers;
  if (first !== null) deadline = first.deadline;
  const s = h.current;
  if (s !== null && h.chargedAt + s.remaining < deadline) deadline = h.chargedAt + s.remaining;
  if (deadline === h.programmed) return;
  h.programmed = deadline;
  setTimer(deadline);
}
