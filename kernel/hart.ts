// Per-hart state. `tp` points at the running Tcb in the kernel. One hart runs the kernel for now, so
// there is one of these; the others stay in the firmware.
import type { SchedContext } from "./object/sched-context.js";
import { CNode } from "./object/cnode.js";
import { RunQueue } from "./schedule/queue.js";
import type { Timer } from "./schedule/timer.js";

@align(64)
export class Hart {
  runQueue: RunQueue;
  current: Ptr<SchedContext> | null;
  /// Sorted by deadline.
  timers: Ptr<Timer> | null;
  /// When the current context was last charged, in ticks.
  chargedAt: u64;
  /// The deadline that the timer was set to.
  programmed: u64;
  nanosecondsPerTick: u64;
  /// The hart's number in the machine, which the PLIC counts by.
  hartId: u64;
  /// sstatus of a thread in user mode.
  userStatus: u64;
  /// satp of the kernel's own address space, which has no user half.
  kernelSatp: u64;
  /// The CSpace of a thread that has none.
  emptyCNode: CNode;
}

const harts = zeroed<Arr<Hart, 1>>();

export function hart(): Ptr<Hart> {
  attr({ inline: "always" });
  return ref(harts[0]);
}
