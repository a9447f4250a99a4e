// What interrupts are injected into (kernel/commands/inject.ts): one syscall or invocation of each kind, with its result
// in a line that must not depend on when interrupts come. A driver of high priority takes them.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { utcbLayout } from "../../../kernel/abi/utcb.js";
import {
  Message, asyncReceive, asyncReceiveNow, asyncSend, call, callNow, callTimed, down, downNow, downTimed, poll, putItem, recv, recvNow, recvTimed,
  registerWaits, replyRecvAny, recvAny, send, sendNow, sendTimed, tagWithItems, wait, waitTimed,
} from "../../../userland/lib/message.js";
import {
  cnodeCopy, cnodeDelete, cnodeMint, cnodeMove, cnodeRevoke, frameMap, frameUnmap, irqAck, irqControlGet, irqSetHandler, memoryObjectClone, memoryObjectCommit,
  memoryObjectDecommit, memoryObjectSetPool, nanoSleep, portalBind, schedContextConfigure, signal, tcbResume, tcbSuspend, untypedMerge, untypedRetype, untypedSplit, up,
  vspaceForkRange, vspaceMapMO, vspaceProtect, vspaceUnmap, yieldTime,
} from "../../../userland/lib/stubs.js";
import { endReport, equal, fails, succeeds, uart } from "../kernel/lib/check.js";
import { adder, replies } from "../kernel/lib/threads.js";
import { HIGH, LOW, PAGE_SIZE, SELF, WINDOW, arena, newEndpoint, newHandler, newNotification, newObject, newSlot, newThreadIn, newTwinSpace, newVSpace, startThread, startWorldOf } from "../kernel/lib/world.js";

const UART_IRQ: u64 = 10;
const RECEIVED: u8 = 1;
/// Above all others here.
const DRIVER_PRIORITY: u64 = 60;
/// A syscall that there is none of: from here on interrupts may be injected.
const MARK: u64 = 1 << 20;

const USER_END: u64 = 0x40_0000_0000;

class Irq {
  notification: u64;
  handler: u64;
}
const irq = zeroed<Irq>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorldOf(info, 22);
  irq.notification = newNotification();
  irq.handler = newObject(ObjectType.IrqHandler, 0);
  irqControlGet(BootSlot.IrqControl, UART_IRQ, irq.handler);
  irqSetHandler(irq.handler, irq.notification);
  startThread(driver, 0, DRIVER_PRIORITY);
  uart().interruptEnable.write(RECEIVED);
  const parts: readonly (() => void)[] = [messages, events, timed, capabilities, memory, threads];
  mark();
  for (const part of parts) part();
  endReport();
}

function driver(_argument: u64): never {
  for (;;) {
    wait(irq.notification);
    while ((uart().lineStatus.read() & RECEIVED) !== 0) uart().data.read();
    irqAck(irq.handler);
  }
}

function mark(): void {
  asm({ clobber: ["a0"] })`ecall ${{ a7: MARK }}`;
}

function message(label: u64): Message {
  const m = zeroed<Message>();
  m.tag = label;
  for (let i: u64 = 0; i < 4; i++) m.words[i] = 10 * (i + 1);
  return m;
}

function manyServer(_argument: u64): never {
  const m = zeroed<Message>();
  registerWaits([many.first, many.second]);
  recvAny(2, ref(m));
  for (;;) {
    m.words[0] += 2;
    m.tag = 0;
    replyRecvAny(2, ref(m));
  }
}

class Many {
  first: u64;
  second: u64;
}
const many = zeroed<Many>();

function receiver(endpoint: u64): never {
  const m = zeroed<Message>();
  for (;;) recv(endpoint, ref(m));
}

/// Sends and calls from below, so that main finds them waiting.
function sender(endpoint: u64): never {
  const m = message(0);
  send(endpoint, ref(m));
  m.words[0] = 70;
  call(endpoint, ref(m));
  for (;;) nanoSleep(1_000_000_000);
}

function messages(): void {
  const endpoint = newEndpoint(), other = newEndpoint(), space = newTwinSpace();
  tcbResume(newThreadIn(SELF, space, 0, adder, endpoint, HIGH).tcb);
  const m = message(0);
  succeeds("Call", call(endpoint, ref(m)));
  equal("and its reply", m.words[0], 11);
  m.tag = 12;
  succeeds("Call with words", call(endpoint, ref(m)));
  m.tag = 0;
  succeeds("NBCall", callNow(endpoint, ref(m)));
  succeeds("CallTimed", callTimed(endpoint, ref(m), 50_000_000));
  equal("three replies", m.words[0], 14);
  startThread(receiver, other, HIGH);
  succeeds("Send", send(other, ref(m)));
  succeeds("NBSend", sendNow(other, ref(m)));
  succeeds("SendTimed", sendTimed(other, ref(m), 50_000_000));
  const mine = newEndpoint();
  startThread(sender, mine, LOW);
  succeeds("Recv", recv(mine, ref(m)));
  equal("and its word", m.words[0], 10);
  succeeds("Recv of a call", recv(mine, ref(m)));
  equal("and its word too", m.words[0], 70);
  m.tag = 0;
  fails("NBRecv", recvNow(mine, ref(m)), KernelError.WouldBlock);
  many.first = newEndpoint();
  many.second = newEndpoint();
  startThread(manyServer, 0, HIGH);
  m.words[0] = 5;
  succeeds("Call of one of many", call(many.second, ref(m)));
  equal("and its reply too", m.words[0], 7);
  const handler = newHandler(), portal = newObject(ObjectType.Portal, 0);
  portalBind(portal, handler.tcb, u64.of(replies), 1);
  succeeds("Call through a portal", call(portal, ref(m)));
  const taker = newEndpoint(), to = newSlot();
  const t = startThread(receiver, taker, HIGH);
  tcbSuspend(t.tcb);
  unsafe.many<u64>(t.utcb + utcbLayout.receiveCNode)[0] = SELF;
  unsafe.many<u64>(t.utcb + utcbLayout.receiveCNode)[1] = to;
  tcbResume(t.tcb);
  nanoSleep(20_000);
  putItem(0, endpoint, 0);
  m.tag = tagWithItems(0, 1);
  succeeds("Send of a capability", send(taker, ref(m)));
  m.tag = 0;
  m.words[0] = 1;
  succeeds("which is there", call(to, ref(m)));
}

function waiter(notification: u64): never {
  for (;;) wait(notification);
}

function events(): void {
  const n = newNotification(), s = newObject(ObjectType.Semaphore, 0), channel = newObject(ObjectType.Channel, 9);
  const woken = newNotification();
  startThread(waiter, woken, HIGH);
  succeeds("Signal", signal(n, 6));
  equal("Wait", wait(n), 6);
  signal(n, 9);
  equal("Poll", poll(n), 9);
  equal("Poll of nothing", poll(n), 0);
  succeeds("Signal that switches", signal(woken, 1));
  succeeds("Up", up(s));
  equal("Down", u64(down(s, false)), 1);
  fails("NBDown", downNow(s, false), KernelError.WouldBlock);
  const m = message(0);
  succeeds("AsyncSend", asyncSend(channel, ref(m)));
  m.words[1] = 0;
  succeeds("AsyncReceive", asyncReceive(channel, ref(m)));
  equal("and its word", m.words[1], 20);
  fails("NBAsyncReceive", asyncReceiveNow(channel, ref(m)), KernelError.WouldBlock);
}

function timed(): void {
  const n = newNotification(), s = newObject(ObjectType.Semaphore, 0), m = message(0);
  succeeds("NanoSleep", nanoSleep(5_000));
  fails("WaitTimed", waitTimed(n, 5_000), KernelError.Timeout);
  fails("DownTimed", downTimed(s, false, 5_000), KernelError.Timeout);
  fails("RecvTimed", recvTimed(newEndpoint(), ref(m), 5_000), KernelError.Timeout);
  succeeds("Yield", yieldTime());
}

function capabilities(): void {
  const n = newNotification(), a = newSlot(), b = newSlot(), c = newSlot(), half = newSlot();
  succeeds("CNodeCopy", cnodeCopy(SELF, a, SELF, n, Right.All));
  succeeds("CNodeMint", cnodeMint(SELF, b, SELF, n, Right.All, 5));
  succeeds("CNodeMove", cnodeMove(SELF, c, SELF, b));
  succeeds("CNodeDelete", cnodeDelete(SELF, a));
  succeeds("CNodeRevoke", cnodeRevoke(SELF, n));
  const block = newObject(ObjectType.Untyped, 13);
  succeeds("UntypedSplit", untypedSplit(block, SELF, half));
  succeeds("UntypedMerge", untypedMerge(block, half));
  succeeds("UntypedRetype", untypedRetype(arena(), ObjectType.Frame, 0, SELF, a));
  succeeds("FrameMap", frameMap(a, BootSlot.VSpace, WINDOW, Right.Read | Right.Write));
  unsafe.ptr<Reg<u64>>(WINDOW).write(3);
  succeeds("FrameUnmap", frameUnmap(a));
  succeeds("CNodeDelete of a frame", cnodeDelete(SELF, a));
}

function memory(): void {
  const mo = newObject(ObjectType.MemoryObject, 12), clone = newSlot(), child = newVSpace(), area = WINDOW + 64 * PAGE_SIZE;
  succeeds("MemoryObjectSetPool", memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 17)));
  succeeds("MemoryObjectCommit", memoryObjectCommit(mo, 0, 2));
  succeeds("VSpaceMapMO", vspaceMapMO(BootSlot.VSpace, area, mo, 0, 8, Right.Read | Right.Write));
  for (let i: u64 = 0; i < 3; i++) unsafe.ptr<Reg<u64>>(area + i * PAGE_SIZE).write(i + 1);
  let cloned = memoryObjectClone(mo, SELF, clone);
  while (cloned === -KernelError.Restart) cloned = memoryObjectClone(mo, SELF, clone);
  succeeds("MemoryObjectClone", cloned);
  unsafe.ptr<Reg<u64>>(area).write(9);
  equal("demand and copied pages", unsafe.ptr<Reg<u64>>(area).read() + unsafe.ptr<Reg<u64>>(area + 2 * PAGE_SIZE).read(), 12);
  let forked = vspaceForkRange(BootSlot.VSpace, child, 0, USER_END);
  while (forked === -KernelError.Restart) forked = vspaceForkRange(BootSlot.VSpace, child, 0, USER_END);
  succeeds("VSpaceForkRange", forked);
  succeeds("VSpaceProtect", vspaceProtect(BootSlot.VSpace, area, Right.Read));
  succeeds("VSpaceUnmap", vspaceUnmap(BootSlot.VSpace, area));
  succeeds("MemoryObjectDecommit", memoryObjectDecommit(mo, 2, 1));
}

/// Stores to a page that is not there until the handler lets it go on elsewhere.
function faulter(_argument: u64): never {
  unsafe.ptr<Reg<u64>>(WINDOW + 32 * PAGE_SIZE).write(1);
  for (;;) nanoSleep(1_000_000_000);
}

function threads(): void {
  const faults = newEndpoint(), m = message(0);
  const t = newThreadIn(SELF, BootSlot.VSpace, faults, faulter, 0, LOW);
  succeeds("TcbResume", tcbResume(t.tcb));
  succeeds("Recv of a fault", recv(faults, ref(m)));
  equal("and its address", m.words[2], WINDOW + 32 * PAGE_SIZE);
  succeeds("SchedContextConfigure", schedContextConfigure(t.context, LOW, 20_000, 20_000));
  succeeds("TcbSuspend", tcbSuspend(t.tcb));
  for (let i: u64 = 0; i < 2; i++) succeeds("Yield", yieldTime());
}
