// Timers: who waits for a time, in one list sorted by deadline. Time is the `time` CSR, in ticks of the
// timebase (10 MHz on QEMU's virt board).
import { hart } from "../hart.js";

export enum TimerKind { Sleep, Refill }

/// Lies in what waits. In no list: `armed` is false.
export class Timer {
  deadline: u64;
  next: Ptr<Timer> | null;
  prev: Ptr<Timer> | null;
  kind: TimerKind;
  armed: boolean;
}

export function now(): u64 {
  return csr.time.read();
}

/// Rounds up, so that nobody wakes too early.
export function ticksOf(nanoseconds: u64): u64 {
  const perTick = hart().nanosecondsPerTick;
  return nanoseconds / perTick + (nanoseconds % perTick === 0 ? 0 : 1);
}

export function startTimer(timer: Ptr<Timer>, kind: TimerKind, deadline: u64): void {
  timer.kind = kind;
  timer.deadline = deadline;
  timer.armed = true;
  let after: Ptr<Timer> | null = null;
  let next = hart().timers;
  while (next !== null && next.deadline <= deadline) {
    after = next;
    next = next.next;
  }
  timer.prev = after;
  timer.next = next;
  if (after === null) hart().timers = timer;
  else after.next = timer;
  if (next !== null) next.prev = timer;
}

export function stopTimer(timer: Ptr<Timer>): void {
  if (!timer.armed) return;
  timer.armed = false;
  const before = timer.prev, after = timer.next;
  if (before === null) hart().timers = after;
  else before.next = after;
  if (after !== null) after.prev = before;
}

/// The first timer whose time has come, taken out of the list.
export function expired(time: u64): Ptr<Timer> | null {
  const first = hart().timers;
  if (first === null || first.deadline > time) return null;
  stopTimer(first);
  return first;
}
