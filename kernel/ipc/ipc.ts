// IPC, the slow path: everything that ipc/fastpath.ts leaves. Each syscall first checks all it needs and
// then acts, so an error leaves no trace (invariant 18).
import { type Slot, badgeOf, hasRight, typeOf } from "../object/capability.js";
import { lookup } from "../object/cnode.js";
import { Endpoint, enqueueReceiver, enqueueSender, removeWaiter } from "../object/endpoint.js";
import { Notification, signal, signalledBits, takeBits, waitFor } from "../object/notification.js";
import { type Tcb, Gate, Wait, clearReason, endService, setReason, stopServing } from "../object/tcb.js";
import { payFor, wake } from "../schedule/scheduler.js";
import { checkTag, transfer } from "./transfer.js";
import { KernelLabel, ObjectType, Right, messageTag } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";

/// A capability of the right type with the right that is asked for, or an error.
function find(t: Ptr<Tcb>, capability: u64, type: ObjectType, right: Right): Result<Ptr<Slot>, KernelError> {
  const slot = lookup(t.cspace, capability);
  if (slot === null || typeOf(slot) !== type) return fail(KernelError.InvalidCapability);
  return hasRight(slot, right) ? ok(slot) : fail(KernelError.MissingRight);
}

export function sysSend(t: Ptr<Tcb>): KernelError {
  return send(t, false);
}

export function sysCall(t: Ptr<Tcb>): KernelError {
  return send(t, true);
}

function send(t: Ptr<Tcb>, isCall: boolean): KernelError {
  const x = ref(t.registers.x);
  const found = find(t, x[10], ObjectType.Endpoint, Right.Send);
  if (!found.ok) return found.err;
  const error = checkTag(t, x[11]);
  if (error !== KernelError.None) return error;
  sendThrough(t, found.val, isCall);
  return KernelError.None;
}

// To whoever waits at the endpoint of the capability in `slot`; where nobody does, the sender waits.
function sendThrough(t: Ptr<Tcb>, slot: Ptr<Slot>, isCall: boolean): void {
  const e = unsafe.container<Endpoint>(slot.object!, "header");
  const receiver = e.receivers;
  t.sendBadge = badgeOf(slot);
  t.sendIsCall = isCall;
  if (receiver === null) {
    enqueueSender(e, t, slot);
    return;
  }
  removeWaiter(e, receiver);
  deliver(t, receiver);
}

// Neither is in a queue. A call lends it the sender's time; a send wakes it on its own.
function deliver(from: Ptr<Tcb>, to: Ptr<Tcb>): void {
  if ((from.gate & Gate.InFault) !== 0) transferFault(from, to);
  else transfer(from, to);
  to.registers.x[10] = from.sendBadge;
  if (!from.sendIsCall) {
    from.registers.x[10] = 0;
    wake(from);
    wake(to);
    return;
  }
  to.blockedOn = tagged.none();
  to.caller = from;
  from.blockedOn = tagged.of(Wait.Reply, to);
  payFor(to, from.schedContext);
}

export function sysRecv(t: Ptr<Tcb>): KernelError {
  const found = find(t, t.registers.x[10], ObjectType.Endpoint, Right.Recv);
  if (!found.ok) return found.err;
  stopServing(t);
  receive(t, unsafe.container<Endpoint>(found.val.object!, "header"));
  return KernelError.None;
}

export function sysReplyRecv(t: Ptr<Tcb>): KernelError {
  const x = ref(t.registers.x);
  const found = find(t, x[10], ObjectType.Endpoint, Right.Recv);
  if (!found.ok) return found.err;
  const error = checkTag(t, x[11]);
  if (error !== KernelError.None) return error;
  reply(t);
  receive(t, unsafe.container<Endpoint>(found.val.object!, "header"));
  return KernelError.None;
}

function reply(t: Ptr<Tcb>): void {
  const client = t.caller;
  if (client === null) return;
  endService(t);
  if ((client.gate & Gate.InFault) === 0) {
    transfer(t, client);
    client.registers.x[10] = 0;
  } else {
    clearReason(client, Gate.InFault);
    if (t.registers.x[11] >>> messageTag.label.at !== 0) setReason(client, Gate.NotRunnable);
  }
  wake(client);
}

// Takes what waits, a notification first (1.16), or waits.
function receive(t: Ptr<Tcb>, e: Ptr<Endpoint>): void {
  const n = t.boundNotification;
  if (n !== null && n.bits !== 0) {
    takeBits(n, t);
    return;
  }
  const sender = e.senders;
  if (sender === null) {
    enqueueReceiver(e, t);
    return;
  }
  removeWaiter(e, sender);
  deliver(sender, t);
}

/// The kernel calls the thread's fault endpoint for it. Without one the thread stops.
export function sendFault(t: Ptr<Tcb>, cause: u64, stval: u64): void {
  const slot = ref(t.faultSlot);
  if (slot.word === 0) {
    setReason(t, Gate.NotRunnable);
    return;
  }
  setReason(t, Gate.InFault);
  t.faultCause = cause;
  t.faultAddress = stval;
  sendThrough(t, slot, true);
}

function transferFault(from: Ptr<Tcb>, to: Ptr<Tcb>): void {
  const x = ref(to.registers.x);
  x[11] = u64(KernelLabel.Fault) << messageTag.label.at;
  x[12] = from.faultCause;
  x[13] = from.registers.x[0];
  x[14] = from.faultAddress;
  x[15] = from.registers.x[2];
}

export function sysSignal(t: Ptr<Tcb>): KernelError {
  const x = ref(t.registers.x);
  const found = find(t, x[10], ObjectType.Notification, Right.Send);
  if (!found.ok) return found.err;
  const bits = signalledBits(found.val, x[11]);
  x[10] = 0;
  signal(unsafe.container<Notification>(found.val.object!, "header"), bits);
  return KernelError.None;
}

export function sysWait(t: Ptr<Tcb>): KernelError {
  const found = find(t, t.registers.x[10], ObjectType.Notification, Right.Recv);
  if (!found.ok) return found.err;
  const n = unsafe.container<Notification>(found.val.object!, "header");
  if (n.bits !== 0) takeBits(n, t);
  else waitFor(n, t);
  return KernelError.None;
}

export function sysPoll(t: Ptr<Tcb>): KernelError {
  const found = find(t, t.registers.x[10], ObjectType.Notification, Right.Recv);
  if (!found.ok) return found.err;
  const n = unsafe.container<Notification>(found.val.object!, "header");
  if (n.bits === 0) return KernelError.WouldBlock;
  takeBits(n, t);
  return KernelError.None;
}
