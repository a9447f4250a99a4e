// Receiving at up to 32 endpoints at once (1.18 to 1.20, 4.09). The thread waits in all their queues, by a WaitNode
// in each; the first message takes it out of all of them, and a6 says which endpoint it came from.
import { type Slot, hasRight, typeOf } from "../object/capability.js";
import { lookup } from "../object/cnode.js";
import { endpointOf, enqueueNode } from "../object/endpoint.js";
import { takeBits } from "../object/notification.js";
import { type Tcb, serveAt } from "../object/tcb.js";
import { isElsewhere } from "./send.js";
import { replyOrDrop, takeSender } from "./receive.js";
import { Flavour, mayNotWait, startTimeout } from "./flavour.js";
import { ObjectType, Right } from "../abi/objects.js";
import { utcbLayout } from "../abi/utcb.js";
import { KernelError } from "../abi/errors.js";

export function sysRecvAny(t: Ptr<Tcb>): KernelError {
  return recvAny(t, Flavour.Plain);
}

export function sysRecvAnyTimed(t: Ptr<Tcb>): KernelError {
  return recvAny(t, Flavour.Timed);
}

export function sysReplyRecvAny(t: Ptr<Tcb>): KernelError {
  return recvAny(t, Flavour.Reply);
}

export function sysReplyRecvAnyTimed(t: Ptr<Tcb>): KernelError {
  return recvAny(t, Flavour.Reply | Flavour.Timed);
}

function recvAny(t: Ptr<Tcb>, flavour: u64): KernelError {
  const x = ref(t.registers.x), count = x[10];
  const slots = arr<Ptr<Slot> | null, 32>(32);
  const error = readWaitList(t, count, ref(slots));
  if (error !== KernelError.None) return error;
  const replied = replyOrDrop(t, flavour);
  if (replied !== KernelError.None) return replied;

  const n = t.boundNotification;
  if (n !== null && n.bits !== 0) {
    takeBits(n, t);
    x[16] = count;
    return KernelError.None;
  }
  for (let i: usize = 0; i < count; i++) {
    const e = endpointOf(slots[i]!);
    if (e.senders !== null) serveAt(t, e);
    if (takeSender(t, e)) {
      x[16] = i;
      return KernelError.None;
    }
  }
  const wait = mayNotWait(t, flavour);
  if (wait !== KernelError.None) return wait;
  startTimeout(t, flavour);
  for (let i: usize = 0; i < count; i++) enqueueNode(t, slots[i]!);
  return KernelError.None;
}

// Every endpoint once, each with the right to receive.
function readWaitList(t: Ptr<Tcb>, count: u64, slots: Ptr<Arr<Ptr<Slot> | null, 32>>): KernelError {
  if (count === 0 || count > utcbLayout.maxWaits || t.utcb === 0) return KernelError.InvalidArgument;
  const list = unsafe.many<u32>(t.utcb + utcbLayout.waitList);
  for (let i: usize = 0; i < count; i++) {
    const slot = lookup(t.cspace, list[i]);
    if (slot === null || typeOf(slot) !== ObjectType.Endpoint) return KernelError.InvalidCapability;
    if (!hasRight(slot, Right.Recv)) return KernelError.MissingRight;
    const e = endpointOf(slot);
    if (e.receivers !== null && isElsewhere(e, t)) return KernelError.BadCpu;
    for (let other: usize = 0; other < i; other++) if (slots[other]!.object === slot.object) return KernelError.InvalidArgument;
    slots[i] = slot;
  }
  return KernelError.None;
}
