// Receiving, the slow path: Recv, ReplyRecv and Reply in all flavours.
import { type Endpoint, endpointOf, enqueueReceiver, removeSender } from "../object/endpoint.js";
import { takeBits } from "../object/notification.js";
import { type Tcb, Gate, failWith, serveAt, stopServing } from "../object/tcb.js";
import { isApart, isElsewhere } from "./send.js";
import { handOver, reply } from "./deliver.js";
import { find, whyNot } from "./find.js";
import { Flavour, mayNotWait, startTimeout } from "./flavour.js";
import { checkTag } from "./transfer.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";

/// Senders of other harts that one call turns away.
const TURNED_AWAY: u32 = 16;

export function sysRecv(t: Ptr<Tcb>): KernelError {
  return recv(t, Flavour.Plain);
}

export function sysNBRecv(t: Ptr<Tcb>): KernelError {
  return recv(t, Flavour.NonBlocking);
}

export function sysRecvTimed(t: Ptr<Tcb>): KernelError {
  return recv(t, Flavour.Timed);
}

export function sysReplyRecv(t: Ptr<Tcb>): KernelError {
  return recv(t, Flavour.Reply);
}

export function sysReplyRecvTimed(t: Ptr<Tcb>): KernelError {
  return recv(t, Flavour.Reply | Flavour.Timed);
}

function recv(t: Ptr<Tcb>, flavour: u64): KernelError {
  const x = ref(t.registers.x);
  const found = find(t, x[10], ObjectType.Endpoint, Right.Recv);
  if (found === null) return whyNot(t, x[10], ObjectType.Endpoint);
  const slot = found, e = endpointOf(slot);
  if (e.receivers !== null && isElsewhere(e, t)) return KernelError.BadCpu;
  const error = replyOrDrop(t, flavour);
  if (error !== KernelError.None) return error;
  serveAt(t, e);
  if (takeWaiting(t, e)) return KernelError.None;
  const wait = mayNotWait(t, flavour);
  if (wait !== KernelError.None) return wait;
  t.receivesThrough = slot;
  enqueueReceiver(e, t);
  startTimeout(t, flavour);
  return KernelError.None;
}

/// The caller gets the reply, or hears that it gets none.
export function replyOrDrop(t: Ptr<Tcb>, flavour: u64): KernelError {
  if ((flavour & Flavour.Reply) === 0) {
    stopServing(t);
    return KernelError.None;
  }
  const error = checkTag(t, t.registers.x[11]);
  if (error === KernelError.None) reply(t);
  return error;
}

/// Takes what waits, a notification first (1.16); false where nothing does.
export function takeWaiting(t: Ptr<Tcb>, e: Ptr<Endpoint>): boolean {
  const n = t.boundNotification;
  if (n !== null && n.bits !== 0) {
    takeBits(n, t);
    return true;
  }
  return takeSender(t, e);
}

/// Takes the message of the oldest sender; false where there is none.
export function takeSender(t: Ptr<Tcb>, e: Ptr<Endpoint>): boolean {
  for (let turn: u32 = 0; turn < TURNED_AWAY; turn++) {
    const sender = e.senders;
    if (sender === null && turn === 0) return false;
    if (sender === null) break;
    if (!isApart(sender, t) || (sender.gate & Gate.InFault) !== 0) {
      removeSender(e, sender);
      handOver(sender, t, e);
      return true;
    }
    failWith(sender, KernelError.BadCpu);
  }
  // Enough for one step: the call starts again.
  t.registers.x[0] -= 4;
  return true;
}

export function sysReply(t: Ptr<Tcb>): KernelError {
  if (t.caller === null && t.handlerStack === 0) return KernelError.InvalidOperation;
  const error = checkTag(t, t.registers.x[11]);
  if (error !== KernelError.None) return error;
  reply(t);
  if (t.handlerStack !== 0) awaitPortalCall(t);
  else t.registers.x[10] = 0;
  return KernelError.None;
}

/// The handler of portals is idle.
export function awaitPortalCall(t: Ptr<Tcb>): void {
  const e = ref(t.portals);
  serveAt(t, e);
  if (takeSender(t, e)) return;
  enqueueReceiver(e, t);
}
