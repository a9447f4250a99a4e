// IrqControl and IrqHandler: interrupts as notifications (1.08 to 1.13).
//
// A line fires: the kernel masks it and signals bit irq % 64 of the notification of each handler on it.
// Each handler acknowledges on its own; the line is unmasked when all have. IrqControl is the authority
// to put handlers on lines and has no object. A line interrupts the hart of whoever called IrqSetHandler last.
import { type Header, Holder, Slot, hasRight, setHolder, typeOf } from "./capability.js";
import { clear, derive, lookup } from "./cnode.js";
import { Notification, signal } from "./notification.js";
import { Semaphore, up } from "./semaphore.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { IRQS, maskIrq, takeIrq, unmaskIrq } from "../riscv64/plic.js";
import { type Tcb } from "./tcb.js";
import { type Arguments } from "../dispatch.js";

@align(32)
export class IrqHandler {
  header: Header;
  /// 0: on no line.
  irq: u32;
  /// Signalled and not yet acknowledged.
  pending: boolean;
  /// Of its line.
  next: Ptr<IrqHandler> | null;
  /// The Notification that it signals, or the Semaphore that it raises, derived from what IrqSetHandler was given.
  notification: Slot;
}

/// An interrupt tells all handlers of its line in one step.
const MOST_HANDLERS: u32 = 32;

class Lines {
  handlers: Arr<Ptr<IrqHandler> | null, 96>;
}
const lines = zeroed<Lines>();

export function createIrqHandler(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  const h = unsafe.ptr<IrqHandler>(vaddr);
  setHolder(ref(h.notification), Holder.Irq);
  return ref(h.header);
}

export function innerSlotOfIrqHandler(object: Ptr<Header>, except: Ptr<Slot>): Ptr<Slot> | null {
  const slot = ref(unsafe.container<IrqHandler>(object, "header").notification);
  return slot.word !== 0 && slot !== except ? slot : null;
}

export function destroyIrqHandler(object: Ptr<Header>): boolean {
  const h = unsafe.container<IrqHandler>(object, "header");
  if (h.irq === 0) return true;
  const first = lines.handlers[h.irq];
  if (first === h) lines.handlers[h.irq] = h.next;
  else for (let other = first; other !== null; other = other.next) if (other.next === h) other.next = h.next;
  updateMask(h.irq);
  return true;
}

/// The line fired.
export function dispatchIrq(irq: u32): void {
  for (let h = lines.handlers[irq]; h !== null; h = h.next) {
    const slot = ref(h.notification);
    if (slot.word === 0 || h.pending) continue;
    h.pending = true;
    if (typeOf(slot) === ObjectType.Semaphore) up(unsafe.container<Semaphore>(slot.object!, "header"));
    else signal(unsafe.container<Notification>(slot.object!, "header"), u64(1) << (irq % 64));
  }
  updateMask(irq);
}

// Open where somebody listens and nobody is busy with it.
function updateMask(irq: u32): void {
  let open = false;
  for (let h = lines.handlers[irq]; h !== null; h = h.next) {
    if (h.pending) {
      maskIrq(irq);
      return;
    }
    if (h.notification.word !== 0) open = true;
  }
  if (open) unmaskIrq(irq);
  else maskIrq(irq);
}

/// Who does not hear of interrupts is busy with none, so that the line's other handlers go on.
export function loseNotification(h: Ptr<IrqHandler>): void {
  h.pending = false;
  updateMask(h.irq);
}

function handlerOf(slot: Ptr<Slot>): Ptr<IrqHandler> {
  return unsafe.container<IrqHandler>(slot.object!, "header");
}

function handlersOf(irq: u64): u32 {
  let count: u32 = 0;
  for (let h = lines.handlers[irq]; h !== null; h = h.next) count += 1;
  return count;
}

export function invokeGet(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (a[0] === 0 || a[0] >= IRQS) return KernelError.InvalidArgument;
  const other = lookup(t.cspace, a[1]);
  if (other === null || typeOf(other) !== ObjectType.IrqHandler) return KernelError.InvalidCapability;
  const h = handlerOf(other);
  if (h.irq !== 0) return KernelError.InvalidOperation;
  if (handlersOf(a[0]) >= MOST_HANDLERS) return KernelError.InvalidOperation;
  h.irq = u32(a[0]);
  h.next = lines.handlers[h.irq];
  lines.handlers[h.irq] = h;
  return KernelError.None;
}

export function invokeAck(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  const h = handlerOf(slot);
  if (h.irq === 0) return KernelError.InvalidOperation;
  h.pending = false;
  updateMask(h.irq);
  return KernelError.None;
}

export function invokeSetHandler(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const other = lookup(t.cspace, a[0]);
  if (other === null || (typeOf(other) !== ObjectType.Notification && typeOf(other) !== ObjectType.Semaphore)) return KernelError.InvalidCapability;
  if (!hasRight(other, Right.Send)) return KernelError.MissingRight;
  const h = handlerOf(slot);
  if (h.irq === 0 || h.notification.word !== 0) return KernelError.InvalidOperation;
  const error = derive(ref(h.notification), other, Right.Send, 0);
  takeIrq(h.irq);
  updateMask(h.irq);
  return error;
}

export function invokeClear(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  const h = handlerOf(slot);
  if (h.notification.word !== 0 && !clear(ref(h.notification))) return KernelError.Restart;
  return KernelError.None;
}
