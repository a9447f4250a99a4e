// A world with something of everything in it, for the checker of invariants to look at: threads that wait in each kind
// of queue, calls in calls, timers, regions, shared pages, an interrupt handler; on a second hart one that
// runs and one that is ready. Then main spins.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, asyncReceive, call, down, recv, recvAny, recvTimed, registerWaits, wait } from "../../../userland/lib/message.js";
import { frameMap, irqControlGet, irqSetHandler, memoryObjectClone, memoryObjectSetPool, nanoSleep, tcbResume, tcbSetAffinity, untypedSplit, vspaceMapMO } from "../../../userland/lib/stubs.js";
import { HIGH, LOW, SELF, WINDOW, newEndpoint, newNotification, newObject, newSlot, newThread, startThread, startWorld } from "../kernel/lib/world.js";
import { check } from "../kernel/lib/check.js";

class Shared {
  endpoints: Arr<u64, 2>;
  inner: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

function receives(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) call(shared.inner, ref(m));
}

/// Takes a call and never replies.
function holds(endpoint: u64): never {
  const m = zeroed<Message>();
  recv(endpoint, ref(m));
  for (;;) nanoSleep(3_000_000_000_000);
}

function calls(endpoint: u64): never {
  const m = zeroed<Message>();
  for (;;) call(endpoint, ref(m));
}

function waits(notification: u64): never {
  for (;;) wait(notification);
}

function downs(semaphore: u64): never {
  for (;;) down(semaphore, false);
}

function takes(channel: u64): never {
  const m = zeroed<Message>();
  for (;;) asyncReceive(channel, ref(m));
}

function sleeps(time: u64): never {
  for (;;) nanoSleep(time);
}

function timed(endpoint: u64): never {
  const m = zeroed<Message>();
  for (;;) recvTimed(endpoint, ref(m), 1_000_000_000_000);
}

function many(_argument: u64): never {
  const m = zeroed<Message>();
  registerWaits(shared.endpoints.slice());
  for (;;) recvAny(2, ref(m));
}

function spins(_argument: u64): never {
  for (;;) {}
}

function reads(vaddr: u64): never {
  for (;;) unsafe.ptr<Reg<u64>>(vaddr).read();
}

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  const served = newEndpoint();
  shared.inner = newEndpoint();
  startThread(holds, shared.inner, HIGH);
  startThread(receives, served, HIGH);
  startThread(calls, served, HIGH);
  startThread(calls, served, HIGH);
  startThread(waits, newNotification(), HIGH);
  startThread(downs, newObject(ObjectType.Semaphore, 0), HIGH);
  startThread(takes, newObject(ObjectType.Channel, 10), HIGH);
  startThread(sleeps, 1_000_000_000_000, HIGH);
  startThread(sleeps, 2_000_000_000_000, HIGH);
  startThread(timed, newEndpoint(), HIGH);
  for (let i: usize = 0; i < 2; i++) shared.endpoints[i] = newEndpoint();
  startThread(many, 0, HIGH);
  startThread(spins, 0, LOW);
  startThread(spins, 0, LOW);
  const mo = newObject(ObjectType.MemoryObject, 12), copied = newSlot();
  memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 16));
  vspaceMapMO(BootSlot.VSpace, WINDOW, mo, 0, 4, Right.Read | Right.Write);
  unsafe.many<u64>(WINDOW)[0] = 1;
  unsafe.many<u64>(WINDOW)[512] = 1;
  while (memoryObjectClone(mo, SELF, copied) !== 0) {}
  vspaceMapMO(BootSlot.VSpace, WINDOW + 0x8000, copied, 0, 4, Right.Read | Right.Write);
  if (unsafe.many<u64>(WINDOW + 0x8000)[0] !== 1) check("the clone has its content", false);
  unsafe.many<u64>(WINDOW)[512] = 2;
  frameMap(newObject(ObjectType.Frame, 0), BootSlot.VSpace, WINDOW + 0x1_0000, Right.Read | Right.Write);
  unsafe.many<u64>(WINDOW + 0x1_0000)[0] = 3;
  untypedSplit(newObject(ObjectType.Untyped, 12), SELF, newSlot());
  if (info.hartCount > 1) {
    frameMap(newObject(ObjectType.Frame, 0), BootSlot.VSpace, WINDOW + 0x2_0000, Right.Read | Right.Write);
    for (let i: u64 = 0; i < 2; i++) {
      const t = newThread(reads, WINDOW + 0x2_0000, LOW);
      tcbSetAffinity(t.tcb, 1);
      tcbResume(t.tcb);
    }
    nanoSleep(1_000_000);
  }
  const irq = newObject(ObjectType.IrqHandler, 0);
  irqControlGet(BootSlot.IrqControl, 20, irq);
  irqSetHandler(irq, newNotification());
  check("the world is made", true);
  for (;;) {}
}
