// What could keep the kernel busy for long, interrupts off: many timers that end at once, full channels, large
// MemoryObjects mapped many times, page tables all over, a hundred calls in calls. test/guest/kernel.test.ts counts
// instructions meanwhile.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, asyncSend, call, putItem, recv, tagWithItems } from "../../../userland/lib/message.js";
import {
  cnodeRevoke, irqControlGet, memoryObjectClone, memoryObjectCommit, memoryObjectDecommit, memoryObjectInspect, memoryObjectSetPool, nanoSleep, schedContextUnbind, untypedInspect, untypedRetype,
  vspaceMapMO, vspaceSetPool,
} from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, LOW, PAGE_SIZE, SELF, deleteAll, endGroup, newEndpoint, newNotification, newObject, newSlot, revokeAll, startThread, startWorld } from "./lib/world.js";

const MS: u64 = 1_000_000;
const SLEEPERS: u64 = 120;
/// In ticks of the clock: how long after the first begins they all wake, and that it takes them. Nanoseconds of a tick.
const WAKE_AFTER: u64 = 400_000, WAKING: u64 = 50_000, TICK_NS: u64 = 100;
const LARGEST: u64 = 16;
const PAGES: u64 = (65536 - 128) / 16, PLACES: u64 = (65536 - 32) / 96;
const AREA: u64 = 0x8_0000_0000, GIGABYTE: u64 = 1 << 30, MEGAPAGE: u64 = 1 << 21;
const REGIONS: u64 = 32, DEPTH: u64 = 99;
const IRQ: u64 = 30;

class Shared {
  /// In ticks.
  wakeAt: u64;
  awake: Atomic<u64>;
  endpoints: Arr<u64, 101>;
  reached: Atomic<u64>;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  const parts: readonly (() => void)[] = [timers, channel, pages, regions, tables, calls, handlers, use];
  for (const part of parts) {
    part();
    endGroup();
  }
  endReport();
}

function restart(result: i64): boolean {
  return result === -KernelError.Restart;
}

function sleeper(_argument: u64): never {
  nanoSleep((shared.wakeAt - csr.time.read()) * TICK_NS);
  shared.awake.fetchAdd(1);
  for (;;) nanoSleep(1000 * MS);
}

function timers(): void {
  shared.wakeAt = csr.time.read() + WAKE_AFTER;
  for (let i: u64 = 0; i < SLEEPERS; i++) startThread(sleeper, i, HIGH);
  check("all sleep before their time", csr.time.read() < shared.wakeAt && shared.awake.load() === 0);
  nanoSleep((shared.wakeAt + WAKING - csr.time.read()) * TICK_NS);
  equal("those whose time comes at once all wake", shared.awake.load(), SLEEPERS);
}

function channel(): void {
  const c = newObject(ObjectType.Channel, LARGEST), n = newNotification(), m = zeroed<Message>();
  let sent: u64 = 0;
  for (let i: u64 = 0; i < PLACES; i++) {
    putItem(0, n, Right.Send);
    m.tag = tagWithItems(0, 1);
    if (asyncSend(c, ref(m)) >= 0) sent += 1;
  }
  equal("the largest channel is full of capabilities", sent, PLACES);
  deleteAll(c);
  m.tag = 0;
  fails("and goes with them", asyncSend(c, ref(m)), KernelError.InvalidCapability);
  equal("nothing is derived from what it held", u64(cnodeRevoke(SELF, n)), 0);
}

function commitAll(mo: u64): void {
  while (restart(memoryObjectCommit(mo, 0, PAGES))) {}
}

function decommitAll(mo: u64): void {
  while (restart(memoryObjectDecommit(mo, 0, PAGES))) {}
}

function pages(): void {
  const mo = newObject(ObjectType.MemoryObject, LARGEST), clone = newSlot();
  succeeds("a pool for all pages of the largest MemoryObject", memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 24)));
  commitAll(mo);
  equal("has them", u64(memoryObjectInspect(mo)), PAGES);
  memoryObjectDecommit(mo, PAGES - 1, 1);
  succeeds("the last one again", memoryObjectCommit(mo, 0, PAGES));
  fails("no clone has room then", memoryObjectClone(mo, SELF, clone), KernelError.OutOfMemory);
  decommitAll(mo);
  equal("all are taken back", u64(memoryObjectInspect(mo)), 0);
  memoryObjectCommit(mo, PAGES - 1, 1);
  succeeds("where there is but the last", memoryObjectDecommit(mo, 0, PAGES));
}

function regions(): void {
  const mo = newObject(ObjectType.MemoryObject, LARGEST), clone = newSlot(), space = newObject(ObjectType.VSpace, 0), few: u64 = 200;
  vspaceSetPool(space, newObject(ObjectType.Untyped, 20));
  memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 22));
  let made: u64 = 0;
  for (let i: u64 = 0; i < REGIONS; i++) {
    let result = vspaceMapMO(space, AREA + i * MEGAPAGE, mo, 0, few, Right.Read | Right.Write);
    while (restart(result)) result = vspaceMapMO(space, AREA + i * MEGAPAGE, mo, 0, few, Right.Read | Right.Write);
    if (result >= 0) made += 1;
  }
  equal("a MemoryObject in as many regions as may be", made, REGIONS);
  let result = memoryObjectCommit(mo, 0, few);
  while (restart(result)) result = memoryObjectCommit(mo, 0, few);
  succeeds("gets its pages", result);
  let cloned = memoryObjectClone(mo, SELF, clone);
  while (restart(cloned)) cloned = memoryObjectClone(mo, SELF, clone);
  succeeds("and a clone", cloned);
  decommitAll(mo);
  equal("and loses them", u64(memoryObjectInspect(mo)), 0);
  memoryObjectCommit(mo, 0, 8);
  deleteAll(mo);
  deleteAll(space);
}

function tables(): void {
  const space = newObject(ObjectType.VSpace, 0), pool = newObject(ObjectType.Untyped, 21);
  vspaceSetPool(space, pool);
  let made: u64 = 0, mo: u64 = 0;
  for (let i: u64 = 0; i < 110; i++) {
    if (i % REGIONS === 0) mo = newObject(ObjectType.MemoryObject, 12);
    const vaddr = i < 12 ? AREA + i * GIGABYTE : AREA + i * MEGAPAGE;
    if (vspaceMapMO(space, vaddr, mo, 0, 1, Right.Read) >= 0) made += 1;
  }
  equal("page tables for pages all over", made, 110);
  equal("are pages of the pool", u64(untypedInspect(pool)) / PAGE_SIZE, 1 + 12 + 110);
  revokeAll(pool);
  equal("and go with it", u64(untypedInspect(pool)), 0);
}

function server(index: u64): never {
  const m = zeroed<Message>();
  recv(shared.endpoints[index], ref(m));
  shared.reached.fetchAdd(1);
  if (index < DEPTH) call(shared.endpoints[index + 1], ref(m));
  for (;;) {}
}

function caller(endpoint: u64): never {
  const m = zeroed<Message>();
  call(endpoint, ref(m));
  for (;;) {}
}

function calls(): void {
  for (let i: u64 = 0; i <= DEPTH; i++) {
    shared.endpoints[i] = newEndpoint();
    startThread(server, i, LOW);
  }
  nanoSleep(5 * MS);
  const t = startThread(caller, shared.endpoints[0], LOW);
  nanoSleep(5 * MS);
  equal("a hundred calls in calls", shared.reached.load(), DEPTH + 1);
  succeeds("lose the time that they all run on", schedContextUnbind(t.context));
}

function handlers(): void {
  let made: u64 = 0;
  for (let i: u64 = 0; i < 40; i++) if (irqControlGet(BootSlot.IrqControl, IRQ, newObject(ObjectType.IrqHandler, 0)) >= 0) made += 1;
  equal("a line has 32 handlers", made, 32);
}

function use(): void {
  const block = newObject(ObjectType.Untyped, 16), slot = newSlot();
  equal("nothing of a new block is in use", u64(untypedInspect(block)), 0);
  untypedRetype(block, ObjectType.Endpoint, 0, SELF, slot);
  untypedRetype(block, ObjectType.Frame, 0, SELF, newSlot());
  equal("then what was made from it, and what alignment took", u64(untypedInspect(block)), 2 * PAGE_SIZE);
  revokeAll(block);
  equal("and nothing when that is gone", u64(untypedInspect(block)), 0);
}
