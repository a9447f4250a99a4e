// Timers: who waits for a time. Time is the `time` CSR, in ticks of the timebase (10 MHz on QEMU's virt board).
//
// The timers of a hart are a leftist heap: the root is due first, `rank` is the distance to the nearest free
// place, and a left child has no smaller rank than its sibling. So a right spine is at most log2(n) long, and
// starting, stopping and expiring take that many steps.
import { type Hart, hart } from "../hart.js";

export enum TimerKind { Wait, Refill }

/// Lies in what waits. In no heap: `armed` is null.
export class Timer {
  deadline: u64;
  left: Ptr<Timer> | null;
  right: Ptr<Timer> | null;
  parent: Ptr<Timer> | null;
  armed: Ptr<Hart> | null;
  rank: u32;
  kind: TimerKind;
}

/// Times above mean never; nothing overflows when two are added.
const NEVER: u64 = 1 << 60;

export function now(): u64 {
  return csr.time.read();
}

/// Rounds up, so that nobody wakes too early.
export function ticksOf(nanoseconds: u64): u64 {
  const perTick = hart().nanosecondsPerTick;
  return nanoseconds / perTick + (nanoseconds % perTick === 0 ? 0 : 1);
}

/// The time that is so many nanoseconds ahead.
export function deadlineIn(nanoseconds: u64): u64 {
  const ticks = ticksOf(nanoseconds);
  return ticks >= NEVER ? NEVER : now() + ticks;
}

/// On the running hart, which is the one that hears of it.
export function startTimer(timer: Ptr<Timer>, kind: TimerKind, deadline: u64): void {
  const h = hart();
  timer.kind = kind;
  timer.deadline = deadline;
  timer.armed = h;
  timer.left = null;
  timer.right = null;
  timer.rank = 1;
  timer.parent = null;
  h.timers = merge(h.timers, timer);
}

export function stopTimer(timer: Ptr<Timer>): void {
  const h = timer.armed;
  if (h === null) return;
  timer.armed = null;
  const rest = merge(timer.left, timer.right), parent = timer.parent;
  if (rest !== null) rest.parent = parent;
  if (parent === null) {
    h.timers = rest;
    return;
  }
  if (parent.left === timer) parent.left = rest;
  else parent.right = rest;
  restoreRanks(parent, false);
}

/// The first timer of the hart whose time has come, taken out of its heap.
export function expired(time: u64): Ptr<Timer> | null {
  const first = hart().timers;
  if (first === null || first.deadline > time) return null;
  stopTimer(first);
  return first;
}

function rankOf(timer: Ptr<Timer> | null): u32 {
  return timer === null ? 0 : timer.rank;
}

// Zips the right spines together in order, then sets ranks from below. The root has no parent then.
function merge(a: Ptr<Timer> | null, b: Ptr<Timer> | null): Ptr<Timer> | null {
  if (a === null || b === null) {
    const only = a ?? b;
    if (only !== null) only.parent = null;
    return only;
  }
  let one: Ptr<Timer> | null = a, other: Ptr<Timer> | null = b;
  let root: Ptr<Timer> | null = null, last: Ptr<Timer> | null = null;
  while (one !== null && other !== null) {
    if (other.deadline < one.deadline) {
      const swapped: Ptr<Timer> | null = one;
      one = other;
      other = swapped;
    }
    const next: Ptr<Timer> = one;
    if (last === null) root = next;
    else last.right = next;
    next.parent = last;
    last = next;
    one = next.right;
  }
  const rest = one ?? other;
  if (last !== null) {
    last.right = rest;
    if (rest !== null) rest.parent = last;
    restoreRanks(last, true);
  }
  return root;
}

// From `timer` up: to the root after a merge, which has changed a whole spine, else as long as ranks change.
function restoreRanks(timer: Ptr<Timer>, toRoot: boolean): void {
  let at: Ptr<Timer> | null = timer;
  while (at !== null) {
    const left = at.left, right = at.right;
    if (rankOf(left) < rankOf(right)) {
      at.left = right;
      at.right = left;
    }
    const rank: u32 = rankOf(at.right) + 1;
    if (rank === at.rank && !toRoot) return;
    at.rank = rank;
    at = at.parent;
  }
}
