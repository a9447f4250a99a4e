// Tcb: a thread. The first half is what the trap entry and the fast path touch, in the order in which
// they touch it; `tp` points here while the kernel runs and `sscratch` while the user does.
import { type Header, Holder, Slot, holderOf, setHolder, typeOf, hasRight } from "./capability.js";
import { type CNode, lookup, derive } from "./cnode.js";
import { type SchedContext, unbindSchedContext } from "./sched-context.js";
import { Endpoint, drainEndpoint, leaveAll, removeReceiver, removeSender } from "./endpoint.js";
import { type Notification, bind, unbind, leaveNotification } from "./notification.js";
import { type Portal, loseHandler } from "./portal.js";
import { type Semaphore, leaveSemaphore } from "./semaphore.js";
import { type Channel, leaveChannel } from "./channel.js";
import { isUsable, VSpace, satpOfVSpace } from "./vspace.js";
import { type MemoryObject, loseMemoryObjectPool } from "./memory-object.js";
import { isDevice } from "./frame.js";
import { type IrqHandler, loseNotification } from "./irq.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Hart, emptyCNode, hart } from "../hart.js";
import { toVaddr, type Vaddr } from "../memory/layout.js";
import { dropFpu } from "../riscv64/fpu.js";
import { type KernelLock, kernelLock } from "../riscv64/lock.js";
import { awaitPortalCall } from "../ipc/receive.js";
import { PRIORITIES } from "../schedule/queue.js";
import { takeThread } from "../schedule/remote.js";
import { payFor, wake } from "../schedule/scheduler.js";
import { Timer, TimerKind, startTimer, stopTimer } from "../schedule/timer.js";
import { type Arguments } from "../dispatch.js";

/// x0..x31 by number; [0] holds sepc, since x0 needs no place. RVC reaches the first 31 doublewords.
export class Registers {
  x: Arr<u64, 32>;
}

/// What a thread waits for. Zero: nothing, it may run.
export enum Wait { None = 0, Recv = 1, Send = 2, Reply = 3, Notification = 4, Sleep = 5, Any = 6, Semaphore = 7, Channel = 8 }

/// Tcb.blockedOn by kind: state and back pointer in one word, so they cannot disagree (invariant 3).
/// Who sleeps, or waits at many endpoints, waits for itself.
export type WaitFor = {
  [Wait.None]: never;
  [Wait.Recv]: Endpoint;
  [Wait.Send]: Endpoint;
  [Wait.Reply]: Tcb;
  [Wait.Notification]: Notification;
  [Wait.Sleep]: Tcb;
  [Wait.Any]: Tcb;
  [Wait.Semaphore]: Semaphore;
  [Wait.Channel]: Channel;
};

/// A place in one of the queues that RecvAny waits in. The first three fields are as in a Tcb, so that a queue
/// may hold either; the gate keeps the fast path away, and says which it is.
export class WaitNode {
  gate: u64;
  next: Ptr<Tcb>;
  prev: Ptr<Tcb>;
  through: Ptr<Slot>;
}

/// f0 to f31 while another thread has the hart's.
export class Fpu {
  f: Arr<u64, 32>;
  fcsr: u64;
}

@align(2048)
export class Tcb {
  registers: Registers;

  /// satp of the thread's VSpace, ready to be written: mode, ASID, root page.
  satp: u64;
  sstatus: u64;
  cspace: Ptr<CNode>;
  /// The hart that it runs on, for gp and sp.
  hart: Ptr<Hart>;
  /// Hart number, plus one bit for each reason why the fast path must not resume this thread (Gate).
  gate: u64;
  /// Links of the queue named by blockedOn. Circular; a thread in no queue points at itself.
  next: Ptr<Tcb>;
  prev: Ptr<Tcb>;
  /// What the other side's `gate` must be when this thread asks for the fast path: the hart number, or
  /// NEVER when this thread itself has a reason. So one compare tests both threads and the hart.
  pass: u64;
  /// The time this thread runs on: its own, or that of whoever called it.
  schedContext: Ptr<SchedContext> | null;
  /// The one thread that may be replied to: the one-shot reply right (1.04, 4.11).
  caller: Ptr<Tcb> | null;
  blockedOn: Tagged<WaitFor>;
  /// The capability that it last waited at an endpoint through.
  receivesThrough: Ptr<Slot> | null;
  /// How many calls it is nested in; at most MAX_DEPTH.
  depth: u64;
  /// The endpoint whose `server` it is; null: none.
  serves: Ptr<Endpoint> | null;
  /// The same for all: from a Tcb it is one load away.
  lock: Ptr<KernelLock>;

  header: Header;
  /// While it waits to send: whether it calls, and if so whether it lends its time.
  sendIsCall: boolean;
  sendLends: boolean;
  /// What it may give to SchedContexts.
  maxPriority: u8;
  /// Endpoints that it waits at in RecvAny.
  nodeCount: u8;
  /// The badge that the receiver gets.
  sendBadge: u64;
  /// The capability that it waits through, see waiters.ts; receivers have theirs in `receivesThrough`.
  through: Ptr<Slot> | null;
  throughNext: Ptr<Tcb>;
  throughPrev: Ptr<Tcb>;
  /// Where a portal call enters its handler; 0: no portal call.
  sendEntry: u64;
  /// While it is in fault: code, and the address that it is about.
  faultCause: u64;
  faultAddress: u64;
  ownSchedContext: Ptr<SchedContext> | null;
  boundNotification: Ptr<Notification> | null;
  /// Runs while it sleeps, or waits no longer than a time.
  timer: Timer;
  /// Its UTCB in the kernel's map; 0: none.
  utcb: Vaddr;
  /// Where handlers of its faults are in its CSpace, by exception code; 0: only faultSlot.
  faultPortals: u64;
  /// The stack and tp of each call through a portal; 0: it is no handler.
  handlerStack: u64;
  handlerTp: u64;
  /// Where it waits for calls through portals that it handles, and their callers for it.
  portals: Endpoint;
  firstPortal: Ptr<Portal> | null;
  /// For people: DebugSetName.
  name: Arr<u64, 2>;
  /// Capabilities that it needs to live, each derived from what TcbSetSpace was given.
  cspaceSlot: Slot;
  vspaceSlot: Slot;
  utcbSlot: Slot;
  faultSlot: Slot;
  fpu: Fpu;
  @at(1024) nodes: Arr<WaitNode, 32>;
}

/// Calls nested in calls (2.10).
export const MAX_DEPTH: u64 = 100;

/// Equals no gate.
const NEVER: u64 = 0xffff_ffff_ffff_ffff;
/// From cspaceSlot on.
const OWN_SLOTS: usize = 4;

/// Reasons in Tcb.gate, above the hart number. Some are reasons to be slow as a sender too: see setGate.
export enum Gate {
  HartMask = 0xff,
  /// Suspended, without VSpace, or being destroyed.
  NotRunnable = 0x100,
  /// Its fault has been sent; a reply must not touch its registers.
  InFault = 0x200,
  /// Its timer runs.
  Timed = 0x400,
  /// The bound notification has bits for us.
  NotificationPending = 0x800,
  /// It waits in several queues.
  Any = 0x1000,
  /// No thread: a WaitNode of one that does.
  Node = 0x2000,
  /// It runs on the time of one who waits for it.
  Helped = 0x4000,
  /// Its messages are written to the event ring.
  Traced = 0x8000,
  /// The search for receivers goes on, or ends, at it: see Endpoint.searchAt.
  Sought = 0x10000,
}
const SLOW_SENDER: u64 = Gate.NotRunnable | Gate.NotificationPending | Gate.Helped | Gate.Traced;

// The only writer of `pass`, and but for `setSought` of `gate`.
function setGate(t: Ptr<Tcb>, gate: u64): void {
  t.gate = gate;
  t.pass = (gate & SLOW_SENDER) !== 0 ? NEVER : gate & Gate.HartMask;
}

export function setReason(t: Ptr<Tcb>, reason: Gate): void {
  setGate(t, t.gate | reason);
}

export function clearReason(t: Ptr<Tcb>, reason: Gate): void {
  setGate(t, t.gate & ~u64(reason));
}

/// Also for a place of a queue that is no thread. As a sender nobody is slow for it.
export function setSought(place: Ptr<Tcb>, isSought: boolean): void {
  place.gate = isSought ? place.gate | Gate.Sought : place.gate & ~u64(Gate.Sought);
}

export function setHart(t: Ptr<Tcb>, h: Ptr<Hart>): void {
  t.hart = h;
  setGate(t, (t.gate & ~u64(Gate.HartMask)) | h.index);
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
  t.cspace = emptyCNode();
  t.sstatus = hart().userStatus;
  t.hart = hart();
  t.lock = ref(kernelLock);
  setHolder(ref(t.cspaceSlot), Holder.CSpace);
  setHolder(ref(t.vspaceSlot), Holder.VSpace);
  setHolder(ref(t.utcbSlot), Holder.Utcb);
  setHolder(ref(t.faultSlot), Holder.Fault);
  setGate(t, hart().index | Gate.NotRunnable);
  return ref(t.header);
}

/// The thread's capability to its VSpace is about to go.
export function stopUsing(t: Ptr<Tcb>): void {
  suspend(t);
  if (t.satp === 0) return;
  t.satp = 0;
  unsafe.container<VSpace>(t.vspaceSlot.object!, "header").users -= 1;
}

/// A slot inside an object has been emptied under it, by revoke.
export function loseCapability(slot: Ptr<Slot>): void {
  switch (holderOf(slot)) {
    case Holder.CSpace:
      unsafe.container<Tcb>(slot, "cspaceSlot").cspace = emptyCNode();
      break;
    case Holder.Utcb:
      unsafe.container<Tcb>(slot, "utcbSlot").utcb = 0;
      break;
    case Holder.MemoryObjectPool:
      loseMemoryObjectPool(unsafe.container<MemoryObject>(slot, "poolSlot"));
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
  for (let i: usize = 0; i < OWN_SLOTS; i++) {
    const slot = slots.at(i);
    if (slot.word !== 0 && slot !== except) return slot;
  }
  return null;
}

export function destroyTcb(object: Ptr<Header>): boolean {
  const t = unsafe.container<Tcb>(object, "header");
  suspend(t);
  if (!drainEndpoint(ref(t.portals)) || !loseHandler(t)) return false;
  stopServingAt(t);
  dropFpu(t);
  if (t.boundNotification !== null) unbind(t.boundNotification);
  if (t.ownSchedContext !== null) unbindSchedContext(t.ownSchedContext);
  return true;
}

/// Ends whatever the thread waits for, with an error for it to find, and leaves it not runnable.
/// Whoever it served gets Gone.
export function suspend(t: Ptr<Tcb>): void {
  takeThread(t);
  const waits = tagged.kind(t.blockedOn) !== Wait.None && (t.gate & Gate.InFault) === 0;
  if (waits) t.registers.x[10] = u64(-i64(KernelError.Gone));
  setReason(t, Gate.NotRunnable);
  clearReason(t, Gate.InFault);
  stopServing(t);
  stopWaiting(t);
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
  t.depth = 0;
  payFor(t, t.ownSchedContext);
}

/// The same for the running thread, whose time the scheduler looks at when the call ends.
export function endOwnService(t: Ptr<Tcb>): void {
  t.caller = null;
  t.depth = 0;
  t.schedContext = t.ownSchedContext;
}

/// No endpoint's server any more.
export function stopServingAt(t: Ptr<Tcb>): void {
  const e = t.serves;
  if (e !== null && e.server === t) e.server = null;
  t.serves = null;
}

/// The thread serves what comes from `e`, so that who waits there can help it.
export function serveAt(t: Ptr<Tcb>, e: Ptr<Endpoint>): void {
  if (t.serves === e && e.server === t) return;
  stopServingAt(t);
  const other = e.server;
  if (other !== null) other.serves = null;
  e.server = t;
  t.serves = e;
}

/// Takes the thread out of every queue that it is in, and stops its timer: it waits for nothing.
export function stopWaiting(t: Ptr<Tcb>): void {
  switch (tagged.kind(t.blockedOn)) {
    case Wait.Recv:
      removeReceiver(tagged.as(t.blockedOn, Wait.Recv), t);
      break;
    case Wait.Send:
      removeSender(tagged.as(t.blockedOn, Wait.Send), t);
      break;
    case Wait.Reply:
      endService(tagged.as(t.blockedOn, Wait.Reply));
      break;
    case Wait.Notification:
      leaveNotification(tagged.as(t.blockedOn, Wait.Notification), t);
      break;
    case Wait.Semaphore:
      leaveSemaphore(tagged.as(t.blockedOn, Wait.Semaphore), t);
      break;
    case Wait.Channel:
      leaveChannel(tagged.as(t.blockedOn, Wait.Channel), t);
      break;
    case Wait.Any:
      leaveAll(t);
      break;
    default:
      break;
  }
  t.blockedOn = tagged.none();
  stopTimeout(t);
}

/// It waits as long as it takes from here on.
export function stopTimeout(t: Ptr<Tcb>): void {
  attr({ inline: "always" });
  if ((t.gate & Gate.Timed) !== 0) endTimeout(t);
}

function endTimeout(t: Ptr<Tcb>): void {
  attr({ inline: "never" });
  stopTimer(ref(t.timer));
  clearReason(t, Gate.Timed);
}

/// Wakes a thread whose wait has failed. One in fault has no result to read: it stays stopped.
export function failWith(t: Ptr<Tcb>, error: KernelError): void {
  stopWaiting(t);
  if ((t.gate & Gate.InFault) !== 0) {
    clearReason(t, Gate.InFault);
    setReason(t, Gate.NotRunnable);
    return;
  }
  t.registers.x[10] = u64(-i64(error));
  wake(t);
}

export function sleepUntil(t: Ptr<Tcb>, ticks: u64): void {
  t.blockedOn = tagged.of(Wait.Sleep, t);
  waitUntil(t, ticks);
}

/// Its wait ends by then.
export function waitUntil(t: Ptr<Tcb>, ticks: u64): void {
  setReason(t, Gate.Timed);
  startTimer(ref(t.timer), TimerKind.Wait, ticks);
}

/// The time of a thread that waits has come.
export function timeOut(timer: Ptr<Timer>): void {
  const t = unsafe.container<Tcb>(timer, "timer");
  if (tagged.kind(t.blockedOn) !== Wait.Sleep) {
    failWith(t, KernelError.Timeout);
    return;
  }
  stopWaiting(t);
  t.registers.x[10] = 0;
  wake(t);
}

export function tcbOf(slot: Ptr<Slot>): Ptr<Tcb> {
  return unsafe.container<Tcb>(slot.object!, "header");
}

/// The thread that a capability with the right to change it names, in the caller's CSpace.
export function lookupTcb(t: Ptr<Tcb>, capability: u64): Result<Ptr<Tcb>, KernelError> {
  const slot = lookup(t.cspace, capability);
  if (slot === null || typeOf(slot) !== ObjectType.Tcb) return fail(KernelError.InvalidCapability);
  return hasRight(slot, Right.Write) ? ok(tcbOf(slot)) : fail(KernelError.MissingRight);
}

export function invokeResume(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  const target = tcbOf(slot);
  if (target.vspaceSlot.word === 0 || !isUsable(unsafe.container<VSpace>(target.vspaceSlot.object!, "header"))) return KernelError.InvalidOperation;
  if (isStopped(target)) resumeThread(target);
  return KernelError.None;
}

/// A stopped thread that has a VSpace.
export function resumeThread(t: Ptr<Tcb>): void {
  clearReason(t, Gate.NotRunnable);
  wake(t);
}

export function invokeSuspend(_t: Ptr<Tcb>, slot: Ptr<Slot>, _a: Arguments): KernelError {
  suspend(tcbOf(slot));
  return KernelError.None;
}

export function invokeSetSpace(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
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
  const v = unsafe.container<VSpace>(vspace.object!, "header");
  v.users += 1;
  v.harts |= target.hart.bit;
  target.satp = satpOfVSpace(v);
  target.utcb = toVaddr(u64.of(utcb.object!));
}

export function invokeWriteRegisters(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
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
  const other = lookup(t.cspace, a[0]);
  if (other === null || typeOf(other) !== ObjectType.Notification) return KernelError.InvalidCapability;
  if (!hasRight(other, Right.Recv)) return KernelError.MissingRight;
  const target = tcbOf(slot), n = unsafe.container<Notification>(other.object!, "header");
  if (target.boundNotification !== null || n.bound !== null || n.waiters !== null) return KernelError.InvalidOperation;
  bind(n, target);
  return KernelError.None;
}

/// A stopped thread becomes the handler of portals; see object/portal.ts.
export function invokeServe(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  const target = tcbOf(slot);
  if (!isStopped(target) || target.vspaceSlot.word === 0 || a[0] === 0) return KernelError.InvalidOperation;
  target.handlerStack = a[0];
  target.handlerTp = a[1];
  clearReason(target, Gate.NotRunnable);
  awaitPortalCall(target);
  return KernelError.None;
}

export function invokeSetMaxPriority(t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (a[0] >= PRIORITIES) return KernelError.InvalidArgument;
  if (a[0] > t.maxPriority) return KernelError.MissingRight;
  tcbOf(slot).maxPriority = u8(a[0]);
  return KernelError.None;
}

export function invokeSetFaultPortals(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  tcbOf(slot).faultPortals = a[0];
  return KernelError.None;
}
