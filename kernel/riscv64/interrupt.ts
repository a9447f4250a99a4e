// Supervisor interrupts: the timer's, external ones through the PLIC, and those that harts send each other. The kernel
// runs with interrupts off; they are taken from user mode by the trap entry, and looked for while the hart is idle.
import { claimIrq, completeIrq } from "./plic.js";
import { dispatchIrq } from "../object/irq.js";
import type { Tcb } from "../object/tcb.js";
import { chooseThread, tick } from "../schedule/scheduler.js";

export enum Interrupt {
  SupervisorSoftware = 1,
  SupervisorTimer = 5,
  SupervisorExternal = 9,
}

/// Of scause.
const INTERRUPT: u64 = u64(1) << 63;
const SOFTWARE: u64 = 1 << Interrupt.SupervisorSoftware;
const TIMER: u64 = 1 << Interrupt.SupervisorTimer;
const EXTERNAL: u64 = 1 << Interrupt.SupervisorExternal;

export function enableInterrupts(): void {
  csr.sie.write(SOFTWARE | TIMER | EXTERNAL);
}

/// Returns the thread to resume, null where none can run.
export function dispatchInterrupt(cause: u64): Ptr<Tcb> | null {
  if (cause === (INTERRUPT | Interrupt.SupervisorTimer)) tick();
  else if (cause === (INTERRUPT | Interrupt.SupervisorExternal)) handleExternal();
  else clearIpi();
  return chooseThread();
}

/// For the idle hart, which takes no trap.
export function pollInterrupts(): void {
  const pending = csr.sip.read();
  if ((pending & SOFTWARE) !== 0) clearIpi();
  if ((pending & TIMER) !== 0) tick();
  if ((pending & EXTERNAL) !== 0) handleExternal();
}

// A masked line must be masked before it is completed, or a level-triggered one would come again.
function handleExternal(): void {
  const irq = claimIrq();
  if (irq === 0) return;
  dispatchIrq(irq);
  completeIrq(irq);
}

// Another hart has changed what is to run here: the scheduler looks at it at the end of every entry.
function clearIpi(): void {
  csr.sip.clear(SOFTWARE);
}
