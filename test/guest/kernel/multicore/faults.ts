// Faults and interrupts go to handlers on other harts.
import { BootSlot } from "../../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../../kernel/abi/objects.js";
import { callTimed, Message, recv, reply, replyRecv, wait } from "../../../../userland/lib/message.js";
import {
  cnodeCopy, frameMap, irqAck, irqControlGet, irqSetHandler, nanoSleep, portalBind, schedContextBind, schedContextConfigure, tcbResume, tcbSetAffinity,
  tcbSetFaultPortals, tcbSuspend,
} from "../../../../userland/lib/stubs.js";
import { check, equal, fails, succeeds, uart } from "../lib/check.js";
import { replies } from "../lib/threads.js";
import { HIGH, LOW, newEndpoint, newHandler, newNotification, newObject, newSlots, newThreadIn, PAGE_SIZE, SELF, type Thread, WINDOW } from "../lib/world.js";
import { cell, clearCells, goesOn, MS, reaches, shared, standsStill, startOn, threadOn, valueOf } from "./harts.js";
import { RW, VSPACE, writer } from "./pages.js";

const UART_IRQ: u64 = 10;
const STORE_PAGE_FAULT: u64 = 15;
const DATA_READY: u8 = 1;
const RECEIVED_DATA: u8 = 1;

/// Maps what is missing.
function pager(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    cell(5).value.fetchAdd(1);
    frameMap(shared.objects[4], VSPACE, m.words[2] & ~(PAGE_SIZE - 1), RW);
    m.tag = 0;
    replyRecv(endpoint, ref(m));
  }
}

/// A thread on a hart that writes to a page which is not there.
function faultingOn(hart: u64, handler: u64, page: u64): Ptr<Thread> {
  const t = newThreadIn(SELF, VSPACE, handler, writer, WINDOW + page * PAGE_SIZE, LOW);
  tcbSetAffinity(t.tcb, hart);
  tcbResume(t.tcb);
  return t;
}

export function faults(): void {
  clearCells();
  const e = newEndpoint(), m = zeroed<Message>(), last = shared.harts - 1;
  const t = faultingOn(1, e, 0);
  nanoSleep(20 * MS);
  fails("a fault of another hart waits and keeps nobody away", callTimed(e, ref(m), MS), KernelError.Timeout);
  check("this hart hears of it", recv(e, ref(m)) >= 0 && m.words[0] === STORE_PAGE_FAULT && m.words[2] === WINDOW);
  check("the thread waits", valueOf(1) === 0 && standsStill(1));
  frameMap(newObject(ObjectType.Frame, 0), VSPACE, WINDOW, RW);
  m.tag = 0;
  reply(ref(m));
  check("and goes on there when the page is", goesOn(1));
  tcbSuspend(t.tcb);
  const pages = newEndpoint();
  shared.objects[4] = newObject(ObjectType.Frame, 0);
  const handler = startOn(last, pager, pages, HIGH);
  nanoSleep(20 * MS);
  const before = valueOf(1), other = faultingOn(0, pages, 1);
  for (let i: u64 = 0; i < 1000 && valueOf(1) < before + 100; i++) nanoSleep(MS / 10);
  check("a handler of another hart that waits answers at once", valueOf(1) >= before + 100 && valueOf(5) === 1);
  tcbSuspend(handler.tcb);
  tcbSuspend(other.tcb);
  const gone = faultingOn(1, newEndpoint(), 2);
  nanoSleep(20 * MS);
  succeeds("who is in fault there may be suspended", tcbSuspend(gone.tcb));
  passiveHandler();
}

/// A portal's handler without time, on another hart than the one whose fault it handles.
function passiveHandler(): void {
  const p = newObject(ObjectType.Portal, 0), h = newHandler(), base = newSlots(STORE_PAGE_FAULT + 1);
  portalBind(p, h.tcb, u64.of(replies), 7);
  cnodeCopy(SELF, base + STORE_PAGE_FAULT, SELF, p, Right.All);
  const t = threadOn(1, writer, WINDOW + 3 * PAGE_SIZE, LOW), before = valueOf(1);
  tcbSetFaultPortals(t.tcb, base);
  tcbResume(t.tcb);
  nanoSleep(20 * MS);
  equal("without time of its own a handler does not run", valueOf(1), before);
  frameMap(newObject(ObjectType.Frame, 0), VSPACE, WINDOW + 3 * PAGE_SIZE, RW);
  schedContextConfigure(h.context, HIGH, 10 * MS, 10 * MS);
  succeeds("where it gets some", schedContextBind(h.context, h.tcb));
  check("it answers", goesOn(1));
}

function driver(handler: u64): never {
  irqSetHandler(handler, shared.objects[0]);
  uart().interruptEnable.write(RECEIVED_DATA);
  cell(13).value.fetchAdd(1);
  for (;;) {
    wait(shared.objects[0]);
    while ((uart().lineStatus.read() & DATA_READY) !== 0) {
      uart().data.read();
      cell(12).value.fetchAdd(1);
    }
    irqAck(handler);
  }
}

export function interrupts(): void {
  clearCells();
  const h = newObject(ObjectType.IrqHandler, 0);
  shared.objects[0] = newNotification();
  irqControlGet(BootSlot.IrqControl, UART_IRQ, h);
  const t = startOn(1, driver, h, HIGH);
  check("a driver of another hart gets its interrupts there, while this one is busy", reaches(12, 1));
  uart().interruptEnable.write(0);
  tcbSuspend(t.tcb);
}
