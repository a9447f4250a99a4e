// The run queue: 64 priorities, a circle of SchedContexts each, and one word that says which circles are
// not empty. The running context is in no circle.
//
//   bit   63       ...        5   4   3   2   1   0
//        +---+-----------+---+---+---+---+---+---+
//   map  | 0 |           | 1 | 0 | 0 | 1 | 0 | 1 |     highest ready priority: 63 - countLeadingZeros(map)
//        +---+-----------+---+---+---+---+---+---+
//
// Invariant 2: bit p is set exactly when heads[p] is not null; each ready context is in its circle once.
import type { SchedContext } from "../object/sched-context.js";

export const PRIORITIES: u64 = 64;

export class RunQueue {
  map: u64;
  heads: Arr<Ptr<SchedContext> | null, 64>;
}

/// Behind the others of its priority.
export function enqueue(q: Ptr<RunQueue>, s: Ptr<SchedContext>): void {
  const head = q.heads[s.priority];
  if (head === null) {
    q.heads[s.priority] = s;
    q.map |= u64(1) << s.priority;
  } else {
    s.next = head;
    s.prev = head.prev;
    head.prev.next = s;
    head.prev = s;
  }
  s.ready = true;
}

/// Before the others of its priority: who is preempted has not used up its turn.
export function enqueueFirst(q: Ptr<RunQueue>, s: Ptr<SchedContext>): void {
  enqueue(q, s);
  q.heads[s.priority] = s;
}

export function dequeue(q: Ptr<RunQueue>, s: Ptr<SchedContext>): void {
  if (s.next === s) {
    q.heads[s.priority] = null;
    q.map &= ~(u64(1) << s.priority);
  } else {
    if (q.heads[s.priority] === s) q.heads[s.priority] = s.next;
    s.prev.next = s.next;
    s.next.prev = s.prev;
    s.next = s;
    s.prev = s;
  }
  s.ready = false;
}

/// The oldest context of the highest priority, taken out of its circle.
export function takeHighest(q: Ptr<RunQueue>): Ptr<SchedContext> | null {
  if (q.map === 0) return null;
  const s = q.heads[63 - u64.countLeadingZeros(q.map)];
  if (s !== null) dequeue(q, s);
  return s;
}
