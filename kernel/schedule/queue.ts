// The run queue: 64 priorities, a circle of SchedContexts each, and one word that says which circles are
// not empty. The running context is in no circle.
//
//   bit   63       ...        5   4   3   2   1   0
//        +---+-----------+---+---+---+---+---+---+
//   map  | 0 |           | 1 | 0 | 0 | 1 | 0 | 1 |     highest ready priority: 63 - countLeadingZeros(map)
//        +---+-----------+---+---+---+---+---+---+
//
// Invariant 2: bit p is set exactly when heads[p] is not null; each ready context is in its circle once. `likely` may be
// any priority: as a rule who comes last is the highest.
import type { SchedContext } from "../object/sched-context.js";

export const PRIORITIES: u64 = 64;

export class RunQueue {
  map: u64;
  heads: Arr<Ptr<SchedContext> | null, 64>;
  likely: u64;
}

/// Behind the others of its priority.
export function enqueue(q: Ptr<RunQueue>, s: Ptr<SchedContext>): void {
  const priority: u64 = s.priority, head = q.heads[priority];
  q.likely = priority;
  if (head === null) {
    q.heads[priority] = s;
    q.map |= u64(1) << priority;
  } else {
    linkBefore(head, s);
  }
  s.ready = true;
}

/// Before the others of its priority: who is preempted has not used up its turn.
export function enqueueFirst(q: Ptr<RunQueue>, s: Ptr<SchedContext>): void {
  const priority = s.priority, head = q.heads[priority];
  q.heads[priority] = s;
  if (head === null) q.map |= u64(1) << priority;
  else linkBefore(head, s);
  s.ready = true;
}

function linkBefore(other: Ptr<SchedContext>, s: Ptr<SchedContext>): void {
  s.next = other;
  s.prev = other.prev;
  other.prev.next = s;
  other.prev = s;
}

export function dequeue(q: Ptr<RunQueue>, s: Ptr<SchedContext>): void {
  attr({ inline: "always" });
  dequeueAt(q, s.priority, s);
}

function dequeueAt(q: Ptr<RunQueue>, priority: u64, s: Ptr<SchedContext>): void {
  attr({ inline: "always" });
  const next = s.next;
  s.ready = false;
  if (next === s) {
    q.heads[priority] = null;
    q.map &= ~(u64(1) << priority);
    return;
  }
  if (q.heads[priority] === s) q.heads[priority] = next;
  s.prev.next = next;
  next.prev = s.prev;
  s.next = s;
  s.prev = s;
}

const HIGHEST_OF_NIBBLE: Arr<u8, 16> = [0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3];

// Of a map that is not zero.
function highestBit(map: u64): u64 {
  let at: u64 = 0, rest = map;
  if (rest >>> 32 !== 0) {
    rest = rest >>> 32;
    at = 32;
  }
  if (rest >>> 16 !== 0) {
    rest = rest >>> 16;
    at += 16;
  }
  if (rest >>> 8 !== 0) {
    rest = rest >>> 8;
    at += 8;
  }
  if (rest >>> 4 !== 0) {
    rest = rest >>> 4;
    at += 4;
  }
  return at + HIGHEST_OF_NIBBLE[rest];
}

/// The oldest context of the highest priority, taken out of its circle.
export function takeHighest(q: Ptr<RunQueue>): Ptr<SchedContext> | null {
  attr({ inline: "never" });
  const map = q.map;
  if (map === 0) return null;
  const likely = q.likely, priority = map >>> likely === 1 ? likely : highestBit(map);
  const s = q.heads[priority];
  if (s !== null) dequeueAt(q, priority, s);
  return s;
}
