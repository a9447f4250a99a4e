// Sending, the slow path: Send and Call in all flavours. Everything is checked first, so an error leaves no
// trace (invariant 18).
import { type Slot, badgeOf, hasRight, typeOf } from "../object/capability.js";
import { lookup } from "../object/cnode.js";
import { type Endpoint, enqueueSender, threadAt } from "../object/endpoint.js";
import { meetingPlace, portalOf } from "../object/portal.js";
import { type Tcb, Gate, MAX_DEPTH } from "../object/tcb.js";
import { dependsOn } from "../schedule/scheduler.js";
import { deliver } from "./deliver.js";
import { Flavour, mayNotWait, startTimeout } from "./flavour.js";
import { checkTag } from "./transfer.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";

export function sysSend(t: Ptr<Tcb>): KernelError {
  return send(t, Flavour.Plain);
}

export function sysNBSend(t: Ptr<Tcb>): KernelError {
  return send(t, Flavour.NonBlocking);
}

export function sysSendTimed(t: Ptr<Tcb>): KernelError {
  return send(t, Flavour.Timed);
}

export function sysCall(t: Ptr<Tcb>): KernelError {
  return send(t, Flavour.Call);
}

export function sysNBCall(t: Ptr<Tcb>): KernelError {
  return send(t, Flavour.Call | Flavour.NonBlocking);
}

export function sysCallTimed(t: Ptr<Tcb>): KernelError {
  return send(t, Flavour.Call | Flavour.Timed);
}

function send(t: Ptr<Tcb>, flavour: u64): KernelError {
  const x = ref(t.registers.x), isCall = (flavour & Flavour.Call) !== 0;
  const slot = lookup(t.cspace, x[10]);
  if (slot === null || (typeOf(slot) !== ObjectType.Endpoint && (typeOf(slot) !== ObjectType.Portal || !isCall))) return KernelError.InvalidCapability;
  if (!hasRight(slot, Right.Send)) return KernelError.MissingRight;
  const tagError = checkTag(t, x[11]);
  if (tagError !== KernelError.None) return tagError;
  const e = meetingPlace(slot);
  if (e === null) return KernelError.InvalidOperation;
  if (isCall && t.depth >= MAX_DEPTH) return KernelError.InvalidOperation;
  if (isElsewhere(e, t)) return KernelError.BadCpu;
  const place = e.receivers;
  if (place === null) {
    const error = mayNotWait(t, flavour);
    if (error !== KernelError.None) return error;
    if (isCall && waitsFor(e.server, t)) return KernelError.InvalidOperation;
  }
  t.sendIsCall = isCall;
  t.sendLends = true;
  if (isCall || place === null) startTimeout(t, flavour);
  sendThrough(t, slot, e);
  return KernelError.None;
}

/// To whoever waits at `e`, which the capability in `slot` leads to; where nobody does, the sender waits.
export function sendThrough(t: Ptr<Tcb>, slot: Ptr<Slot>, e: Ptr<Endpoint>): void {
  if (typeOf(slot) === ObjectType.Portal) {
    const portal = portalOf(slot);
    t.sendEntry = portal.entry;
    t.sendBadge = portal.id;
  } else {
    t.sendEntry = 0;
    t.sendBadge = badgeOf(slot);
  }
  const place = e.receivers;
  if (place === null) enqueueSender(e, t, slot);
  else deliver(t, place, e);
}

/// Whether who waits at an endpoint, or serves it, runs on another hart (2.07). All that wait there run on one, but those
/// in fault, who may come from anywhere.
export function isElsewhere(e: Ptr<Endpoint>, t: Ptr<Tcb>): boolean {
  attr({ inline: "always" });
  const server = e.receivers ?? e.server;
  if (server !== null) return isApart(threadAt(server), t);
  const sender = e.senders;
  return sender !== null && (sender.gate & Gate.InFault) === 0 && isApart(sender, t);
}

export function isApart(one: Ptr<Tcb>, other: Ptr<Tcb>): boolean {
  return ((one.gate ^ other.gate) & Gate.HartMask) !== 0;
}

/// Whether `server` will not be back before `t` is: it waits for `t`, or for one that does (4.05).
export function waitsFor(server: Ptr<Tcb> | null, t: Ptr<Tcb>): boolean {
  let at = server;
  for (let step: u64 = 0; at !== null && step <= 2 * MAX_DEPTH; step++) {
    if (at === t) return true;
    at = dependsOn(at);
  }
  return false;
}
