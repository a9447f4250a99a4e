// Tcb: a thread. The first half is what the trap entry and the fast path touch, in the order in which
// they touch it; `tp` points here while the kernel runs and `sscratch` while the user does.
import { type Header, Holder, Slot, typeOf, hasRight } from "./capability.js";
import { type CNode, lookup, derive } from "./cnode.js";
import { type SchedContext, unbindSchedContext } from "./sched-context.js";
import { type Endpoint, removeWaiter } from "./endpoint.js";
import { type Notification, bind, unbind, stopWaiting } from "./notification.js";
import { isUsable, losePool, VSpace, satpOfVSpace } from "./vspace.js";
import { isDevice } from "./frame.js";
import { type IrqHandler, loseNotification } from "./irq.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { hart } from "../hart.js";
import { toVaddr, type Vaddr } from "../memory/layout.js";
import { payFor, wake } from "../schedule/scheduler.js";
import { Timer, TimerKind, startTimer, stopTimer } from "../schedule/timer.js";
import { type Arguments } from "../dispatch.js";

/// x0..x31 by number; [0] holds sepc, since x0 needs no place. RVC reaches the first 31 doublewords.
export class Registers {
  x: Arr<u64, 32>;
}

/// What a thread waits for. Zero: nothing, it may run.
export enum Wait { None = 0, Recv = 1, Send = 2, Reply = 3, Notification = 4, Sleep = 5 }

/// Tcb.blockedOn by kind: state and back pointer in one word, so they cannot disagree (invariant 3).
/// Who sleeps waits for itself.
export type WaitFor = {
  [Wait.None]: never;
  [Wait.Recv]: Endpoint;
  [Wait.Send]: Endpoint;
  [Wait.Reply]: Tcb;
  [Wait.Notification]: Notification;
  [Wait.Sleep]: Tcb;
};

@align(1024)
export class Tcb {
  registers: Registers;

  /// satp of the thread's VSpace, ready to be written: mode, ASID, root page.
  satp: u64;
  sstatus: u64;
  cspace: Ptr<CNode>;
  /// Hart number, plus one bit for each reason why the fast path must not resume this thread (Gate).
  gate: u64;
  /// What the other side's `gate` must be when this thread asks for the fast path: the hart number, or
  /// NEVER when this thread itself has a reason. So one compare tests both threads and the hart.
  pass: u64;
  /// The time this thread runs on: its own, or that of whoever called it.
  schedContext: Ptr<SchedContext> | null;
  /// The one thread that may be replied to: the one-shot reply right (1.04, 4.11).
  caller: Ptr<Tcb> | null;
  blockedOn: Tagged<WaitFor>;
  /// Links of the queue named by blockedOn. Circular; a thread in no queue points at itself.
  next: Ptr<Tcb>;
  prev: Ptr<Tcb>;

  header: Header;
  /// While it waits to send: whether it calls, the capability that it uses, and that one's badge.
  sendIsCall: boolean;
  sendsThrough: Ptr<Slot>;
  sendBadge: u64;
  /// While it is in fault: scause and stval.
  faultCause: u64;
  faultAddress: u64;
  ownSchedContext: Ptr<SchedContext> | null;
  boundNotification: Ptr<Notification> | null;
  sleep: Timer;
  /// Its UTCB in the kernel's map; 0: none.
  utcb: Vaddr;
  /// Capabilities that it needs to live, each derived from what TcbSetSpace was given.
  cspaceSlot: Slot;
  vspaceSlot: Slot;
  utcbSlot: Slot;
  faultSlot: Slot;
}

/// Equals no gate.
export const NEVER: u64 = 0xffff_ffff_ffff_ffff;

/// Reasons in Tcb.gate, above the hart number. Some are reasons to be slow as a sender too: see setGate.
export enum Gate {
  HartMask = 0xff,
  /// Suspended, without VSpace, or being destroyed.
  NotRunnable = 0x100,
  /// Its fault has been sent; a reply must not touch its registers.
  InFault = 0x200,
  /// The bound notification has bits for us.
  NotificationPending = 0x800,
}

// The only writer of `gate` and `pass`.
function setGate(t: Ptr<Tcb>, gate: u64): void {
  t.gate = gate;
  t.pass = (gate & Gate.NotificationPending) !== 0 ? NEVER : gate & Gate.HartMask;
}

export function setReason(t: Ptr<Tcb>, reason: Gate): void {
  setGate(t, t.gate | reason);
}

export function clearReason(t: Ptr<Tcb>, reason: Gate): void {
  setGate(t, t.gate & ~u64(reason));
}

export function currentTcb(): Ptr<Tcb> {
  attr({ inline: "always" });
  return unsafe.ptr<Tcb>(register.tp);
}

export function isStopped(t: Ptr<Tcb>): boolean {
  return (t.gate & Gate.NotRunnable) !== 0;
}

export function createTcb(vaddr: u64, _sizeBits: u64): Ptr<Header> {
  const t = unsafe.ptr<Tcb>(vaddr);
  t.next = t;
  t.prev = t;
  t.cspace = ref(hart().emptyCNode);
  t.sstatus = hart().userStatus;
  t.cspaceSlot.holder = Holder.CSpace;
  t.vspaceSlot.holder = Holder.VSpace;
  t.utcbSlot.holder = Holder.Utcb;
  t.faultSlot.holder = Holder.Fault;
  setGate(t, Gate.NotRunnable);
  return ref(t.header);
}

/// A slot inside an object has been emptied under it, by revoke.
export function loseCapability(slot: Ptr<Slot>): void {
  switch (slot.holder) {
    case Holder.CSpace:
      unsafe.container<Tcb>(slot, "cspaceSlot").cspace = ref(hart().emptyCNode);
      break;
    case Holder.VSpace:
      suspend(unsafe.container<Tcb>(slot, "vspaceSlot"));
      break;
    case Holder.Utcb:
      unsafe.container<Tcb>(slot, "utcbSlot").utcb = 0;
      break;
    case Holder.Pool:
      losePool(unsafe.container<VSpace>(slot, "pool"));
      break;
    case Holder.Irq:
      loseNotification(unsafe.container<IrqHandler>(slot, "notification"));
      break;
    default:
      break;
  }
}

/// The first filled slot of the thread's own but `except`.
export function innerSlotOfTcb(object: Ptr<Header>, except: Ptr<Slot>): Ptr<Slot> | null {
  const t = unsafe.container<Tcb>(object, "header");
  // From here on it never runs again, whatever is taken from it first.
  suspend(t);
  const slots = unsafe.many<Slot>(u64.of(ref(t.cspaceSlot)));
  for (let i: usize = 0; i < 4; i++) {
    const slot = slots.at(i);
    if (slot.word !== 0 && slot !== except) return slot;
  }
  return null;
}

export function destroyTcb(object: Ptr<Header>): boolean {
  const t = unsafe.container<Tcb>(object, "header");
  suspend(t);
  if (t.boundNotification !== null) unbind(t.boundNotification);
  if (t.ownSchedContext !== null) unbindSchedContext(t.ownSchedContext);
  return true;
}

/// Ends whatever the thread waits for, with an error for it to find, and leaves it not runnable.
/// Whoever it served gets Gone.
export function suspend(t: Ptr<Tcb>): void {
  const waits = tagged.kind(t.blockedOn) !== Wait.None && (t.gate & Gate.InFault) === 0;
  if (waits) t.registers.x[10] = u64(-i64(KernelError.Gone));
  setReason(t, Gate.NotRunnable);
  clearReason(t, Gate.InFault);
  stopServing(t);
  leaveQueues(t);
  t.blockedOn = tagged.none();
}

/// The thread that waits for a reply never gets one (4.28).
export function stopServing(t: Ptr<Tcb>): void {
  const client = t.caller;
  if (client === null) return;
  endService(t);
  failWith(client, KernelError.Gone);
}

/// The reply right is used up or lost: the thread is back on its own time.
export function endService(t: Ptr<Tcb>): void {
  t.caller = null;
  payFor(t, t.ownSchedContext);
}

function leaveQueues(t: Ptr<Tcb>): void {
  switch (tagged.kind(t.blockedOn)) {
    case Wait.Recv:
      removeWaiter(tagged.as(t.blockedOn, Wait.Recv), t);
      break;
    case Wait.Send:
      removeWaiter(tagged.as(t.blockedOn, Wait.Send), t);
      break;
    case Wait.Reply:
      endService(tagged.as(t.blockedOn, Wait.Reply));
      break;
    case Wait.Notification:
      stopWaiting(tagged.as(t.blockedOn, Wait.Notification), t);
      break;
    case Wait.Sleep:
      stopTimer(ref(t.sleep));
      break;
    default:
      break;
  }
}

/// Wakes a thread whose wait has failed. One in fault has no result to read: it stays stopped.
export function failWith(t: Ptr<Tcb>, error: KernelError): void {
  if ((t.gate & Gate.InFault) !== 0) {
    clearReason(t, Gate.InFault);
    setReason(t, Gate.NotRunnable);
    t.blockedOn = tagged.none();
    return;
  }
  t.registers.x[10] = u64(-i64(error));
  wake(t);
}

export function sleepUntil(t: Ptr<Tcb>, ticks: u64): void {
  t.blockedOn = tagged.of(Wait.Sleep, t);
  startTimer(ref(t.sleep), TimerKind.Sleep, ticks);
}

export function tcbOfTimer(timer: Ptr<Timer>): Ptr<Tcb> {
  return unsafe.container<Tcb>(timer, "sleep");
}

function tcbOf(slot: Ptr<Slot>): Ptr<Tcb> {
  return unsafe.container<Tcb>(slot.object!, "header");
}

/// The thread that a capability names, in the caller's CSpace.
export function lookupTcb(t: Ptr<Tcb>, capability: u64): Ptr<Tcb> | null {
  const slot = lookup(t.cspace, capability);
  if (slot === null || typeOf(slot) !== ObjectType.Tcb) return null;
  return tcbOf(slot);
}

export function invokeResume(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  if (typeOf(slot) !== ObjectType.Tcb) return KernelError.InvalidCapability;
  const target = tcbOf(slot);
  if (target.vspaceSlot.word === 0) return KernelError.InvalidOperation;
  if (isStopped(target)) resumeThread(target);
  return KernelError.None;
}

/// A stopped thread that has a VSpace.
export function resumeThread(t: Ptr<Tcb>): void {
  clearReason(t, Gate.NotRunnable);
  wake(t);
}

export function invokeSuspend(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  if (typeOf(slot) !== ObjectType.Tcb) return KernelError.InvalidCapability;
  suspend(tcbOf(slot));
  return KernelError.None;
}

export function invokeSetSpace(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (typeOf(slot) !== ObjectType.Tcb) return KernelError.InvalidCapability;
  const target = tcbOf(slot);
  if (!isStopped(target) || holdsAny(target)) return KernelError.InvalidOperation;
  const cnode = lookup(t.cspace, a[0]), vspace = lookup(t.cspace, a[1]), utcb = lookup(t.cspace, a[2]);
  if (cnode === null || typeOf(cnode) !== ObjectType.CNode) return KernelError.InvalidCapability;
  if (vspace === null || typeOf(vspace) !== ObjectType.VSpace) return KernelError.InvalidCapability;
  if (utcb === null || typeOf(utcb) !== ObjectType.Frame) return KernelError.InvalidCapability;
  if (!isUsable(unsafe.container<VSpace>(vspace.object!, "header")) || isDevice(utcb)) return KernelError.InvalidCapability;
  const fault = lookup(t.cspace, a[3]);
  if (!hasRight(cnode, Right.Grant) || !hasRight(vspace, Right.Grant) || !hasRight(utcb, Right.Grant | Right.Write)) return KernelError.MissingRight;
  if (a[3] !== 0) {
    if (fault === null || typeOf(fault) !== ObjectType.Endpoint) return KernelError.InvalidCapability;
    if (!hasRight(fault, Right.Grant | Right.Send)) return KernelError.MissingRight;
    derive(ref(target.faultSlot), fault, Right.All, 0);
  }
  setSpace(target, cnode, vspace, utcb);
  return KernelError.None;
}

// A thread that lost one of its capabilities may hold the others still.
function holdsAny(t: Ptr<Tcb>): boolean {
  return (t.cspaceSlot.word | t.vspaceSlot.word | t.utcbSlot.word | t.faultSlot.word) !== 0;
}

/// The capabilities are of the right types and have Grant.
export function setSpace(target: Ptr<Tcb>, cnode: Ptr<Slot>, vspace: Ptr<Slot>, utcb: Ptr<Slot>): void {
  derive(ref(target.cspaceSlot), cnode, Right.All, 0);
  derive(ref(target.vspaceSlot), vspace, Right.All, 0);
  derive(ref(target.utcbSlot), utcb, Right.All, 0);
  target.cspace = unsafe.container<CNode>(cnode.object!, "header");
  target.satp = satpOfVSpace(unsafe.container<VSpace>(vspace.object!, "header"));
  target.utcb = toVaddr(u64.of(utcb.object!));
}

export function invokeWriteRegisters(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (typeOf(slot) !== ObjectType.Tcb) return KernelError.InvalidCapability;
  const target = tcbOf(slot);
  if (!isStopped(target)) return KernelError.InvalidOperation;
  const x = ref(target.registers.x);
  x[0] = a[0];
  x[2] = a[1];
  x[10] = a[2];
  x[4] = a[3];
  return KernelError.None;
}

export function invokeBindNotification(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (typeOf(slot) !== ObjectType.Tcb) return KernelError.InvalidCapability;
  const other = lookup(t.cspace, a[0]);
  if (other === null || typeOf(other) !== ObjectType.Notification) return KernelError.InvalidCapability;
  if (!hasRight(other, Right.Recv)) return KernelError.MissingRight;
  const target = tcbOf(slot), n = unsafe.container<Notification>(other.object!, "header");
  if (target.boundNotification !== null || n.bound !== null || n.waiters !== null) return KernelError.InvalidOperation;
  bind(n, target);
  return KernelError.None;
}
