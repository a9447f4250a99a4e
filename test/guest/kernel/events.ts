// Notifications and interrupts.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { syscalls } from "../../../kernel/abi/syscalls.js";
import { Message, call, isNotification, labelOf, poll, recv, replyRecv, tagOf, wait } from "../../../userland/lib/message.js";
import { irqAck, irqClear, irqControlGet, irqSetHandler, nanoSleep, signal, tcbBindNotification, tcbResume, tcbSuspend } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds, uart } from "./lib/check.js";
import { HIGH, LOW, MAIN_PRIORITY, copyOf, deleteAll, endGroup, mintOf, newEndpoint, newNotification, newObject, newThread, revokeAll, startThread, startWorld, stop } from "./lib/world.js";

const UART_IRQ: u64 = 10;
const UART_BIT: u64 = 1 << UART_IRQ;
const RTC_IRQ: u64 = 11;
const DATA_READY: u8 = 1;
const RECEIVED_DATA: u8 = 1, TRANSMITTER_EMPTY: u8 = 2;

class Shared {
  results: Arr<i64, 4>;
  words: Arr<u64, 4>;
  count: u64;
  bits: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  signals();
  endGroup();
  waits();
  endGroup();
  binds();
  endGroup();
  lifetimes();
  endGroup();
  handlers();
  endGroup();
  interrupts();
  endGroup();
  manyHandlers();
  endGroup();
  endReport();
}

function pollResult(notification: u64): i64 {
  return asm({ clobber: ["a1", "a2"] })<i64>`ecall ${{ a0: notification, a7: syscalls.Poll.number }}`;
}

function signals(): void {
  const n = newNotification();
  fails("Poll without bits", pollResult(n), KernelError.WouldBlock);
  equal("Signal returns 0", u64(signal(n, 5)), 0);
  signal(n, 8);
  equal("bits come together", poll(n), 13);
  fails("and once", pollResult(n), KernelError.WouldBlock);
  signal(n, 0);
  fails("a signal of nothing is none", pollResult(n), KernelError.WouldBlock);
  signal(mintOf(n, Right.Send, 0xff00), 1);
  equal("a badge is what its capability signals", poll(n), 0xff00);
  signal(n, ~u64(0));
  equal("all 64 bits", wait(n), ~u64(0));
  fails("Poll without Recv", pollResult(copyOf(n, Right.Send)), KernelError.MissingRight);
}

function waiter(n: u64): never {
  shared.bits = 0;
  shared.count += 1;
  let error: i64 = 0, bits: u64 = 0;
  asm({ clobber: ["a1"] })`ecall ${{ a0: n, a7: syscalls.Wait.number }} ${{ a0: out(error), a2: out(bits) }}`;
  shared.results[0] = error;
  shared.bits = bits;
  shared.count += 100;
  stop();
}

function waits(): void {
  const n = newNotification();
  shared.count = 0;
  startThread(waiter, n, HIGH);
  startThread(waiter, n, HIGH);
  equal("both wait", shared.count, 2);
  signal(n, 4);
  equal("a signal wakes one", shared.count, 102);
  equal("with the bits", shared.bits, 4);
  signal(n, 2);
  equal("the next wakes the other", shared.count, 202);
  signal(n, 1);
  equal("then they stay", poll(n), 1);
  const third = startThread(waiter, n, HIGH), fourth = startThread(waiter, n, HIGH);
  deleteAll(third.tcb);
  signal(n, 32);
  equal("one that is destroyed is left out", shared.bits, 32);
  check("both are made", fourth.tcb !== 0);
}

/// Says what woke it, and answers.
function combined(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    shared.results[1] = m.badge;
    if (isNotification(ref(m))) {
      shared.words[0] += 1;
      shared.words[1] = m.words[0];
      shared.words[3] = m.tag;
      recv(endpoint, ref(m));
      continue;
    }
    shared.words[2] += 1;
    if (labelOf(ref(m)) === 9) signal(m.words[0], 64);
    m.tag = tagOf(5);
    replyRecv(endpoint, ref(m));
  }
}

function binds(): void {
  const endpoint = newEndpoint(), n = newNotification();
  const t = newThread(combined, endpoint, HIGH);
  succeeds("a notification is bound", tcbBindNotification(t.tcb, n));
  fails("once", tcbBindNotification(t.tcb, newNotification()), KernelError.InvalidOperation);
  fails("to one thread", tcbBindNotification(newObject(ObjectType.Tcb, 0), n), KernelError.InvalidOperation);
  signal(n, 1);
  tcbResume(t.tcb);
  check("bits that came before are taken before Recv waits", shared.words[0] === 1 && shared.words[1] === 1);
  signal(n, 6);
  check("a signal wakes Recv", shared.words[0] === 2 && shared.words[1] === 6);
  equal("the tag says so", shared.words[3], 1 << 15);
  equal("without a badge", u64(shared.results[1]), 0);
  fails("the bits are taken", pollResult(n), KernelError.WouldBlock);
  const m = zeroed<Message>();
  equal("calls are served beside", u64(call(endpoint, ref(m))), 0);
  equal("with a reply", labelOf(ref(m)), 5);
  m.tag = tagOf(9);
  m.words[0] = n;
  equal("a signal while it serves", u64(call(endpoint, ref(m))), 0);
  check("comes with its next receive", shared.words[0] === 3 && shared.words[1] === 64);
  m.tag = 0;
  call(endpoint, ref(m));
  equal("and once", shared.words[0], 3);

  // A caller queues first, then bits: the bits are first.
  const served = shared.words[2];
  tcbSuspend(t.tcb);
  signal(n, 2);
  startThread(caller, endpoint, LOW);
  nanoSleep(1_000_000);
  tcbResume(t.tcb);
  nanoSleep(2_000_000);
  check("pending bits and a call are both dealt with", shared.words[0] >= 4 && shared.words[2] === served + 1);

  // The bound thread may also Wait.
  const own = newNotification();
  const w = newThread(waiter, own, HIGH);
  tcbBindNotification(w.tcb, own);
  shared.bits = 0;
  tcbResume(w.tcb);
  signal(own, 3);
  equal("a bound thread may wait for its notification", shared.bits, 3);
}

function caller(endpoint: u64): never {
  const m = zeroed<Message>();
  call(endpoint, ref(m));
  stop();
}

function lifetimes(): void {
  const n = newNotification();
  startThread(waiter, n, HIGH);
  deleteAll(n);
  fails("a notification that is destroyed gives Gone", shared.results[0], KernelError.Gone);

  const endpoint = newEndpoint(), bound = newNotification();
  const t = newThread(combined, endpoint, HIGH);
  tcbBindNotification(t.tcb, bound);
  tcbResume(t.tcb);
  deleteAll(bound);
  const m = zeroed<Message>();
  equal("a server goes on without its notification", u64(call(endpoint, ref(m))), 0);
  succeeds("and takes another", tcbBindNotification(t.tcb, newNotification()));

  const other = newNotification();
  const u = newThread(combined, endpoint, HIGH);
  tcbBindNotification(u.tcb, other);
  signal(other, 1);
  deleteAll(u.tcb);
  equal("a notification outlives its thread", poll(other), 1);
  succeeds("and is bound to another", tcbBindNotification(newObject(ObjectType.Tcb, 0), other));
}

function handlers(): void {
  const h = newObject(ObjectType.IrqHandler, 0), n = newNotification();
  fails("line 0", irqControlGet(BootSlot.IrqControl, 0, h), KernelError.InvalidArgument);
  fails("line 96", irqControlGet(BootSlot.IrqControl, 96, h), KernelError.InvalidArgument);
  fails("a line far away", irqControlGet(BootSlot.IrqControl, (u64(1) << 32) + 10, h), KernelError.InvalidArgument);
  fails("no handler", irqControlGet(BootSlot.IrqControl, 10, n), KernelError.InvalidCapability);
  fails("a handler on no line acknowledges nothing", irqAck(h), KernelError.InvalidOperation);
  fails("nor takes a notification", irqSetHandler(h, n), KernelError.InvalidOperation);
  succeeds("without one it is cleared", irqClear(h));
  succeeds("a handler gets a line", irqControlGet(BootSlot.IrqControl, 95, h));
  fails("once", irqControlGet(BootSlot.IrqControl, 94, h), KernelError.InvalidOperation);
  fails("a handler signals with Send", irqSetHandler(h, copyOf(n, Right.Recv | Right.Grant)), KernelError.MissingRight);
  succeeds("a handler gets a notification", irqSetHandler(h, n));
  fails("one", irqSetHandler(h, newNotification()), KernelError.InvalidOperation);
  succeeds("which is cleared", irqClear(h));
  succeeds("for another", irqSetHandler(h, newNotification()));
}

/// The UART asks as long as its transmitter is empty and we say that we care. QEMU's interrupt controller
/// looks at the moment when a line rises, so each request is a new one.
function ask(): void {
  quiet();
  uart().interruptEnable.write(TRANSMITTER_EMPTY);
}
function quiet(): void {
  uart().interruptEnable.write(0);
}

/// A request that the interrupt controller has noted comes though nobody asks any more.
function settle(h: u64, n: u64): void {
  quiet();
  for (let i: u64 = 0; i < 2; i++) {
    irqAck(h);
    nanoSleep(10_000);
    poll(n);
  }
  irqAck(h);
}

function interrupts(): void {
  const h = newObject(ObjectType.IrqHandler, 0), n = newNotification();
  irqControlGet(BootSlot.IrqControl, UART_IRQ, h);
  irqSetHandler(h, n);
  let good = true;
  for (let i: u64 = 0; i < 5; i++) {
    uart().interruptEnable.write(RECEIVED_DATA);
    // What is typed: three bytes, perhaps one by one.
    while ((uart().lineStatus.read() & DATA_READY) === 0 && i === 0) if (wait(n) !== UART_BIT) good = false;
    while ((uart().lineStatus.read() & DATA_READY) !== 0) uart().data.read();
    settle(h, n);
    ask();
    if (wait(n) !== UART_BIT) good = false;
    settle(h, n);
  }
  check("interrupts come, again and again", good);
  ask();
  wait(n);
  nanoSleep(100_000);
  fails("none comes before it is acknowledged", pollResult(n), KernelError.WouldBlock);
  ask();
  irqAck(h);
  equal("then a level comes again", wait(n), UART_BIT);
  irqClear(h);
  irqAck(h);
  nanoSleep(100_000);
  fails("none comes without a notification", pollResult(n), KernelError.WouldBlock);
  ask();
  irqSetHandler(h, n);
  equal("with one the level comes again", wait(n), UART_BIT);
  deleteAll(h);
  nanoSleep(100_000);
  fails("none comes without a handler", pollResult(n), KernelError.WouldBlock);
  quiet();
}

function manyHandlers(): void {
  const a = newObject(ObjectType.IrqHandler, 0), b = newObject(ObjectType.IrqHandler, 0), na = newNotification(), nb = newNotification();
  irqControlGet(BootSlot.IrqControl, UART_IRQ, a);
  irqControlGet(BootSlot.IrqControl, UART_IRQ, b);
  irqSetHandler(a, na);
  settle(a, na);
  irqSetHandler(b, nb);
  settle(b, nb);
  ask();
  equal("one handler of a line hears", wait(na), UART_BIT);
  equal("and the other", wait(nb), UART_BIT);
  irqAck(a);
  nanoSleep(100_000);
  fails("a line waits for all its handlers", pollResult(na), KernelError.WouldBlock);
  ask();
  irqAck(b);
  equal("then comes again", wait(na), UART_BIT);
  wait(nb);
  ask();
  irqAck(a);
  // b does not answer, and its notification goes.
  revokeAll(nb);
  deleteAll(nb);
  equal("a handler without a notification holds nobody up", wait(na), UART_BIT);
  irqSetHandler(b, newNotification());
  ask();
  irqAck(a);
  wait(na);
  ask();
  irqAck(a);
  deleteAll(b);
  equal("nor one that is gone", wait(na), UART_BIT);
  const c = newObject(ObjectType.IrqHandler, 0), nc = newNotification();
  irqControlGet(BootSlot.IrqControl, RTC_IRQ, c);
  irqSetHandler(c, nc);
  ask();
  irqAck(a);
  wait(na);
  fails("another line is another's", pollResult(nc), KernelError.WouldBlock);
  deleteAll(a);
  quiet();
  check("an interrupt wakes a thread of higher priority", preempted());
}

function driver(n: u64): never {
  shared.bits = wait(n);
  shared.words[0] = 1;
  stop();
}

function preempted(): boolean {
  const h = newObject(ObjectType.IrqHandler, 0), n = newNotification();
  irqControlGet(BootSlot.IrqControl, UART_IRQ, h);
  irqSetHandler(h, n);
  shared.words[0] = 0;
  startThread(driver, n, MAIN_PRIORITY + 1);
  ask();
  for (let i: u64 = 0; i < 100_000_000; i++) if (unsafe.ptr<Reg<u64>>(u64.of(ref(shared.words))).read() === 1) break;
  quiet();
  return shared.words[0] === 1 && shared.bits === UART_BIT;
}
