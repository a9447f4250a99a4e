// Synchronous messages stay on a hart.
import { BootSlot } from "../../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../../kernel/abi/errors.js";
import { ObjectType } from "../../../../kernel/abi/objects.js";
import { call, callNow, callTimed, isNotification, Message, recv, recvAny, registerWaits, replyRecv, send, sendNow } from "../../../../userland/lib/message.js";
import { nanoSleep, portalBind, signal, tcbBindNotification, tcbServe, tcbSetAffinity, tcbSuspend } from "../../../../userland/lib/stubs.js";
import { check, fails, succeeds } from "../lib/check.js";
import { HIGH, LOW, newEndpoint, newHandler, newNotification, newObject, stop } from "../lib/world.js";
import { cell, clearCells, MS, reaches, shared, startOn, valueOf } from "./harts.js";

function server(endpoint: u64): never {
  const m = zeroed<Message>();
  cell(0).value.fetchAdd(1);
  shared.results[0] = recv(endpoint, ref(m));
  for (;;) {
    m.tag = 0;
    m.words[0] += 1;
    cell(0).value.fetchAdd(1);
    shared.results[0] = replyRecv(endpoint, ref(m));
    if (shared.results[0] < 0) stop();
  }
}

function caller(endpoint: u64): never {
  const m = zeroed<Message>();
  m.words[0] = 41;
  shared.results[1] = call(endpoint, ref(m));
  shared.results[2] = i64(m.words[0]);
  cell(1).value.fetchAdd(1);
  stop();
}

export function messages(): void {
  clearCells();
  const e = newEndpoint(), m = zeroed<Message>(), s = startOn(1, server, e, HIGH);
  reaches(0, 1);
  nanoSleep(20 * MS);
  fails("a call to another hart", call(e, ref(m)), KernelError.BadCpu);
  fails("a send", send(e, ref(m)), KernelError.BadCpu);
  fails("that does not wait", sendNow(e, ref(m)), KernelError.BadCpu);
  fails("a call that does not wait", callNow(e, ref(m)), KernelError.BadCpu);
  fails("a timed one", callTimed(e, ref(m), MS), KernelError.BadCpu);
  fails("receiving where another hart does", recv(e, ref(m)), KernelError.BadCpu);
  registerWaits([newEndpoint(), e]);
  fails("at one of many endpoints", recvAny(2, ref(m)), KernelError.BadCpu);
  fails("a server that waits for messages stays", tcbSetAffinity(s.tcb, 0), KernelError.InvalidOperation);
  shared.results[2] = 0;
  startOn(1, caller, e, LOW);
  check("a call on the server's own hart goes through", reaches(1, 1) && shared.results[1] >= 0 && shared.results[2] === 42);
  fails("afterwards it is still BadCpu from here", call(e, ref(m)), KernelError.BadCpu);
}

export function turnedAway(): void {
  clearCells();
  shared.results[1] = 0;
  const e = newEndpoint(), n = newNotification(), m = zeroed<Message>();
  startOn(1, caller, e, LOW);
  startOn(1, caller, e, LOW);
  nanoSleep(20 * MS);
  signal(n, 1);
  // Nothing is waited for: the bound notification has bits.
  tcbBindNotification(BootSlot.Tcb, n);
  startOn(1, signaller, n, LOW);
  const result = recv(e, ref(m));
  check("who receives hears of its own hart alone", result >= 0 && isNotification(ref(m)));
  for (let i: u64 = 0; i < 10_000 && valueOf(1) < 2; i++) recv(e, ref(m));
  check("who waits to send from another hart hears BadCpu", reaches(1, 2));
  fails("and so does its call", shared.results[1], KernelError.BadCpu);
}

function signaller(notification: u64): never {
  for (;;) {
    nanoSleep(MS);
    signal(notification, 2);
  }
}

function handlerEntry(_id: u64): never {
  for (;;) {}
}

export function portals(): void {
  const p = newObject(ObjectType.Portal, 0), m = zeroed<Message>(), h = newHandler();
  fails("a handler that waits for calls stays", tcbSetAffinity(h.tcb, 1), KernelError.InvalidOperation);
  tcbSuspend(h.tcb);
  succeeds("one that does not may go", tcbSetAffinity(h.tcb, 1));
  succeeds("and serve there", tcbServe(h.tcb, h.utcb, h.utcb));
  succeeds("its portal", portalBind(p, h.tcb, u64.of(handlerEntry), 7));
  fails("leads to another hart", call(p, ref(m)), KernelError.BadCpu);
}
