// V8's helper threads optimise code and collect garbage for the main one. There are four, however few cores, and a
// fair scheduler lets them take turns with the thread that everybody waits for: two cores, and a compilation stood
// still for a fourth of its time (docs/adr/0015).

import { readdirSync } from "node:fs";
import { setPriority } from "node:os";
import process from "node:process";

/// By which each comes after the one before it: two at work finish one function sooner than four do four.
const step = 3;
/// The largest niceness that there is.
const last = 19;

/// The main thread goes first where cores are few, then its helpers one after the other. To be called at once: it is
/// said of all threads that there are. Only Linux has threads of different priorities; elsewhere all stays as it is.
export function goFirst(): void {
  if (process.platform !== "linux") return;
  try {
    for (const [index, thread] of readdirSync("/proc/self/task").map(Number).entries())
      if (thread !== process.pid) setPriority(thread, Math.min(index * step, last));
  } catch {
    // A sandbox without /proc, or one that forbids it.
  }
}
