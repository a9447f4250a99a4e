// What the tests of several harts share: counters that threads on any of them count up, and threads on a hart.
import { nanoSleep, tcbResume, tcbSetAffinity } from "../../../../userland/lib/stubs.js";
import { check } from "../lib/check.js";
import { newThread, type Thread } from "../lib/world.js";

export const MS: u64 = 1_000_000;
/// More turns of a loop than any answer takes.
export const PATIENCE: u64 = 100_000_000;

class Cell {
  value: Atomic<u64>;
}

class Shared {
  harts: u64;
  /// Counted up by threads, each by its own.
  cells: Arr<Cell, 16>;
  objects: Arr<u64, 8>;
  results: Arr<i64, 16>;
  sums: Arr<f64, 8>;
}
export const shared = zeroed<Shared>();

export function cell(index: u64): Ptr<Cell> {
  return ref(shared.cells[index]);
}

export function valueOf(index: u64): u64 {
  return cell(index).value.load();
}

export function clearCells(): void {
  for (let i: u64 = 0; i < 16; i++) cell(i).value.store(0);
}

/// Without a syscall: another hart must do it.
export function reaches(index: u64, value: u64): boolean {
  for (let i: u64 = 0; i < PATIENCE; i++) if (valueOf(index) >= value) return true;
  return false;
}

export function goesOn(index: u64): boolean {
  return reaches(index, valueOf(index) + 100);
}

export function standsStill(index: u64): boolean {
  const before = valueOf(index);
  nanoSleep(MS / 10);
  return valueOf(index) === before;
}

/// No other thread of this hart runs while main does.
export function standsMuch(index: u64): boolean {
  const before = valueOf(index);
  for (let i: u64 = 0; i < 20_000; i++) if (valueOf(index) !== before) return false;
  return true;
}

export function threadOn(hart: u64, entry: (argument: u64) => never, argument: u64, priority: u64): Ptr<Thread> {
  const t = newThread(entry, argument, priority);
  if (tcbSetAffinity(t.tcb, hart) < 0) check("a thread gets a hart", false);
  return t;
}

export function startOn(hart: u64, entry: (argument: u64) => never, argument: u64, priority: u64): Ptr<Thread> {
  const t = threadOn(hart, entry, argument, priority);
  tcbResume(t.tcb);
  return t;
}

/// Counts for ever.
export function counter(index: u64): never {
  for (;;) cell(index).value.fetchAdd(1);
}
