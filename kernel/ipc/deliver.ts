// A message from a thread to one that waits for it, and the reply.
import { type Endpoint, indexOf, removeReceiver, threadAt } from "../object/endpoint.js";
import { type Tcb, Gate, Wait, clearReason, endOwnService, serveAt, setReason, stopTimeout, stopWaiting } from "../object/tcb.js";
import { helpNow, makeReady, wake } from "../schedule/scheduler.js";
import { restoreState, transferFault } from "./fault.js";
import { transfer } from "./transfer.js";
import { recordMessage } from "../object/debug.js";
import { messageTag } from "../abi/objects.js";

/// What a reply has for a badge in the event ring.
const REPLY_BADGE: u64 = u64.MAX;

/// The receiver that waits at a place of `e` gets the message of `from`, which is in no queue.
export function deliver(from: Ptr<Tcb>, place: Ptr<Tcb>, e: Ptr<Endpoint>): void {
  const to = threadAt(place);
  if (place === to) {
    removeReceiver(e, to);
    to.blockedOn = tagged.none();
    stopTimeout(to);
  } else {
    to.registers.x[16] = indexOf(place);
    serveAt(to, e);
    stopWaiting(to);
  }
  handOver(from, to, e);
}

/// Neither is in a queue. A call lends it the sender's time; a send wakes it on its own.
export function handOver(from: Ptr<Tcb>, to: Ptr<Tcb>, e: Ptr<Endpoint>): void {
  if ((from.gate & Gate.InFault) !== 0) transferFault(from, to);
  else transfer(from, to);
  to.registers.x[10] = from.sendBadge;
  recordMessage(from, to, from.sendBadge);
  if (from.sendEntry !== 0) enterPortal(to, from.sendEntry);
  if (!from.sendIsCall) {
    stopTimeout(from);
    from.registers.x[10] = 0;
    wake(from);
    wake(to);
    return;
  }
  to.caller = from;
  to.depth = from.depth + 1;
  from.blockedOn = tagged.of(Wait.Reply, to);
  if (from.sendLends) to.schedContext = from.schedContext;
  const s = to.schedContext;
  if (s !== null) makeReady(s);
  if (e.senders !== null) helpNow(to);
}

// The handler of a portal starts anew with each call.
function enterPortal(handler: Ptr<Tcb>, entry: u64): void {
  const x = ref(handler.registers.x);
  x[0] = entry;
  x[2] = handler.handlerStack;
  x[4] = handler.handlerTp;
}

/// To the thread that called, if there is one; the tag has been checked.
export function reply(t: Ptr<Tcb>): void {
  const client = t.caller;
  if (client === null) return;
  endOwnService(t);
  stopTimeout(client);
  if ((client.gate & Gate.InFault) === 0) {
    transfer(t, client);
    recordMessage(t, client, REPLY_BADGE);
    client.registers.x[10] = 0;
  } else {
    clearReason(client, Gate.InFault);
    const tag = t.registers.x[11];
    restoreState(t, client, tag);
    if (tag >>> messageTag.label.at !== 0) setReason(client, Gate.NotRunnable);
  }
  wake(client);
}
