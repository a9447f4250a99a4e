// What `npm run bench:kernel` measures: each case says its number by a syscall that there is none of, then does what
// the case is about, so that the host knows what the next traps belong to.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, down, poll, putItem, receiveInto, recv, replyRecv, tagWithItems, wait } from "../../../userland/lib/message.js";
import {
  cnodeCopy, cnodeDelete, cnodeMint, cnodeMove, cnodeRevoke, frameMap, frameUnmap, memoryObjectSetPool, nanoSleep, portalBind, schedContextConfigure, signal,
  tcbResume, tcbSuspend, untypedRetype, up, vspaceMapMO, yieldTime,
} from "../../../userland/lib/stubs.js";
import { endReport } from "../kernel/lib/check.js";
import { replies } from "../kernel/lib/threads.js";
import { HIGH, LOW, MAIN_PRIORITY, PAGE_SIZE, SELF, WINDOW, arena, deleteAll, endGroup, newEndpoint, newHandler, newNotification, newObject, newSlot, newThreadIn, newTwinSpace, startThread, startWorld } from "../kernel/lib/world.js";

const ROUNDS: u64 = 8;
const MARK: u64 = 1 << 20;

/// In the order of kernel/commands/measure.ts.
enum Case { Rest, Call, Words8, Words64, Words120, Capability, Fault, Signal, SignalWakes, Wait, Poll, Yield, Tick, CNode, Retype, Frame, Map, Priority, Portal, Semaphore, Demand, CopyOnWrite, SignalLower }

layout({ virtual: 0x1_0000, entry: main });

function mark(number: Case): void {
  asm`ecall ${{ a7: MARK + number }}`;
}

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  messages();
  endGroup();
  faults();
  endGroup();
  events();
  endGroup();
  times();
  endGroup();
  capabilities();
  endGroup();
  memory();
  endGroup();
  paging();
  endGroup();
  mark(Case.Rest);
  endReport();
}

function server(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) replyRecv(endpoint, ref(m));
}

function taker(endpoint: u64): never {
  const m = zeroed<Message>();
  const slot = unsafe.many<u64>(register.tp)[0];
  receiveInto(SELF, slot);
  recv(endpoint, ref(m));
  for (;;) {
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function calls(number: Case, endpoint: u64, tag: u64): void {
  mark(number);
  for (let i: u64 = 0; i < ROUNDS; i++) {
    const m = zeroed<Message>();
    m.tag = tag;
    call(endpoint, ref(m));
  }
  mark(Case.Rest);
}

function messages(): void {
  const endpoint = newEndpoint(), space = newTwinSpace();
  tcbResume(newThreadIn(SELF, space, 0, server, endpoint, HIGH).tcb);
  calls(Case.Call, endpoint, 0);
  // Words beyond the four in registers.
  calls(Case.Words8, endpoint, 4);
  calls(Case.Words64, endpoint, 60);
  calls(Case.Words120, endpoint, 116);
  const receiver = newThreadIn(SELF, space, 0, taker, newEndpoint(), HIGH), to = newSlot();
  // Its endpoint is the object made last but a few: name it by its thread's argument.
  unsafe.many<u64>(receiver.utcb)[0] = to;
  tcbResume(receiver.tcb);
  putItem(0, newNotification(), 0);
  const m = zeroed<Message>();
  for (let i: u64 = 0; i < ROUNDS; i++) {
    m.tag = tagWithItems(0, 1);
    mark(Case.Capability);
    call(receiver.argument, ref(m));
    mark(Case.Rest);
    deleteAll(to);
  }
  const handler = newHandler(), portal = newObject(ObjectType.Portal, 0);
  portalBind(portal, handler.tcb, u64.of(replies), 1);
  calls(Case.Portal, portal, 0);
}

/// Stores to a page that is not there, again and again; the handler does nothing.
function faulter(_argument: u64): never {
  for (;;) unsafe.ptr<Reg<u64>>(WINDOW).write(1);
}

function faults(): void {
  const endpoint = newEndpoint(), space = newTwinSpace();
  const t = newThreadIn(SELF, space, endpoint, faulter, 0, LOW);
  startThread(server0, endpoint, HIGH);
  mark(Case.Fault);
  tcbResume(t.tcb);
  nanoSleep(20_000);
  mark(Case.Rest);
  tcbSuspend(t.tcb);
}

/// Answers faults: retry.
function server0(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

function waiter(notification: u64): never {
  for (;;) wait(notification);
}

function events(): void {
  const n = newNotification(), woken = newNotification(), s = newObject(ObjectType.Semaphore, 0);
  const lower = newNotification();
  startThread(waiter, woken, HIGH);
  startThread(waiter, lower, LOW);
  for (let i: u64 = 0; i < ROUNDS; i++) {
    mark(Case.Signal);
    signal(n, 1);
    mark(Case.Wait);
    wait(n);
    signal(n, 1);
    mark(Case.Poll);
    poll(n);
    mark(Case.SignalWakes);
    signal(woken, 1);
    mark(Case.Semaphore);
    up(s);
    down(s, false);
    mark(Case.Rest);
    nanoSleep(10_000);
    mark(Case.SignalLower);
    signal(lower, 1);
    mark(Case.Rest);
  }
}

function yields(_argument: u64): never {
  for (;;) yieldTime();
}

function spins(_argument: u64): never {
  for (;;) {}
}

function times(): void {
  const t = startThread(yields, 0, MAIN_PRIORITY);
  mark(Case.Yield);
  for (let i: u64 = 0; i < ROUNDS; i++) yieldTime();
  mark(Case.Rest);
  tcbSuspend(t.tcb);
  // Nobody else waits: its budget ends, and it goes on.
  const s = startThread(spins, 0, LOW);
  schedContextConfigure(s.context, LOW, 20_000, 20_000);
  mark(Case.Tick);
  nanoSleep(1_000_000);
  mark(Case.Rest);
  tcbSuspend(s.tcb);
  mark(Case.Priority);
  for (let i: u64 = 0; i < ROUNDS; i++) schedContextConfigure(s.context, LOW - (i & 1), 20_000, 20_000);
  mark(Case.Rest);
}

function capabilities(): void {
  const n = newNotification(), a = newSlot(), b = newSlot(), c = newSlot();
  for (let i: u64 = 0; i < ROUNDS; i++) {
    mark(Case.CNode);
    cnodeCopy(SELF, a, SELF, n, Right.All);
    cnodeMint(SELF, b, SELF, n, Right.All, 5);
    cnodeMove(SELF, c, SELF, b);
    cnodeDelete(SELF, c);
    cnodeDelete(SELF, a);
    cnodeRevoke(SELF, n);
    mark(Case.Rest);
  }
}

function memory(): void {
  const frame = newObject(ObjectType.Frame, 0);
  for (let i: u64 = 0; i < ROUNDS; i++) {
    const slot = newSlot(), other = newSlot();
    mark(Case.Retype);
    untypedRetype(arena(), ObjectType.Endpoint, 0, SELF, slot);
    mark(Case.Frame);
    untypedRetype(arena(), ObjectType.Frame, 0, SELF, other);
    mark(Case.Rest);
  }
  frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read);
  frameUnmap(frame);
  for (let i: u64 = 0; i < ROUNDS; i++) {
    mark(Case.Map);
    frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read);
    frameUnmap(frame);
    mark(Case.Rest);
  }
}

function paging(): void {
  const mo = newObject(ObjectType.MemoryObject, 12);
  memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 17));
  vspaceMapMO(BootSlot.VSpace, WINDOW, mo, 0, 16, Right.Read | Right.Write);
  mark(Case.Demand);
  for (let i: u64 = 0; i < ROUNDS; i++) unsafe.ptr<Reg<u64>>(WINDOW + i * PAGE_SIZE).write(1);
  mark(Case.Rest);
}
