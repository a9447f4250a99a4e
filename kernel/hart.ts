// Per-hart state. In the kernel `gp` points at the hart's Hart and `tp` at the Tcb that it runs.
//
//   a hart's block, 16 KiB:   | stack, growing down from the Hart          | Hart, 1 KiB |
//                                                                    sp, gp ^
import type { SchedContext } from "./object/sched-context.js";
import { CNode } from "./object/cnode.js";
import { RunQueue } from "./schedule/queue.js";
import type { Tcb } from "./object/tcb.js";
import type { Timer } from "./schedule/timer.js";

export const MAX_HARTS: u64 = 8;
export const HART_BLOCK_BITS = 14;
export const HART_BLOCK_BYTES = 16384;
/// Where the Hart is in its block.
export const HART_OFFSET = 15360;

@align(64)
export class Hart {
  runQueue: RunQueue;
  current: Ptr<SchedContext> | null;
  /// A heap: due first is its root.
  timers: Ptr<Timer> | null;
  /// When the current context was last charged, in ticks.
  chargedAt: u64;
  /// The deadline that the timer was set to.
  programmed: u64;
  nanosecondsPerTick: u64;
  /// The hart's number in the machine, which the PLIC and the firmware count by.
  hartId: u64;
  /// 1 << hartId, as the firmware names harts.
  bit: u64;
  /// The hart's number in the kernel, from 0 on: bits 0 to 7 of a thread's gate.
  index: u64;
  /// sstatus of a thread in user mode.
  userStatus: u64;
  /// Whose floating-point registers the hart has.
  fpuOwner: Ptr<Tcb> | null;
  hasFpu: boolean;
  /// satp of the kernel's own address space, which has no user half.
  kernelSatp: u64;
  /// It runs no thread, and does not hold the kernel lock.
  isIdle: boolean;
  /// It waits for the kernel lock, all of its thread is in memory, and it has no address space but the kernel's.
  isWaiting: Atomic<u64>;
  /// Its thread was taken from it while it waited.
  isStalled: boolean;
  /// It is asked to put its floating-point registers into memory while it waits.
  fpuWanted: Atomic<u64>;
}

@align(16384)
@size(16384)
class HartBlock {
  stack: Arr<u64, 1920>;
  @at(15360) hart: Hart;
}
export const hartBlocks = zeroed<Arr<HartBlock, 8>>();

class Harts {
  /// That run the kernel.
  count: u64;
}
export const harts = zeroed<Harts>();
/// The CSpace of a thread that has none.
const noCSpace = zeroed<CNode>();

export function hart(): Ptr<Hart> {
  attr({ inline: "always" });
  return unsafe.ptr<Hart>(register.gp);
}

export function hartAt(index: u64): Ptr<Hart> {
  return ref(hartBlocks[index].hart);
}

export function emptyCNode(): Ptr<CNode> {
  return ref(noCSpace);
}
