// Faults: what a handler hears, and what its reply does.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { KernelLabel, ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, call, recv, replyRecv, send, tagOf } from "../../../userland/lib/message.js";
import { frameMap, nanoSleep, tcbResume, tcbSuspend, tcbWriteRegisters } from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails } from "./lib/check.js";
import { HIGH, LOW, SELF, type Thread, WINDOW, deleteAll, endGroup, mintOf, newEndpoint, newObject, newThread, newThreadIn, revokeAll, startThread, startWorld, stop } from "./lib/world.js";

const MISALIGNED_FETCH: u64 = 0, ILLEGAL: u64 = 2, BREAKPOINT: u64 = 3, FETCH: u64 = 12, LOAD: u64 = 13, STORE: u64 = 15;
const BADGE: u64 = 0x77;
const STACK: u64 = 0x7000_0000;

class Shared {
  laps: Atomic<u64>;
  result: i64;
  found: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  messages();
  endGroup();
  retries();
  endGroup();
  stops();
  endGroup();
  gone();
  endGroup();
  callers();
  endGroup();
  endReport();
}

// Each of these does one thing at its first instruction, so its pc is its address.
function loads(): never {
  return naked()`
  ld    a1, 0(a0)
1:j     1b`;
}
function stores(): never {
  return naked()`
  sd    a1, 0(a0)
1:j     1b`;
}
function readsCsr(): never {
  return naked()`
  csrr  a0, satp
1:j     1b`;
}
function returnsToUser(): never {
  return naked()`
  sret
1:j     1b`;
}
function breaks(): never {
  return naked()`
  ebreak
1:j     1b`;
}
function spins(): never {
  return naked()`
1:j     1b`;
}

class Heard {
  m: Message;
}
const heard = zeroed<Heard>();

/// The fault of a thread that starts at `pc` with `argument`.
function faultAt(pc: u64, argument: u64): Ptr<Thread> {
  const endpoint = newEndpoint();
  const t = newThreadIn(SELF, BootSlot.VSpace, mintOf(endpoint, Right.Send | Right.Grant, BADGE), spinner, 0, HIGH);
  tcbWriteRegisters(t.tcb, pc, STACK, argument, t.utcb);
  tcbResume(t.tcb);
  recv(endpoint, ref(heard.m));
  return t;
}

function spinner(_: u64): never {
  for (;;) shared.laps.fetchAdd(1);
}

function hears(name: string, pc: u64, argument: u64, cause: u64, stval: u64): void {
  const t = faultAt(pc, argument);
  const m = ref(heard.m);
  equal(name, m.words[0], cause);
  check("its pc, address, stack and badge", m.words[1] === pc && m.words[2] === stval && m.words[3] === STACK && m.badge === i64(BADGE) && m.tag === tagOf(KernelLabel.Fault));
  deleteAll(t.tcb);
}

function messages(): void {
  hears("load page fault", u64.of(loads), 0x5000_0008, LOAD, 0x5000_0008);
  hears("store page fault", u64.of(stores), 0x5000_0010, STORE, 0x5000_0010);
  hears("load from page 0", u64.of(loads), 8, LOAD, 8);
  hears("load from the kernel", u64.of(loads), 0xffff_ffc0_8020_0000, LOAD, 0xffff_ffc0_8020_0000);
  hears("load from no address at all", u64.of(loads), 0x4000_0000_0000, LOAD, 0x4000_0000_0000);
  hears("fetch page fault", 0x5000_0000, 0, FETCH, 0x5000_0000);
  hears("fetch from the kernel", 0xffff_ffc0_8020_0000, 0, FETCH, 0xffff_ffc0_8020_0000);
  faults("ebreak", u64.of(breaks), BREAKPOINT);
  // A page of zeros.
  frameMap(newObject(ObjectType.Frame, 0), BootSlot.VSpace, WINDOW, Right.Read | Right.Execute);
  faults("illegal instruction", WINDOW, ILLEGAL);
  faults("a supervisor's register", u64.of(readsCsr), ILLEGAL);
  faults("sret", u64.of(returnsToUser), ILLEGAL);
  // With compressed instructions no pc is misaligned: bit 0 is dropped.
  const t = faultAt(0x5000_0001, 0);
  check("an odd pc", heard.m.words[0] === FETCH || heard.m.words[0] === MISALIGNED_FETCH);
  deleteAll(t.tcb);
}

/// What stval says here is the machine's choice.
function faults(name: string, pc: u64, cause: u64): void {
  const t = faultAt(pc, 0);
  equal(name, heard.m.words[0], cause);
  equal("its pc", heard.m.words[1], pc);
  deleteAll(t.tcb);
}

function readsTwice(address: u64): never {
  shared.found = unsafe.ptr<Reg<u64>>(address).read();
  shared.found += unsafe.ptr<Reg<u64>>(address + 8).read();
  shared.laps.store(1);
  stop();
}

function retries(): void {
  const faultsTo = newEndpoint(), other = newEndpoint();
  const t = newThreadIn(SELF, BootSlot.VSpace, faultsTo, readsTwice, WINDOW, HIGH);
  shared.laps.store(0);
  tcbResume(t.tcb);
  const m = zeroed<Message>();
  recv(faultsTo, ref(m));
  equal("the handler hears of the load", m.words[0], LOAD);
  equal("the thread has not gone on", shared.laps.load(), 0);
  const frame = newObject(ObjectType.Frame, 0);
  frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read | Right.Write);
  unsafe.many<u64>(WINDOW)[0] = 40;
  unsafe.many<u64>(WINDOW)[1] = 2;
  startThread(sends, other, LOW);
  m.tag = tagOf(0);
  m.words[0] = 99;
  replyRecv(other, ref(m));
  equal("a reply with label 0 retries", shared.laps.load(), 1);
  equal("with its registers as they were", shared.found, 42);
}

function sends(endpoint: u64): never {
  const m = zeroed<Message>();
  send(endpoint, ref(m));
  stop();
}

function stops(): void {
  const faultsTo = newEndpoint(), other = newEndpoint();
  const t = newThreadIn(SELF, BootSlot.VSpace, faultsTo, readsTwice, WINDOW, HIGH);
  shared.laps.store(0);
  tcbResume(t.tcb);
  const m = zeroed<Message>();
  recv(faultsTo, ref(m));
  const frame = newObject(ObjectType.Frame, 0);
  frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read | Right.Write);
  startThread(sends, other, LOW);
  m.tag = tagOf(1);
  replyRecv(other, ref(m));
  equal("a reply with another label stops", shared.laps.load(), 0);
  tcbResume(t.tcb);
  equal("until the thread is resumed", shared.laps.load(), 1);
  deleteAll(frame);

  const alone = newThread(readsTwice, WINDOW, HIGH);
  shared.laps.store(0);
  tcbResume(alone.tcb);
  equal("a thread without a handler stops", shared.laps.load(), 0);
  const again = newObject(ObjectType.Frame, 0);
  frameMap(again, BootSlot.VSpace, WINDOW, Right.Read | Right.Write);
  tcbResume(alone.tcb);
  equal("and goes on when it is resumed", shared.laps.load(), 1);
  deleteAll(again);

  const written = newThreadIn(SELF, BootSlot.VSpace, faultsTo, readsTwice, WINDOW, HIGH);
  shared.laps.store(0);
  tcbResume(written.tcb);
  recv(faultsTo, ref(m));
  tcbSuspend(written.tcb);
  tcbWriteRegisters(written.tcb, u64.of(counts), unsafe.ptr<Thread>(u64.of(written)).utcb + 4096, 0, written.utcb);
  tcbResume(written.tcb);
  equal("a thread in fault takes other registers", shared.laps.load(), 5);
}

function counts(): never {
  shared.laps.store(5);
  stop();
}

/// The handler, or its endpoint, goes while a thread waits for it.
function gone(): void {
  const faultsTo = newEndpoint();
  const t = newThreadIn(SELF, BootSlot.VSpace, faultsTo, readsTwice, WINDOW, HIGH);
  shared.laps.store(0);
  tcbResume(t.tcb);
  revokeAll(faultsTo);
  const frame = newObject(ObjectType.Frame, 0);
  frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read | Right.Write);
  equal("a thread whose fault endpoint is revoked stays stopped", shared.laps.load(), 0);
  tcbResume(t.tcb);
  equal("and can be resumed", shared.laps.load(), 1);
  deleteAll(frame);
  endGroup();

  const endpoint = newEndpoint();
  const handler = startThread(handles, endpoint, HIGH);
  const u = newThreadIn(SELF, BootSlot.VSpace, endpoint, readsTwice, WINDOW, HIGH);
  tcbResume(u.tcb);
  deleteAll(handler.tcb);
  shared.laps.store(0);
  const page = newObject(ObjectType.Frame, 0);
  frameMap(page, BootSlot.VSpace, WINDOW, Right.Read | Right.Write);
  tcbResume(u.tcb);
  equal("so can one whose handler is gone", shared.laps.load(), 1);
  endGroup();

  const ear = newEndpoint();
  const victim = newThreadIn(SELF, BootSlot.VSpace, ear, readsTwice, WINDOW, HIGH), second = newThreadIn(SELF, BootSlot.VSpace, ear, readsTwice, WINDOW + 0x1000, HIGH);
  tcbResume(victim.tcb);
  tcbResume(second.tcb);
  deleteAll(victim.tcb);
  const m = zeroed<Message>();
  recv(ear, ref(m));
  equal("a thread that is destroyed in fault is not heard of", m.words[2], WINDOW + 0x1000);
}

function handles(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) nanoSleep(1_000_000_000);
}

/// A server that faults while somebody waits for it.
function callers(): void {
  const endpoint = newEndpoint();
  const server = startThread(faultsInService, endpoint, HIGH);
  startThread(client, endpoint, HIGH);
  equal("the client of a server in fault waits", u64(shared.result), 1);
  deleteAll(server.tcb);
  fails("until the server goes", shared.result, KernelError.Gone);

  const faultsTo = newEndpoint();
  const handled = newThreadIn(SELF, BootSlot.VSpace, faultsTo, faultsInService, endpoint, HIGH);
  tcbResume(handled.tcb);
  startThread(client, endpoint, HIGH);
  const m = zeroed<Message>(), other = newEndpoint();
  recv(faultsTo, ref(m));
  frameMap(newObject(ObjectType.Frame, 0), BootSlot.VSpace, WINDOW, Right.Read | Right.Write);
  startThread(sends, other, LOW);
  m.tag = 0;
  replyRecv(other, ref(m));
  equal("a server whose fault is dealt with answers", u64(shared.result), 0);
}

function faultsInService(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  unsafe.ptr<Reg<u64>>(WINDOW).read();
  m.tag = 0;
  replyRecv(endpoint, ref(m));
  stop();
}

function client(endpoint: u64): never {
  const m = zeroed<Message>();
  shared.result = 1;
  shared.result = call(endpoint, ref(m));
  stop();
}
