// What a hart that has the kernel lock does with threads of other harts.
//
// A thread that may run on another hart has its registers there. `stall` brings that hart to the kernel lock, where it
// waits with the thread wholly in memory; when it gets the lock it chooses a thread anew. A thread that may not run is
// in memory already.
import { type Hart, hart } from "../hart.js";
import { type Tcb } from "../object/tcb.js";
import { giveUpFpu } from "../riscv64/fpu.js";
import { pause } from "../riscv64/lock.js";
import { sendIpi } from "../riscv64/sbi.js";
import { canRun } from "./scheduler.js";

/// The hart looks at what is to run there.
export function kick(h: Ptr<Hart>): void {
  sendIpi(h.hartId);
}

function stall(h: Ptr<Hart>): void {
  if (h.isWaiting.load() === 0) kick(h);
  while (h.isWaiting.load() === 0) pause();
  h.isStalled = true;
}

/// From here on no hart but this one runs the thread, until the kernel lock is given back.
export function takeThread(t: Ptr<Tcb>): void {
  const h = t.hart;
  if (h === hart()) return;
  if (canRun(t) && !h.isIdle) stall(h);
  // Another thread there may have lost what pays for it.
  else kick(h);
}

/// The thread's floating-point registers are in memory, wherever they were.
export function takeFpuState(t: Ptr<Tcb>): void {
  const h = t.hart;
  if (h.fpuOwner !== t) return;
  if (h === hart()) {
    giveUpFpu();
    return;
  }
  h.fpuWanted.store(1);
  if (h.isWaiting.load() === 0) kick(h);
  while (h.fpuWanted.load() !== 0) pause();
}
