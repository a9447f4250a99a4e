// How a syscall waits. The flavours of a call share one function, which gets one of these or several ORed.
import { type Tcb, waitUntil } from "../object/tcb.js";
import { deadlineIn } from "../schedule/timer.js";
import { KernelError } from "../abi/errors.js";

export enum Flavour { Plain = 0, NonBlocking = 1, Timed = 2, Call = 4, Reply = 8 }

/// What a call gets that would have to wait but may not: a timeout of 0 is one.
export function mayNotWait(t: Ptr<Tcb>, flavour: u64): KernelError {
  if ((flavour & Flavour.NonBlocking) !== 0) return KernelError.WouldBlock;
  if ((flavour & Flavour.Timed) !== 0 && t.registers.x[16] === 0) return KernelError.Timeout;
  return KernelError.None;
}

/// The thread waits; where the call is timed, no longer than a6 nanoseconds.
export function startTimeout(t: Ptr<Tcb>, flavour: u64): void {
  if ((flavour & Flavour.Timed) !== 0) waitUntil(t, deadlineIn(t.registers.x[16]));
}
