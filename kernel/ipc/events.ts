// The syscalls on what never blocks the one who tells: notifications, semaphores and channels.
import { badgeOf } from "../object/capability.js";
import { Channel, put, tryTake, waitForMessage } from "../object/channel.js";
import { Notification, signal, signalledBits, takeBits, waitFor } from "../object/notification.js";
import { Semaphore, tryDown, up, waitForUp } from "../object/semaphore.js";
import { type Tcb } from "../object/tcb.js";
import { find, whyNot } from "./find.js";
import { Flavour, mayNotWait, startTimeout } from "./flavour.js";
import { checkTag } from "./transfer.js";
import { ObjectType, Right, messageTag } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";

export function sysSignal(t: Ptr<Tcb>): KernelError {
  const x = ref(t.registers.x);
  const found = find(t, x[10], ObjectType.Notification, Right.Send);
  if (found === null) return whyNot(t, x[10], ObjectType.Notification);
  const bits = signalledBits(found, x[11]);
  x[10] = 0;
  signal(unsafe.container<Notification>(found.object!, "header"), bits);
  return KernelError.None;
}

export function sysWait(t: Ptr<Tcb>): KernelError {
  return waitForBits(t, Flavour.Plain);
}

export function sysPoll(t: Ptr<Tcb>): KernelError {
  return waitForBits(t, Flavour.NonBlocking);
}

export function sysWaitTimed(t: Ptr<Tcb>): KernelError {
  return waitForBits(t, Flavour.Timed);
}

function waitForBits(t: Ptr<Tcb>, flavour: u64): KernelError {
  const found = find(t, t.registers.x[10], ObjectType.Notification, Right.Recv);
  if (found === null) return whyNot(t, t.registers.x[10], ObjectType.Notification);
  const n = unsafe.container<Notification>(found.object!, "header");
  if (n.bits !== 0) {
    takeBits(n, t);
    return KernelError.None;
  }
  const error = mayNotWait(t, flavour);
  if (error !== KernelError.None) return error;
  waitFor(n, t, found);
  startTimeout(t, flavour);
  return KernelError.None;
}

export function sysUp(t: Ptr<Tcb>): KernelError {
  const x = ref(t.registers.x);
  const found = find(t, x[10], ObjectType.Semaphore, Right.Send);
  if (found === null) return whyNot(t, x[10], ObjectType.Semaphore);
  if (!up(unsafe.container<Semaphore>(found.object!, "header"))) return KernelError.InvalidOperation;
  x[10] = 0;
  return KernelError.None;
}

export function sysDown(t: Ptr<Tcb>): KernelError {
  return down(t, Flavour.Plain);
}

export function sysNBDown(t: Ptr<Tcb>): KernelError {
  return down(t, Flavour.NonBlocking);
}

export function sysDownTimed(t: Ptr<Tcb>): KernelError {
  return down(t, Flavour.Timed);
}

function down(t: Ptr<Tcb>, flavour: u64): KernelError {
  const x = ref(t.registers.x);
  const found = find(t, x[10], ObjectType.Semaphore, Right.Recv);
  if (found === null) return whyNot(t, x[10], ObjectType.Semaphore);
  const s = unsafe.container<Semaphore>(found.object!, "header");
  if (tryDown(s, t, x[11] !== 0)) return KernelError.None;
  const error = mayNotWait(t, flavour);
  if (error !== KernelError.None) return error;
  waitForUp(s, t, found);
  startTimeout(t, flavour);
  return KernelError.None;
}

const UNTYPED_MASK: u64 = (1 << messageTag.untyped.bits) - 1;
const MORE_THAN_ONE: u64 = ((1 << messageTag.typed.bits) - 2) << messageTag.typed.at;

export function sysAsyncSend(t: Ptr<Tcb>): KernelError {
  const x = ref(t.registers.x);
  const found = find(t, x[10], ObjectType.Channel, Right.Send);
  if (found === null) return whyNot(t, x[10], ObjectType.Channel);
  if ((x[11] & (UNTYPED_MASK | MORE_THAN_ONE)) !== 0) return KernelError.InvalidArgument;
  const tagError = checkTag(t, x[11]);
  if (tagError !== KernelError.None) return tagError;
  const error = put(unsafe.container<Channel>(found.object!, "header"), t, badgeOf(found));
  if (error === KernelError.None) x[10] = 0;
  return error;
}

export function sysAsyncReceive(t: Ptr<Tcb>): KernelError {
  return receiveAsync(t, Flavour.Plain);
}

export function sysNBAsyncReceive(t: Ptr<Tcb>): KernelError {
  return receiveAsync(t, Flavour.NonBlocking);
}

export function sysAsyncReceiveTimed(t: Ptr<Tcb>): KernelError {
  return receiveAsync(t, Flavour.Timed);
}

function receiveAsync(t: Ptr<Tcb>, flavour: u64): KernelError {
  const found = find(t, t.registers.x[10], ObjectType.Channel, Right.Recv);
  if (found === null) return whyNot(t, t.registers.x[10], ObjectType.Channel);
  const c = unsafe.container<Channel>(found.object!, "header");
  if (tryTake(c, t)) return KernelError.None;
  const error = mayNotWait(t, flavour);
  if (error !== KernelError.None) return error;
  waitForMessage(c, t, found);
  startTimeout(t, flavour);
  return KernelError.None;
}
