// Many threads that wait at one endpoint: capabilities come and go there in bounded steps, and each delete ends.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { syscalls } from "../../../kernel/abi/syscalls.js";
import { Message, call, recvNow, sendNow } from "../../../userland/lib/message.js";
import {
  cnodeCopy, cnodeDelete, cnodeMove, schedContextBind, schedContextConfigure, schedContextUnbind, tcbResume, tcbSetSpace, tcbWriteRegisters,
} from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, SELF, copyOf, deleteAll, endGroup, mintOf, newEndpoint, newObject, newSlot, revokeAll, startThread, startWorld } from "./lib/world.js";

const MANY: u64 = 700, FEW: u64 = 20;
/// More than one call gives Gone to.
const STUBBORN: u64 = 24;
/// Calls that a delete may take here.
const TURNS: u64 = 100;
const SLICE_NS: u64 = 1_000_000;

class Crowd {
  /// Threads that heard that their capability is gone, or that it has no rights.
  gone: Atomic<u64>;
  semaphore: u64;
  frame: u64;
  /// The time that they run on, one after the other.
  context: u64;
}
const crowd = zeroed<Crowd>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  steps();
  endGroup();
  turns();
  endGroup();
  stubborn();
  endGroup();
  endReport();
}

// Receives once, replies where it was called, and waits for ever. They share this address space and a UTCB, and have no
// stack.
function receives(_through: u64): never {
  return naked()`
  li    a7, ${syscalls.Recv.number}
  ecall
  la    t0, ${ref(crowd)}
  addi  t1, a0, ${KernelError.Gone}
  beqz  t1, 1f
  li    a1, 0
  li    a7, ${syscalls.Reply.number}
  ecall
  j     2f
1:li    t2, 1
  amoadd.d t2, t2, (t0)
2:j     ${rests}`;
}

// Waits for ever. t0: crowd.
function rests(): never {
  return naked()`
1:ld    a0, ${offsetof<Crowd>("semaphore")}(t0)
  li    a1, 0
  li    a7, ${syscalls.Down.number}
  ecall
  j     1b`;
}

/// So many more threads receive through a capability. Their Tcbs are in slots from the result on.
function receiveThrough(capability: u64, count: u64): u64 {
  const first = newSlot();
  for (let i: u64 = 0; i < count; i++) {
    const tcb = newObject(ObjectType.Tcb, 0);
    tcbSetSpace(tcb, SELF, BootSlot.VSpace, crowd.frame, 0);
    tcbWriteRegisters(tcb, u64.of(receives), 0, capability, 0);
    tcbResume(tcb);
    runFor(tcb);
  }
  return first + 1;
}

/// A thread above main runs until it waits.
function runFor(tcb: u64): void {
  schedContextBind(crowd.context, tcb);
  schedContextUnbind(crowd.context);
}

/// How many of these threads hear that they wait for nothing.
function goneOf(first: u64, count: u64): u64 {
  const before = crowd.gone.load();
  for (let i: u64 = 0; i < count; i++) runFor(first + i);
  return crowd.gone.load() - before;
}

function begin(): void {
  crowd.semaphore = newObject(ObjectType.Semaphore, 0);
  crowd.frame = newObject(ObjectType.Frame, 0);
  crowd.context = newObject(ObjectType.SchedContext, 0);
  schedContextConfigure(crowd.context, HIGH, SLICE_NS, SLICE_NS);
}

function steps(): void {
  begin();
  const e = newEndpoint(), a = copyOf(e, Right.All), b = copyOf(e, Right.All), c = copyOf(e, Right.All), m = zeroed<Message>();
  const ofA = receiveThrough(a, MANY), ofB = receiveThrough(b, FEW), ofC = receiveThrough(c, 1);
  fails("a capability behind the backs of so many does not move", cnodeMove(SELF, newSlot(), SELF, a), KernelError.InvalidOperation);
  deleteAll(b);
  equal("those at the end of the queue hear that theirs is gone", goneOf(ofB, FEW), FEW);
  equal("the others do not", goneOf(ofA, MANY) + goneOf(ofC, 1), 0);
  fails("a delete is done in steps", cnodeDelete(SELF, c), KernelError.Restart);
  let answered: u64 = 0;
  for (let i: u64 = 0; i < MANY - 1; i++) if (call(e, ref(m)) >= 0) answered += 1;
  equal("in between calls are answered, also where the search has come to", answered, MANY - 1);
  deleteAll(c);
  equal("and it finds whom it looks for", goneOf(ofC, 1), 1);
  const moved = newSlot();
  succeeds("with few left a capability moves", cnodeMove(SELF, moved, SELF, a));
  deleteAll(moved);
  equal("and takes along who waits through it", goneOf(ofA, MANY), 1);
  succeeds("the endpoint goes", cnodeDelete(SELF, e));
  check("and all are gone who should be", crowd.gone.load() === FEW + 2);
}

/// Two deletes at one endpoint, call by call in turn, as two harts make them.
function turns(): void {
  begin();
  const e = newEndpoint(), a = copyOf(e, Right.All), b = copyOf(e, Right.All), c = copyOf(e, Right.All);
  receiveThrough(a, MANY);
  const ofB = receiveThrough(b, 1), ofC = receiveThrough(c, 1);
  let deletedB: i64 = -1, deletedC: i64 = -1;
  for (let turn: u64 = 0; turn < TURNS && (deletedB < 0 || deletedC < 0); turn++) {
    if (deletedB < 0) deletedB = cnodeDelete(SELF, b);
    if (deletedC < 0) deletedC = cnodeDelete(SELF, c);
  }
  check("two deletes in turn end both", deletedB === 0 && deletedC === 0);
  equal("and each finds its own", goneOf(ofB, 1) + goneOf(ofC, 1), 2);
  const child = copyOf(a, Right.Send), d = mintOf(a, Right.All, 5);
  const ofD = receiveThrough(d, 1), grandchild = copyOf(d, Right.All);
  fails("a delete begins", cnodeDelete(SELF, d), KernelError.Restart);
  const m = zeroed<Message>();
  fails("then the capability is good for nothing", sendNow(d, ref(m)), KernelError.MissingRight);
  fails("not for receiving", recvNow(d, ref(m)), KernelError.MissingRight);
  fails("not for copies", cnodeCopy(SELF, newSlot(), SELF, d, Right.All), KernelError.MissingRight);
  succeeds("what is derived from it is as good as before", sendNow(grandchild, ref(m)));
  deleteAll(d);
  equal("it goes", goneOf(ofD, 1), 1);
  revokeAll(a);
  fails("a revoke still finds what was derived", sendNow(grandchild, ref(m)), KernelError.InvalidCapability);
  fails("all of it", sendNow(child, ref(m)), KernelError.InvalidCapability);
}

// Does its syscall again and again as long as it hears Gone.
function insists(): never {
  return naked()`
1:mv    a0, s0
  mv    a7, s1
  li    a1, 0
  ecall
  addi  t1, a0, ${KernelError.Gone}
  beqz  t1, 1b
  la    t0, ${ref(crowd)}
  li    t2, 1
  amoadd.d t2, t2, (t0)
  j     ${rests}`;
}

function sends(_through: u64): never {
  return naked()`
  mv    s0, a0
  li    s1, ${syscalls.Send.number}
  j     ${insists}`;
}

function receivesAgain(_through: u64): never {
  return naked()`
  mv    s0, a0
  li    s1, ${syscalls.Recv.number}
  j     ${insists}`;
}

/// Threads above the one that deletes, which wait anew as soon as they hear Gone.
function stubborn(): void {
  begin();
  equal("senders cannot hold up a delete", endsAgainst(sends), STUBBORN);
  equal("nor can receivers", endsAgainst(receivesAgain), STUBBORN);
}

/// How many of them gave up.
function endsAgainst(entry: (through: u64) => never): u64 {
  const e = newEndpoint(), through = copyOf(e, Right.All), before = crowd.gone.load();
  for (let i: u64 = 0; i < STUBBORN; i++) startThread(entry, through, HIGH);
  let deleted: i64 = -1;
  for (let turn: u64 = 0; turn < TURNS && deleted < 0; turn++) deleted = cnodeDelete(SELF, through);
  return deleted < 0 ? 0 : crowd.gone.load() - before;
}
