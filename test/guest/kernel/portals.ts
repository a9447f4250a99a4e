// Portals: calls that enter a thread at an address, with an id; and faults through them.
import { type BootInfo } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { FaultCode, KernelLabel, ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, callNow, callTimed, labelOf, recv, reply, send } from "../../../userland/lib/message.js";
import { cnodeCopy, nanoSleep, portalBind, portalSetId, schedContextConfigure, schedContextSetTimeout, tcbResume, tcbServe, tcbSetFaultPortals, tcbSuspend } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, SELF, copyOf, deleteAll, endGroup, newEndpoint, newHandler, newObject, newSlots, newThread, startThread, startWorld, stop } from "./lib/world.js";

const PAGE_FAULT: u64 = 15, ILLEGAL: u64 = 2;

class Shared {
  id: u64;
  word: u64;
  result: i64;
  sp: u64;
  laps: u64;
  code: u64;
  slow: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  calls();
  endGroup();
  binding();
  endGroup();
  busy();
  endGroup();
  nested();
  endGroup();
  ends();
  endGroup();
  faults();
  endGroup();
  states();
  endGroup();
  timeouts();
  endGroup();
  endReport();
}

/// What a portal enters: a0 has the id, a2 to a5 the words.
function echo(id: u64, _tag: u64, a: u64, b: u64): never {
  shared.id = id;
  shared.sp = register.sp;
  shared.laps += 1;
  if (shared.slow !== 0) nanoSleep(shared.slow);
  const m = zeroed<Message>();
  m.words[0] = a + b;
  m.words[1] = id;
  reply(ref(m));
  panic("a reply ends the handler");
}

function newPortal(handler: u64, entry: (id: u64, tag: u64, a: u64, b: u64) => never, id: u64): u64 {
  const portal = newObject(ObjectType.Portal, 0);
  succeeds("a portal is bound", portalBind(portal, handler, u64.of(entry), id));
  return portal;
}

function calls(): void {
  const handler = newHandler(), m = zeroed<Message>();
  const one = newPortal(handler.tcb, echo, 0x1234), two = newPortal(handler.tcb, echo, 2);
  m.words[0] = 30;
  m.words[1] = 12;
  succeeds("a portal is called", call(one, ref(m)));
  equal("the handler got the words", m.words[0], 42);
  equal("and the id", m.words[1], 0x1234);
  const sp = shared.sp;
  call(two, ref(m));
  equal("another portal of it has another id", m.words[1], 2);
  equal("each call starts on the same stack", shared.sp, sp);
  portalSetId(two, 0xabcd);
  call(two, ref(m));
  equal("an id can be set", m.words[1], 0xabcd);
  let good = true;
  for (let i: u64 = 0; i < 50; i++) {
    m.words[0] = i;
    m.words[1] = 1;
    if (call(one, ref(m)) < 0 || m.words[0] !== i + 1) good = false;
  }
  check("fifty calls", good);
  fails("a send through a portal", send(one, ref(m)), KernelError.InvalidCapability);
  fails("a call without Send", call(copyOf(one, Right.Recv), ref(m)), KernelError.MissingRight);
  fails("an id of 49 bits", portalSetId(one, u64(1) << 48), KernelError.InvalidArgument);
}

function binding(): void {
  const portal = newObject(ObjectType.Portal, 0), m = zeroed<Message>();
  fails("a portal without a handler", call(portal, ref(m)), KernelError.InvalidOperation);
  const t = newThread(stopped, 0, LOW);
  fails("a handler that is no thread", portalBind(portal, newEndpoint(), 0x1000, 0), KernelError.InvalidCapability);
  fails("without Write", portalBind(portal, copyOf(t.tcb, Right.Read), 0x1000, 0), KernelError.MissingRight);
  fails("entry 0", portalBind(portal, t.tcb, 0, 0), KernelError.InvalidOperation);
  succeeds("a thread becomes handler", portalBind(portal, t.tcb, u64.of(echo), 0));
  fails("one portal has one", portalBind(portal, t.tcb, u64.of(echo), 0), KernelError.InvalidOperation);
  fails("a stack at 0", tcbServe(t.tcb, 0, 0), KernelError.InvalidOperation);
  fails("the handler is not there yet", callTimed(portal, ref(m), 100_000), KernelError.Timeout);
  tcbResume(t.tcb);
  fails("a running thread cannot turn handler", tcbServe(t.tcb, 0x1000, 0), KernelError.InvalidOperation);
}

function stopped(_argument: u64): never {
  for (;;) nanoSleep(1_000_000);
}

function caller(portal: u64): never {
  const m = zeroed<Message>();
  m.words[0] = 1;
  shared.result = call(portal, ref(m));
  shared.word += m.words[0];
  stop();
}

function busy(): void {
  const handler = newHandler(), portal = newPortal(handler.tcb, echo, 7), m = zeroed<Message>();
  shared.slow = 200_000;
  shared.word = 0;
  startThread(caller, portal, HIGH);
  startThread(caller, portal, HIGH);
  fails("NBCall to a busy handler", callNow(portal, ref(m)), KernelError.WouldBlock);
  fails("CallTimed to a busy handler", callTimed(portal, ref(m), 50_000), KernelError.Timeout);
  nanoSleep(1_000_000);
  equal("callers wait for their turn", shared.word, 2);
  shared.slow = 0;
}

/// Calls the portal whose slot is its id, as an inner service.
function outer(id: u64, _tag: u64, a: u64, b: u64): never {
  const m = zeroed<Message>();
  m.words[0] = a;
  m.words[1] = b;
  shared.result = call(id, ref(m));
  m.words[0] *= 10;
  m.tag = 0;
  reply(ref(m));
  panic("a reply ends the handler");
}

function nested(): void {
  const inner = newPortal(newHandler().tcb, echo, 1), m = zeroed<Message>();
  const middle = newPortal(newHandler().tcb, outer, inner);
  const top = newPortal(newHandler().tcb, outer, middle);
  m.words[0] = 3;
  m.words[1] = 4;
  succeeds("handlers call handlers", call(top, ref(m)));
  equal("three deep", m.words[0], 700);
  const self = newHandler(), own = newObject(ObjectType.Portal, 0);
  portalBind(own, self.tcb, u64.of(outer), own);
  m.tag = 0;
  succeeds("a handler that calls itself ends", call(own, ref(m)));
  equal("by an error", u64(-shared.result), KernelError.InvalidOperation);
}

function ends(): void {
  const handler = newHandler(), portal = newPortal(handler.tcb, echo, 7), m = zeroed<Message>();
  shared.slow = 500_000;
  shared.result = 0;
  const first = startThread(caller, portal, HIGH);
  const badge = copyOf(portal, Right.Send);
  startThread(caller, badge, HIGH);
  deleteAll(badge);
  equal("a caller whose capability goes", u64(-shared.result), KernelError.Gone);
  shared.result = 0;
  tcbSuspend(handler.tcb);
  equal("a caller whose handler stops", u64(-shared.result), KernelError.Gone);
  deleteAll(handler.tcb);
  fails("a handler that is gone", call(portal, ref(m)), KernelError.InvalidOperation);
  const next = newHandler();
  succeeds("the portal can have another", portalBind(portal, next.tcb, u64.of(echo), 9));
  shared.slow = 0;
  succeeds("that answers", call(portal, ref(m)));
  check("the threads are there", first.tcb !== 0);
}

/// A word for each fault code, as a thread's fault portals have it.
function handlesFault(id: u64, tag: u64, code: u64, pc: u64): never {
  shared.id = id;
  shared.code = code;
  shared.laps += 1;
  const words = unsafe.many<u64>(register.tp);
  shared.word = words[10];
  // Over the instruction, with another a0.
  words[0] = pc + 4;
  words[10] = 4242;
  const m = zeroed<Message>();
  m.tag = tag & 511;
  reply(ref(m));
  panic("a reply ends the handler");
}

function stores(): u64 {
  return naked()`
  li    a0, 17
  li    a1, 8
  sd    a0, 1000(a1)                // too far for two bytes
  ret`;
}

function illegal(): u64 {
  return naked()`
  li    a0, 18
  csrr  a1, satp
  ret`;
}

function faulter(_argument: u64): never {
  shared.result = i64(stores());
  shared.sp = illegal();
  stop();
}

function faults(): void {
  const base = newSlots(32), handler = newHandler();
  const store = newPortal(handler.tcb, handlesFault, 115), bad = newPortal(handler.tcb, handlesFault, 102);
  cnodeCopy(SELF, base + PAGE_FAULT, SELF, store, Right.Send);
  cnodeCopy(SELF, base + ILLEGAL, SELF, bad, Right.Send);
  shared.laps = 0;
  const t = newThread(faulter, 0, HIGH);
  succeeds("fault portals are set", tcbSetFaultPortals(t.tcb, base));
  tcbResume(t.tcb);
  equal("both faults came", shared.laps, 2);
  equal("the handler saw a register", shared.word, 18);
  equal("and which fault it is", shared.code, ILLEGAL);
  equal("by the portal of that code", shared.id, 102);
  equal("the thread went on with what the handler set", u64(shared.result), 4242);
  equal("after the second too", shared.sp, 4242);
  const other = newThread(faulter, 0, HIGH);
  tcbSetFaultPortals(other.tcb, 0xffff_ffff_ffff_fff0);
  shared.laps = 0;
  tcbResume(other.tcb);
  equal("a wild place for portals stops the thread", shared.laps, 0);
  const third = newThread(faulter, 0, HIGH);
  tcbSetFaultPortals(third.tcb, newSlots(32));
  tcbResume(third.tcb);
  equal("an empty one too", shared.laps, 0);
}

function states(): void {
  const base = newSlots(32), handler = newHandler();
  const own = newObject(ObjectType.Portal, 0);
  portalBind(own, handler.tcb, u64.of(wild), 1);
  cnodeCopy(SELF, base + PAGE_FAULT, SELF, own, Right.Send);
  tcbSetFaultPortals(handler.tcb, base);
  const m = zeroed<Message>();
  fails("a handler that faults into its own portal stops", callTimed(own, ref(m), 200_000), KernelError.Timeout);
  check("and the kernel lives", true);
}

function wild(_id: u64, _tag: u64, _a: u64, _b: u64): never {
  stores();
  panic("it does not come back");
}

function spins(_argument: u64): never {
  for (;;) shared.laps += 1;
}

function timeouts(): void {
  const endpoint = newEndpoint(), t = newThread(spins, 0, LOW), m = zeroed<Message>();
  schedContextConfigure(t.context, LOW, 100_000, 10_000_000);
  succeeds("a context has a timeout endpoint", schedContextSetTimeout(t.context, endpoint));
  fails("one at a time", schedContextSetTimeout(t.context, endpoint), KernelError.InvalidOperation);
  tcbResume(t.tcb);
  recv(endpoint, ref(m));
  equal("its thread faults when the budget is used up", labelOf(ref(m)), KernelLabel.Fault);
  equal("with this code", m.words[0], FaultCode.Timeout);
  const laps = shared.laps;
  schedContextConfigure(t.context, LOW, 100_000, 10_000_000);
  m.tag = 0;
  reply(ref(m));
  recv(endpoint, ref(m));
  check("with a new budget it goes on, until that is used up", shared.laps > laps);
  succeeds("and without the endpoint", schedContextSetTimeout(t.context, 0));
  m.tag = 0;
  reply(ref(m));
  const before = shared.laps;
  nanoSleep(20_000_000);
  check("it waits for its period as others do", shared.laps > before);
  fails("no endpoint", schedContextSetTimeout(t.context, t.tcb), KernelError.InvalidCapability);
  fails("without Send", schedContextSetTimeout(t.context, copyOf(endpoint, Right.Recv | Right.Grant)), KernelError.MissingRight);
}
