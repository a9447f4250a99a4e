// Debug: authority to look into the machine: names, types, times, who is ready, and what messages went (4.29).
// Nothing here changes what others see, but that a traced thread's IPC takes the slow path.
import { type Slot, badgeOf, rightsOf, typeOf } from "./capability.js";
import { lookup } from "./cnode.js";
import { isDevice } from "./frame.js";
import { type Tcb, Gate, clearReason, setReason, tcbOf } from "./tcb.js";
import { hart } from "../hart.js";
import { toVaddr, type Vaddr } from "../memory/layout.js";
import { ringLayout } from "../abi/ring.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { roomOf } from "../ipc/transfer.js";
import { PRIORITIES } from "../schedule/queue.js";
import { now } from "../schedule/timer.js";
import { type Arguments } from "../dispatch.js";

class Ring {
  /// The frame that events go to, in the kernel's map; 0: none.
  vaddr: Vaddr;
  written: u64;
}
const ring = zeroed<Ring>();

function lookupThread(t: Ptr<Tcb>, number: u64): Ptr<Tcb> | null {
  const slot = lookup(t.cspace, number);
  return slot !== null && typeOf(slot) === ObjectType.Tcb ? tcbOf(slot) : null;
}

export function invokeSetName(t: Ptr<Tcb>, _slot: Ptr<Slot>, a: Arguments): KernelError {
  const target = lookupThread(t, a[0]);
  if (target === null) return KernelError.InvalidCapability;
  target.name[0] = a[1];
  target.name[1] = a[2];
  return KernelError.None;
}

/// Type, rights and badge as in the capability's word; 0 for an empty slot.
export function invokeIdentify(t: Ptr<Tcb>, _slot: Ptr<Slot>, a: Arguments): KernelError {
  const slot = lookup(t.cspace, a[0]);
  t.registers.x[10] = slot === null ? 0 : typeOf(slot) | (rightsOf(slot) << 5) | ((badgeOf(slot) << 16) & 0x7fff_ffff_ffff_0000);
  return KernelError.None;
}

/// The contexts in this hart's run queue, highest priority first, three words each: priority, and the name of the
/// thread that each belongs to. a0: how many.
export function invokeDumpScheduler(t: Ptr<Tcb>, _slot: Ptr<Slot>, _a: Arguments): KernelError {
  if (t.utcb === 0) return KernelError.InvalidOperation;
  const words = unsafe.many<u64>(t.utcb), most = roomOf(t) / 3;
  if (most === 0) return KernelError.InvalidOperation;
  let count: u64 = 0;
  for (let left = PRIORITIES; left > 0; left--) {
    const first = hart().runQueue.heads[left - 1];
    if (first === null) continue;
    let s = first;
    do {
      const owner = s.owner;
      words[3 * count] = left - 1;
      words[3 * count + 1] = owner === null ? 0 : owner.name[0];
      words[3 * count + 2] = owner === null ? 0 : owner.name[1];
      count += 1;
      s = s.next;
    } while (s !== first && count < most);
    if (count >= most) break;
  }
  t.registers.x[10] = count;
  return KernelError.None;
}

/// Nanoseconds that a thread's SchedContext was charged for since it was made.
export function invokeUtilisation(t: Ptr<Tcb>, _slot: Ptr<Slot>, a: Arguments): KernelError {
  const target = lookupThread(t, a[0]);
  if (target === null) return KernelError.InvalidCapability;
  const s = target.ownSchedContext;
  if (s === null) return KernelError.InvalidOperation;
  const since: u64 = s === hart().current ? now() - hart().chargedAt : 0;
  t.registers.x[10] = (s.consumed + since) * hart().nanosecondsPerTick;
  return KernelError.None;
}

/// Events go to a frame from here on, from its first word; 0: to none. The frame must outlive that.
export function invokeSetRing(t: Ptr<Tcb>, _slot: Ptr<Slot>, a: Arguments): KernelError {
  if (a[0] === 0) {
    ring.vaddr = 0;
    return KernelError.None;
  }
  const frame = lookup(t.cspace, a[0]);
  if (frame === null || typeOf(frame) !== ObjectType.Frame || isDevice(frame)) return KernelError.InvalidCapability;
  if ((rightsOf(frame) & Right.Write) === 0) return KernelError.MissingRight;
  ring.vaddr = toVaddr(u64.of(frame.object!));
  ring.written = 0;
  unsafe.ptr<u64>(ring.vaddr).$ = 0;
  return KernelError.None;
}

/// The frame that events go to may have gone.
export function loseRing(vaddr: Vaddr): void {
  if (ring.vaddr === vaddr) ring.vaddr = 0;
}

/// A thread's messages are events, or are not any more.
export function invokeTrace(t: Ptr<Tcb>, _slot: Ptr<Slot>, a: Arguments): KernelError {
  const target = lookupThread(t, a[0]);
  if (target === null) return KernelError.InvalidCapability;
  if (a[1] !== 0) setReason(target, Gate.Traced);
  else clearReason(target, Gate.Traced);
  return KernelError.None;
}

/// A message went from one thread to another.
export function recordMessage(from: Ptr<Tcb>, to: Ptr<Tcb>, badge: u64): void {
  attr({ inline: "always" });
  if (((from.gate | to.gate) & Gate.Traced) !== 0) writeEvent(from, to, badge);
}

function writeEvent(from: Ptr<Tcb>, to: Ptr<Tcb>, badge: u64): void {
  attr({ inline: "never" });
  if (ring.vaddr === 0) return;
  const words = unsafe.many<u64>(ring.vaddr);
  const at = ringLayout.headerWords + (ring.written % ringLayout.events) * ringLayout.eventWords;
  words[at] = now();
  words[at + 1] = from.name[0];
  words[at + 2] = to.name[0];
  words[at + 3] = badge;
  words[at + 4] = from.registers.x[11];
  words[at + 5] = from.registers.x[12];
  ring.written += 1;
  words[0] = ring.written;
}
