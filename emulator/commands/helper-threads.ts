// V8's helper threads optimise code and collect garbage for the main one. There are four, however few cores, and a
// fair scheduler lets them take turns with the thread that everybody waits for: two cores, and a compilation stood
// still for a fourth of its time (docs/adr/0015).

import { readdirSync } from "node:fs";
import { setPriority } from "node:os";
import process from "node:process";

/// Four threads of this niceness weigh as much as one of the usual.
const niceness = 6;

/// The main thread goes first where cores are few. To be called at once: it is said of all threads that there are.
/// Only Linux has threads of different priorities; elsewhere all stays as it is.
export function goFirst(): void {
  if (process.platform !== "linux") return;
  try {
    for (const thread of readdirSync("/proc/self/task").map(Number)) if (thread !== process.pid) setPriority(thread, niceness);
  } catch {
    // A sandbox without /proc, or one that forbids it.
  }
}
