// SchedContext: priority and time. The run queue holds these, not threads: a Call passes the context
// along the call chain, which is donation and priority inheritance in one (2.08, 1.07).
//
// Time is in ticks of the timebase. A context may use `budget` ticks; then it waits until `period` ticks
// after its budget was last filled. Where the period is no longer than the budget it only goes behind the
// others of its priority.
import { type Header, Slot, hasRight, typeOf } from "./capability.js";
import { clear, derive, lookup } from "./cnode.js";
import { type Tcb, lookupTcb } from "./tcb.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { PRIORITIES, dequeue } from "../schedule/queue.js";
import { NOT_PROGRAMMED, forget, makeReady, makeReadyIfRunnable, payFor, threadOf } from "../schedule/scheduler.js";
import { Timer, TimerKind, startTimer, stopTimer, now, ticksOf } from "../schedule/timer.js";
import { takeThread } from "../schedule/remote.js";
import { type Hart, hart } from "../hart.js";
import { type Arguments } from "../dispatch.js";

@align(32)
export class SchedContext {
  header: Header;
  priority: u8;
  /// In the run queue.
  ready: boolean;
  next: Ptr<SchedContext>;
  prev: Ptr<SchedContext>;
  /// Its owner's.
  hart: Ptr<Hart>;
  /// The thread this context was bound to; the scheduler follows blockedOn from here to the end of the chain.
  owner: Ptr<Tcb> | null;
  budget: u64;
  period: u64;
  remaining: u64;
  /// All that it was ever charged.
  consumed: u64;
  /// When `remaining` was last filled.
  filledAt: u64;
  /// Runs while there is no budget left.
  refill: Timer;
  /// An Endpoint that hears when the budget is used up.
  timeoutSlot: Slot;
}

/// 10 ms.
const DEFAULT_BUDGET: u64 = 10_000_000;
const MIN_BUDGET: u64 = 10_000;

export function createSchedContext(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  const s = unsafe.ptr<SchedContext>(vaddr);
  s.next = s;
  s.prev = s;
  s.hart = hart();
  s.budget = ticksOf(DEFAULT_BUDGET);
  s.period = s.budget;
  s.remaining = s.budget;
  return ref(s.header);
}

export function innerSlotOfSchedContext(object: Ptr<Header>, except: Ptr<Slot>): Ptr<Slot> | null {
  const slot = ref(unsafe.container<SchedContext>(object, "header").timeoutSlot);
  return slot.word !== 0 && slot !== except ? slot : null;
}

export function destroySchedContext(object: Ptr<Header>): boolean {
  unbindSchedContext(unsafe.container<SchedContext>(object, "header"));
  return true;
}

/// Nobody runs on it any more: neither its owner nor whoever serves the owner's call.
export function unbindSchedContext(s: Ptr<SchedContext>): void {
  const h = s.hart, t = h.current === s ? threadOf(s) : null;
  if (t !== null) takeThread(t);
  if (s.ready) dequeue(ref(h.runQueue), s);
  stopTimer(ref(s.refill));
  forget(s);
  const owner = s.owner;
  if (owner === null) return;
  // One that serves a call runs on its caller's time.
  if (owner.schedContext === s) payFor(owner, null);
  owner.ownSchedContext = null;
  s.owner = null;
}

/// Refills an exhausted context, now or when its period is over.
export function exhaust(s: Ptr<SchedContext>): void {
  const time = now();
  if (s.period <= s.budget || time >= s.filledAt + s.period) {
    fill(s, time);
    return;
  }
  startTimer(ref(s.refill), TimerKind.Refill, s.filledAt + s.period);
}

export function fill(s: Ptr<SchedContext>, time: u64): void {
  s.remaining = s.budget;
  s.filledAt = time;
}

export function schedContextOfTimer(timer: Ptr<Timer>): Ptr<SchedContext> {
  return unsafe.container<SchedContext>(timer, "refill");
}

export function invokeConfigure(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (a[0] >= PRIORITIES || a[1] < MIN_BUDGET || a[2] < a[1] || a[2] >>> 50 !== 0) return KernelError.InvalidArgument;
  if (a[0] > t.maxPriority) return KernelError.MissingRight;
  const s = unsafe.container<SchedContext>(slot.object!, "header");
  configure(s, u8(a[0]), ticksOf(a[1]), ticksOf(a[2]));
  return KernelError.None;
}

export function configure(s: Ptr<SchedContext>, priority: u8, budget: u64, period: u64): void {
  const wasReady = s.ready;
  if (wasReady) dequeue(ref(s.hart.runQueue), s);
  s.priority = priority;
  s.budget = budget;
  s.period = period;
  stopTimer(ref(s.refill));
  fill(s, now());
  if (s === s.hart.current) s.hart.programmed = NOT_PROGRAMMED;
  if (wasReady) makeReady(s);
  else makeReadyIfRunnable(s);
}

export function invokeBind(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const target = lookupTcb(t, a[0]);
  if (!target.ok) return target.err;
  const s = unsafe.container<SchedContext>(slot.object!, "header");
  if (s.owner !== null || target.val.ownSchedContext !== null) return KernelError.InvalidOperation;
  bindSchedContext(s, target.val);
  return KernelError.None;
}

export function bindSchedContext(s: Ptr<SchedContext>, t: Ptr<Tcb>): void {
  s.owner = t;
  s.hart = t.hart;
  t.ownSchedContext = s;
  if (t.caller === null || t.schedContext === null) payFor(t, s);
}

export function invokeUnbind(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  unbindSchedContext(unsafe.container<SchedContext>(slot.object!, "header"));
  return KernelError.None;
}

export function invokeSetTimeout(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const own = ref(unsafe.container<SchedContext>(slot.object!, "header").timeoutSlot);
  if (a[0] === 0) return own.word === 0 || clear(own) ? KernelError.None : KernelError.Restart;
  const endpoint = lookup(t.cspace, a[0]);
  if (endpoint === null || typeOf(endpoint) !== ObjectType.Endpoint) return KernelError.InvalidCapability;
  if (!hasRight(endpoint, Right.Grant | Right.Send)) return KernelError.MissingRight;
  if (own.word !== 0) return KernelError.InvalidOperation;
  return derive(own, endpoint, Right.Send, 0);
}
