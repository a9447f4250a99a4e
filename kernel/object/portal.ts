// Portal: a door into a thread (2.04). A call through it is a call to that thread, its handler, which starts at
// the portal's entry with the portal's id in a0 and its registered stack; the handler's Reply ends it. A handler
// serves one call at a time, through whichever of its portals: callers wait at the endpoint in its Tcb.
import { type Header, type Slot, typeOf } from "./capability.js";
import { type Endpoint, endpointOf } from "./endpoint.js";
import { type Tcb, lookupTcb } from "./tcb.js";
import { ObjectType, capabilityWord } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Arguments } from "../dispatch.js";

@align(64)
export class Portal {
  header: Header;
  handler: Ptr<Tcb> | null;
  entry: u64;
  id: u64;
  /// Portals of the same handler.
  next: Ptr<Portal> | null;
  prev: Ptr<Portal> | null;
}

export function createPortal(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  return ref(unsafe.ptr<Portal>(vaddr).header);
}

export function destroyPortal(object: Ptr<Header>): boolean {
  unbindPortal(unsafe.container<Portal>(object, "header"));
  return true;
}

export function portalOf(slot: Ptr<Slot>): Ptr<Portal> {
  return unsafe.container<Portal>(slot.object!, "header");
}

/// Where callers through an Endpoint or a Portal capability meet the server; null: the portal has none.
export function meetingPlace(slot: Ptr<Slot>): Ptr<Endpoint> | null {
  if (typeOf(slot) === ObjectType.Endpoint) return endpointOf(slot);
  const handler = portalOf(slot).handler;
  return handler === null ? null : ref(handler.portals);
}

function unbindPortal(p: Ptr<Portal>): void {
  const handler = p.handler;
  if (handler === null) return;
  const next = p.next, prev = p.prev;
  if (prev === null) handler.firstPortal = next;
  else prev.next = next;
  if (next !== null) next.prev = prev;
  p.handler = null;
}

/// The handler ends: its portals lead nowhere. One step; true when there is none left.
export function loseHandler(t: Ptr<Tcb>): boolean {
  const p = t.firstPortal;
  if (p === null) return true;
  unbindPortal(p);
  return false;
}

export function invokePortalBind(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const handler = lookupTcb(t, a[0]);
  if (!handler.ok) return handler.err;
  const p = portalOf(slot);
  if (p.handler !== null || a[1] === 0) return KernelError.InvalidOperation;
  if (a[2] >>> capabilityWord.badge.bits !== 0) return KernelError.InvalidArgument;
  p.handler = handler.val;
  p.entry = a[1];
  p.id = a[2];
  p.prev = null;
  p.next = handler.val.firstPortal;
  if (p.next !== null) p.next.prev = p;
  handler.val.firstPortal = p;
  return KernelError.None;
}

export function invokePortalSetId(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (a[0] >>> capabilityWord.badge.bits !== 0) return KernelError.InvalidArgument;
  portalOf(slot).id = a[0];
  return KernelError.None;
}
