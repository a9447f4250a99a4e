// The one kernel lock (3.01): a hart holds it from its entry into the kernel to its exit, and while it idles it does
// not. First come, first served: a hart draws a ticket and waits until it is served.
//
// On a machine with one hart nobody takes it: stvec points at an entry without it, see trap.ts.
//
// A hart that waits has its thread wholly in memory and no address space but the kernel's. So the holder may do with
// that thread what it likes: schedule/remote.ts.
import { hart } from "../hart.js";
import { giveUpFpu } from "./fpu.js";

export class KernelLock {
  next: Atomic<u32>;
  serving: Atomic<u32>;
}
export const kernelLock = zeroed<KernelLock>();

/// From one ticket to the next: what scause holds at a syscall, so that the entry has it in a register.
export const TICKET_STEP: u32 = 8;

export function acquireLock(): void {
  const ticket = kernelLock.next.fetchAdd(TICKET_STEP);
  if (kernelLock.serving.load() !== ticket) waitForLock(ticket);
}

export function releaseLock(): void {
  kernelLock.serving.store(kernelLock.serving.load("relaxed") + TICKET_STEP, "release");
}

/// Until the ticket is served. False where the hart's thread was taken from it meanwhile.
export function waitForLock(ticket: u32): boolean {
  const h = hart();
  csr.satp.write(h.kernelSatp);
  h.isWaiting.store(1);
  while (kernelLock.serving.load() !== ticket) {
    if (h.fpuWanted.load() !== 0) {
      giveUpFpu();
      h.fpuWanted.store(0);
    }
    pause();
  }
  h.isWaiting.store(0);
  const goesOn = !h.isStalled;
  h.isStalled = false;
  return goesOn;
}

export function pause(): void {
  attr({ inline: "always" });
  asm`pause`;
}
