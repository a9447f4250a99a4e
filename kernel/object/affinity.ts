// TcbSetAffinity: which hart a thread runs on. Synchronous messages stay on a hart (2.07), so who takes part in a call,
// or waits at an endpoint, stays there too.
import { type Slot } from "./capability.js";
import { type SchedContext } from "./sched-context.js";
import { type Tcb, Wait, setHart, stopServingAt, tcbOf } from "./tcb.js";
import { VSpace } from "./vspace.js";
import { KernelError } from "../abi/errors.js";
import { type Hart, hartAt, harts } from "../hart.js";
import { dequeue } from "../schedule/queue.js";
import { takeFpuState, takeThread } from "../schedule/remote.js";
import { dismiss, makeReadyIfRunnable } from "../schedule/scheduler.js";
import { type Arguments } from "../dispatch.js";

export function invokeSetAffinity(_t: Ptr<Tcb>, slot: Ptr<Slot>, a: Arguments): KernelError {
  if (a[0] >= harts.count) return KernelError.InvalidArgument;
  const t = tcbOf(slot), to = hartAt(a[0]);
  if (isInMessage(t)) return KernelError.InvalidOperation;
  if (t.hart !== to) moveThread(t, to);
  return KernelError.None;
}

function isInMessage(t: Ptr<Tcb>): boolean {
  if (t.caller !== null) return true;
  switch (tagged.kind(t.blockedOn)) {
    case Wait.Recv:
    case Wait.Send:
    case Wait.Reply:
    case Wait.Any:
      return true;
    default:
      return false;
  }
}

function moveThread(t: Ptr<Tcb>, to: Ptr<Hart>): void {
  takeThread(t);
  takeFpuState(t);
  // Who waits for it to serve cannot help it there.
  stopServingAt(t);
  const s = t.ownSchedContext;
  if (s !== null) leaveHart(s);
  setHart(t, to);
  if (t.vspaceSlot.word !== 0) unsafe.container<VSpace>(t.vspaceSlot.object!, "header").harts |= to.bit;
  if (s === null) return;
  s.hart = to;
  makeReadyIfRunnable(s);
}

function leaveHart(s: Ptr<SchedContext>): void {
  const h = s.hart;
  if (h.current === s) dismiss(h, s);
  if (s.ready) dequeue(ref(h.runQueue), s);
}
