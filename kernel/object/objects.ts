// The object table: one row per type. A type without a row is a type error.
import type { Header, Slot } from "./capability.js";
import { createEndpoint, destroyEndpoint } from "./endpoint.js";
import { createNotification, destroyNotification } from "./notification.js";
import { createCNode, destroyCNode, innerSlotOfCNode } from "./cnode.js";
import { createTcb, destroyTcb, innerSlotOfTcb } from "./tcb.js";
import { createSchedContext, destroySchedContext, innerSlotOfSchedContext } from "./sched-context.js";
import { createFrame } from "./frame.js";
import { createVSpace, destroyVSpace, innerSlotOfVSpace } from "./vspace.js";
import { createPortal, destroyPortal } from "./portal.js";
import { createSemaphore, destroySemaphore } from "./semaphore.js";
import { createChannel, destroyChannel, innerSlotOfChannel } from "./channel.js";
import { createMemoryObject, destroyMemoryObject, innerSlotOfMemoryObject } from "./memory-object.js";
import { createIrqHandler, destroyIrqHandler, innerSlotOfIrqHandler } from "./irq.js";

/// What a copy of a capability means for its object.
export enum Copying {
  /// the object counts its capabilities and goes with the last one
  Counted,
  /// nothing to count: user memory and authority without an object
  Plain,
  /// refused: an Untyped's capability is its state, two would hand out the same bytes
  Never,
}

export class ObjectRow {
  name: string;
  /// log2 of the size in bytes; 0 when the creator chooses, NOT_RETYPED when nobody creates it
  sizeBits: u8;
  copying: Copying;
  /// Makes the object in zeroed memory; the result is its header.
  create: (vaddr: u64, sizeBits: u64) => Ptr<Header>;
  /// A filled slot inside the object, other than `except`, which must go before the object.
  innerSlot: (object: Ptr<Header>, except: Ptr<Slot>) => Ptr<Slot> | null;
  /// One bounded step towards no object; true when it is done. Starts with `unsafe.container`.
  destroy: (object: Ptr<Header>) => boolean;
}

export const NOT_RETYPED: u8 = 255;

function createPlain(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  return unsafe.ptr<Header>(vaddr);
}
function noInnerSlot(_object: Ptr<Header>, _except: Ptr<Slot>): Ptr<Slot> | null {
  return null;
}
function nothing(_object: Ptr<Header>): boolean {
  return true;
}

export const objects: Arr<ObjectRow, 19> = [
  // Null, and Untyped, which is made by splitting only
  { name: "Null", sizeBits: NOT_RETYPED, copying: Copying.Never, create: createPlain, innerSlot: noInnerSlot, destroy: nothing },
  { name: "Untyped", sizeBits: 0, copying: Copying.Never, create: createPlain, innerSlot: noInnerSlot, destroy: nothing },
  { name: "CNode", sizeBits: 0, copying: Copying.Counted, create: createCNode, innerSlot: innerSlotOfCNode, destroy: destroyCNode },
  { name: "Endpoint", sizeBits: 6, copying: Copying.Counted, create: createEndpoint, innerSlot: noInnerSlot, destroy: destroyEndpoint },
  { name: "Tcb", sizeBits: 11, copying: Copying.Counted, create: createTcb, innerSlot: innerSlotOfTcb, destroy: destroyTcb },
  { name: "SchedContext", sizeBits: 8, copying: Copying.Counted, create: createSchedContext, innerSlot: innerSlotOfSchedContext, destroy: destroySchedContext },
  { name: "VSpace", sizeBits: 14, copying: Copying.Counted, create: createVSpace, innerSlot: innerSlotOfVSpace, destroy: destroyVSpace },
  { name: "Frame", sizeBits: 12, copying: Copying.Plain, create: createFrame, innerSlot: noInnerSlot, destroy: nothing },
  { name: "Notification", sizeBits: 5, copying: Copying.Counted, create: createNotification, innerSlot: noInnerSlot, destroy: destroyNotification },
  { name: "IrqControl", sizeBits: NOT_RETYPED, copying: Copying.Plain, create: createPlain, innerSlot: noInnerSlot, destroy: nothing },
  { name: "IrqHandler", sizeBits: 7, copying: Copying.Counted, create: createIrqHandler, innerSlot: innerSlotOfIrqHandler, destroy: destroyIrqHandler },
  { name: "DeviceMemory", sizeBits: NOT_RETYPED, copying: Copying.Plain, create: createPlain, innerSlot: noInnerSlot, destroy: nothing },
  { name: "Portal", sizeBits: 6, copying: Copying.Counted, create: createPortal, innerSlot: noInnerSlot, destroy: destroyPortal },
  { name: "Semaphore", sizeBits: 5, copying: Copying.Counted, create: createSemaphore, innerSlot: noInnerSlot, destroy: destroySemaphore },
  { name: "Channel", sizeBits: 0, copying: Copying.Counted, create: createChannel, innerSlot: innerSlotOfChannel, destroy: destroyChannel },
  { name: "MemoryObject", sizeBits: 0, copying: Copying.Counted, create: createMemoryObject, innerSlot: innerSlotOfMemoryObject, destroy: destroyMemoryObject },
  { name: "Pool", sizeBits: NOT_RETYPED, copying: Copying.Never, create: createPlain, innerSlot: noInnerSlot, destroy: nothing },
  { name: "AllocRight", sizeBits: NOT_RETYPED, copying: Copying.Never, create: createPlain, innerSlot: noInnerSlot, destroy: nothing },
  { name: "Debug", sizeBits: NOT_RETYPED, copying: Copying.Plain, create: createPlain, innerSlot: noInnerSlot, destroy: nothing },
];
