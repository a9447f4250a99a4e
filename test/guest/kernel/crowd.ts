// Many threads that wait to receive at one endpoint: capabilities come and go there in bounded steps.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { syscalls } from "../../../kernel/abi/syscalls.js";
import { Message, call } from "../../../userland/lib/message.js";
import {
  cnodeDelete, cnodeMove, schedContextBind, schedContextConfigure, schedContextUnbind, tcbResume, tcbSetSpace, tcbWriteRegisters,
} from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, SELF, copyOf, deleteAll, endGroup, newEndpoint, newObject, newSlot, startWorld } from "./lib/world.js";

const MANY: u64 = 700, FEW: u64 = 20;
const SLICE_NS: u64 = 1_000_000;

class Shared {
  /// Threads that heard that their capability is gone.
  gone: Atomic<u64>;
  semaphore: u64;
  frame: u64;
  /// The time that they run on, one after the other.
  context: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  crowd();
  endGroup();
  endReport();
}

// Receives once, replies where it was called, and waits for ever. They share this address space and a UTCB, and have no
// stack.
function receives(_through: u64): never {
  return naked()`
  li    a7, ${syscalls.Recv.number}
  ecall
  la    t0, ${ref(shared)}
  addi  t1, a0, ${KernelError.Gone}
  beqz  t1, 1f
  li    a1, 0
  li    a7, ${syscalls.Reply.number}
  ecall
  j     2f
1:li    t2, 1
  amoadd.d t2, t2, (t0)
2:ld    a0, ${offsetof<Shared>("semaphore")}(t0)
  li    a1, 0
  li    a7, ${syscalls.Down.number}
  ecall
  j     2b`;
}

/// So many more threads receive through a capability. Their Tcbs are in slots from the result on.
function receiveThrough(capability: u64, count: u64): u64 {
  const first = newSlot();
  for (let i: u64 = 0; i < count; i++) {
    const tcb = newObject(ObjectType.Tcb, 0);
    tcbSetSpace(tcb, SELF, BootSlot.VSpace, shared.frame, 0);
    tcbWriteRegisters(tcb, u64.of(receives), 0, capability, 0);
    tcbResume(tcb);
    runFor(tcb);
  }
  return first + 1;
}

/// A thread above main runs until it waits.
function runFor(tcb: u64): void {
  schedContextBind(shared.context, tcb);
  schedContextUnbind(shared.context);
}

/// How many of these threads hear that they wait for nothing.
function goneOf(first: u64, count: u64): u64 {
  const before = shared.gone.load();
  for (let i: u64 = 0; i < count; i++) runFor(first + i);
  return shared.gone.load() - before;
}

function crowd(): void {
  shared.semaphore = newObject(ObjectType.Semaphore, 0);
  shared.frame = newObject(ObjectType.Frame, 0);
  shared.context = newObject(ObjectType.SchedContext, 0);
  schedContextConfigure(shared.context, HIGH, SLICE_NS, SLICE_NS);
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
  check("and all are gone who should be", shared.gone.load() === FEW + 2);
}
