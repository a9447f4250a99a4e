// Looking into the machine: names, types, times, the run queue, the event ring.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ringLayout } from "../../../kernel/abi/ring.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, recv, replyRecv, tagOf } from "../../../userland/lib/message.js";
import { debugDumpScheduler, debugIdentify, debugSetName, debugSetRing, debugTrace, debugUtilisation, frameMap, frameUnmap, nanoSleep, schedContextUnbind } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, WINDOW, copyOf, deleteAll, endGroup, mintOf, newEndpoint, newNotification, newObject, newSlot, newThread, startThread, startWorld } from "./lib/world.js";

const DEBUG = BootSlot.Debug;

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  identify();
  endGroup();
  scheduler();
  endGroup();
  times();
  endGroup();
  ring();
  endGroup();
  endReport();
}

function spinner(_argument: u64): never {
  for (;;) {}
}

function identify(): void {
  const n = newNotification(), badged = mintOf(n, Right.Send, 0x123);
  equal("a notification", u64(debugIdentify(DEBUG, n)) & 31, ObjectType.Notification);
  equal("its rights", (u64(debugIdentify(DEBUG, n)) >>> 5) & 63, Right.All);
  equal("a badged one, all of it", u64(debugIdentify(DEBUG, badged)), ObjectType.Notification | (Right.Send << 5) | (0x123 << 16));
  equal("nothing", u64(debugIdentify(DEBUG, newSlot())), 0);
  equal("no slot", u64(debugIdentify(DEBUG, u64.MAX)), 0);
  fails("without the Debug capability", debugIdentify(n, n), KernelError.InvalidCapability);
  fails("without Read", debugIdentify(copyOf(DEBUG, Right.Write), n), KernelError.MissingRight);
  fails("naming what is no thread", debugSetName(DEBUG, n, 1, 2), KernelError.InvalidCapability);
}

function scheduler(): void {
  const one = startThread(spinner, 0, LOW), two = startThread(spinner, 0, LOW + 1);
  debugSetName(DEBUG, one.tcb, 0x656e6f, 0);
  debugSetName(DEBUG, two.tcb, 0x6f7774, 7);
  const words = unsafe.many<u64>(register.tp);
  equal("two threads are ready", u64(debugDumpScheduler(DEBUG)), 2);
  check("the higher first", words[0] === LOW + 1 && words[1] === 0x6f7774 && words[2] === 7);
  check("then the lower", words[3] === LOW && words[4] === 0x656e6f);
}

function times(): void {
  const t = startThread(spinner, 0, LOW), idle = newThread(spinner, 0, LOW);
  equal("a thread that has not run used no time", u64(debugUtilisation(DEBUG, idle.tcb)), 0);
  nanoSleep(1_000_000);
  const used = u64(debugUtilisation(DEBUG, t.tcb));
  check("one that ran a millisecond used about that", used > 900_000 && used < 1_100_000);
  check("who asks uses time, too", debugUtilisation(DEBUG, BootSlot.Tcb) > 0);
  schedContextUnbind(idle.context);
  fails("a thread without a context", debugUtilisation(DEBUG, idle.tcb), KernelError.InvalidOperation);
}

function adder(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) {
    m.words[0] += 1;
    m.tag = tagOf(5);
    replyRecv(endpoint, ref(m));
  }
}

function ring(): void {
  const frame = newObject(ObjectType.Frame, 0), endpoint = newEndpoint(), server = startThread(adder, endpoint, HIGH);
  const badged = mintOf(endpoint, Right.Send, 42), m = zeroed<Message>();
  frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read | Right.Write);
  const words = unsafe.many<u64>(WINDOW);
  debugSetName(DEBUG, server.tcb, 0xabc, 0);
  debugSetName(DEBUG, BootSlot.Tcb, 0xdef, 0);
  succeeds("a ring", debugSetRing(DEBUG, frame));
  call(badged, ref(m));
  equal("no thread is traced: no event", words[0], 0);
  succeeds("trace the server", debugTrace(DEBUG, server.tcb, 1));
  m.tag = tagOf(9);
  m.words[0] = 70;
  call(badged, ref(m));
  equal("a call is two events", words[0], 2);
  const first = ringLayout.headerWords, second = first + ringLayout.eventWords;
  check("the call", words[first + 1] === 0xdef && words[first + 2] === 0xabc && words[first + 3] === 42 && words[first + 4] === tagOf(9) && words[first + 5] === 70);
  check("the reply", words[second + 1] === 0xabc && words[second + 2] === 0xdef && words[second + 4] === tagOf(5) && words[second + 5] === 71);
  check("in order", words[first] <= words[second]);
  for (let i: u64 = 0; i < 100; i++) call(badged, ref(m));
  equal("the ring goes round", words[0], 202);
  debugTrace(DEBUG, server.tcb, 0);
  call(badged, ref(m));
  equal("an end of tracing", words[0], 202);
  fails("what is no frame", debugSetRing(DEBUG, endpoint), KernelError.InvalidCapability);
  fails("a frame without Write", debugSetRing(DEBUG, copyOf(frame, Right.Read)), KernelError.MissingRight);
  debugTrace(DEBUG, server.tcb, 1);
  deleteAll(frame);
  succeeds("the frame goes: messages go on", call(badged, ref(m)));
  succeeds("no ring", debugSetRing(DEBUG, 0));
  frameUnmap(frame);
}
