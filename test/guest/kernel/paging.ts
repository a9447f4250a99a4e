// MemoryObjects: commit, demand paging, sharing, clones, forks, pools that run dry.
import { type BootInfo, BootSlot } from "../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { FaultCode, KernelLabel, ObjectType, Right } from "../../../kernel/abi/objects.js";
import { Message, labelOf, recv, reply, tagOf } from "../../../userland/lib/message.js";
import {
  cnodeCopy, cnodeRevoke, frameMap, memoryObjectClone, memoryObjectCommit, memoryObjectDecommit, memoryObjectInspect, memoryObjectSetPool, tcbResume, tcbSetSpace,
  untypedRetype, vspaceForkRange, vspaceMapMO, vspaceProtect, vspaceSetPool, vspaceUnmap,
} from "../../../userland/lib/stubs.js";
import { check, endReport, equal, fails, succeeds } from "./lib/check.js";
import { HIGH, PAGE_SIZE, SELF, WINDOW, copyOf, deleteAll, endGroup, newEndpoint, newObject, newSlot, newThreadIn, newTwinSpace, newVSpace, revokeAll, startWorld, stop } from "./lib/world.js";

const RW: u64 = Right.Read | Right.Write, R: u64 = Right.Read;
const VSPACE = BootSlot.VSpace;
const LOAD: u64 = 13, STORE: u64 = 15;
const END: u64 = 0x40_0000_0000;
const BIG: u64 = 0x7000_0000;

class Shared {
  address: u64;
  value: u64;
  done: u64;
}
const shared = zeroed<Shared>();

layout({ virtual: 0x1_0000, entry: main });

export function main(info: Ptr<BootInfo>): never {
  startWorld(info);
  commits();
  endGroup();
  demand();
  endGroup();
  maps();
  endGroup();
  protects();
  endGroup();
  clones();
  endGroup();
  large();
  endGroup();
  forks();
  endGroup();
  dry();
  endGroup();
  goes();
  endGroup();
  goesWhileUsed();
  endGroup();
  endReport();
}

function words(vaddr: u64): Many<u64> {
  return unsafe.many<u64>(vaddr);
}

function again(result: i64): boolean {
  return result === -KernelError.Restart;
}

/// With room for 248 pages, and a pool of its own.
function newMemory(poolBits: u64): u64 {
  const mo = newObject(ObjectType.MemoryObject, 12);
  succeeds("an object has a pool", memoryObjectSetPool(mo, newObject(ObjectType.Untyped, poolBits)));
  return mo;
}

function commits(): void {
  const mo = newObject(ObjectType.MemoryObject, 12), pool = newObject(ObjectType.Untyped, 16);
  fails("without a pool nothing is committed", memoryObjectCommit(mo, 0, 1), KernelError.OutOfMemory);
  fails("a pool that is none", memoryObjectSetPool(mo, newEndpoint()), KernelError.InvalidCapability);
  fails("a pool of one page", memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 12)), KernelError.InvalidOperation);
  succeeds("a pool", memoryObjectSetPool(mo, pool));
  fails("another", memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 16)), KernelError.InvalidOperation);
  fails("a pool is no Untyped for other things", untypedRetype(pool, ObjectType.Endpoint, 0, SELF, newSlot()), KernelError.OutOfMemory);
  succeeds("commit three pages", memoryObjectCommit(mo, 2, 3));
  equal("three are committed", u64(memoryObjectInspect(mo)), 3);
  succeeds("again", memoryObjectCommit(mo, 2, 3));
  equal("is no more", u64(memoryObjectInspect(mo)), 3);
  fails("no page", memoryObjectCommit(mo, 2, 0), KernelError.InvalidArgument);
  fails("past the end", memoryObjectCommit(mo, 247, 2), KernelError.InvalidArgument);
  fails("far past the end", memoryObjectCommit(mo, 1, u64.MAX), KernelError.InvalidArgument);
  succeeds("decommit", memoryObjectDecommit(mo, 3, 1));
  equal("two are left", u64(memoryObjectInspect(mo)), 2);
  fails("without Write", memoryObjectCommit(copyOf(mo, Right.Read), 0, 1), KernelError.MissingRight);
  let restarts: u64 = 0, last: i64 = 0;
  for (last = memoryObjectCommit(mo, 0, 100); again(last); last = memoryObjectCommit(mo, 0, 100)) restarts += 1;
  fails("more than the pool has", last, KernelError.OutOfMemory);
  equal("gives nothing", u64(memoryObjectInspect(mo)), 2);
  for (last = memoryObjectCommit(mo, 0, 15); again(last); last = memoryObjectCommit(mo, 0, 15)) restarts += 1;
  succeeds("what it has it gives", last);
  check("in steps", restarts > 0);
  succeeds("decommit all", memoryObjectDecommit(mo, 0, 248));
  equal("none is left", u64(memoryObjectInspect(mo)), 0);
  succeeds("the pages are there again", memoryObjectCommit(mo, 100, 8));
  fails("too small an object", untypedRetype(pool, ObjectType.MemoryObject, 11, SELF, newSlot()), KernelError.InvalidArgument);
}

function demand(): void {
  const mo = newMemory(16);
  succeeds("map ten pages", vspaceMapMO(VSPACE, WINDOW, mo, 5, 10, RW));
  equal("nothing is committed", u64(memoryObjectInspect(mo)), 0);
  equal("an untouched page reads as zero", words(WINDOW)[0], 0);
  equal("it is committed by that", u64(memoryObjectInspect(mo)), 1);
  words(WINDOW + 3 * PAGE_SIZE)[7] = 4711;
  equal("another by a store", u64(memoryObjectInspect(mo)), 2);
  equal("which is there", words(WINDOW + 3 * PAGE_SIZE)[7], 4711);
  succeeds("map the same pages elsewhere", vspaceMapMO(VSPACE, WINDOW + 16 * PAGE_SIZE, mo, 8, 1, R));
  equal("they show the same memory", words(WINDOW + 16 * PAGE_SIZE)[7], 4711);
  words(WINDOW + 3 * PAGE_SIZE)[8] = 12;
  equal("also later", words(WINDOW + 16 * PAGE_SIZE)[8], 12);
  memoryObjectDecommit(mo, 8, 1);
  equal("a decommitted page reads as zero", words(WINDOW + 16 * PAGE_SIZE)[7], 0);
  equal("everywhere", words(WINDOW + 3 * PAGE_SIZE)[7], 0);
  memoryObjectCommit(mo, 14, 1);
  equal("a page committed in time is there", words(WINDOW + 9 * PAGE_SIZE)[0], 0);
  equal("four pages are committed", u64(memoryObjectInspect(mo)), 3);
}

function maps(): void {
  const mo = newMemory(16), space = newVSpace();
  succeeds("map", vspaceMapMO(space, WINDOW, mo, 0, 8, RW));
  fails("over it", vspaceMapMO(space, WINDOW, mo, 0, 8, RW), KernelError.SlotOccupied);
  fails("over its end", vspaceMapMO(space, WINDOW + 7 * PAGE_SIZE, mo, 0, 8, RW), KernelError.SlotOccupied);
  fails("over its start", vspaceMapMO(space, WINDOW - 7 * PAGE_SIZE, mo, 0, 8, RW), KernelError.SlotOccupied);
  succeeds("right behind it", vspaceMapMO(space, WINDOW + 8 * PAGE_SIZE, mo, 0, 8, RW));
  fails("a frame over it", frameMap(newObject(ObjectType.Frame, 0), space, WINDOW, RW), KernelError.SlotOccupied);
  fails("writable and executable", vspaceMapMO(space, BIG, mo, 0, 1, RW | Right.Execute), KernelError.InvalidArgument);
  fails("no rights", vspaceMapMO(space, BIG, mo, 0, 1, 0), KernelError.InvalidArgument);
  fails("between pages", vspaceMapMO(space, BIG + 8, mo, 0, 1, R), KernelError.InvalidArgument);
  fails("page 0", vspaceMapMO(space, 0, mo, 0, 1, R), KernelError.InvalidArgument);
  fails("no page", vspaceMapMO(space, BIG, mo, 0, 0, R), KernelError.InvalidArgument);
  fails("past the object", vspaceMapMO(space, BIG, mo, 248, 1, R), KernelError.InvalidArgument);
  fails("past the user's half", vspaceMapMO(space, END - PAGE_SIZE, mo, 0, 2, R), KernelError.InvalidArgument);
  fails("enormously many", vspaceMapMO(space, BIG, mo, 0, u64(1) << 52, R), KernelError.InvalidArgument);
  fails("in the kernel's half", vspaceMapMO(space, 0xffff_ffc0_0000_0000, mo, 0, 1, R), KernelError.InvalidArgument);
  fails("more than the capability allows", vspaceMapMO(space, BIG, copyOf(mo, Right.Read | Right.Grant), 0, 1, RW), KernelError.MissingRight);
  fails("what is no object", vspaceMapMO(space, BIG, newEndpoint(), 0, 1, R), KernelError.InvalidCapability);
  fails("into what is no VSpace", vspaceMapMO(mo, BIG, mo, 0, 1, R), KernelError.InvalidCapability);
  fails("without a pool for page tables", vspaceMapMO(newObject(ObjectType.VSpace, 0), BIG, mo, 0, 1, R), KernelError.OutOfMemory);
  fails("unmap from the middle", vspaceUnmap(space, WINDOW + PAGE_SIZE), KernelError.InvalidArgument);
  succeeds("unmap", vspaceUnmap(space, WINDOW));
  fails("twice", vspaceUnmap(space, WINDOW), KernelError.InvalidArgument);
  succeeds("and map again", vspaceMapMO(space, WINDOW, mo, 0, 8, R));
  equal("a MemoryObject has 32 regions", mapMany(space, BIG, mo), 30);
  let made: u64 = 0;
  for (let i: u64 = 1; i < 5; i++) made += mapMany(space, BIG + 80 * i * PAGE_SIZE, newObject(ObjectType.MemoryObject, 12));
  equal("a VSpace has 120 regions", made, 88);
  fails("and no more", vspaceMapMO(space, BIG, newObject(ObjectType.MemoryObject, 12), 0, 1, R), KernelError.SlotOccupied);
}

/// How many of forty regions of one page there is room for.
function mapMany(space: u64, vaddr: u64, mo: u64): u64 {
  let made: u64 = 0;
  for (let i: u64 = 0; i < 40; i++) if (vspaceMapMO(space, vaddr + 2 * i * PAGE_SIZE, mo, 0, 1, R) >= 0) made += 1;
  return made;
}

function stores(_argument: u64): never {
  words(shared.address)[0] = 1;
  shared.done = 1;
  stop();
}

function loads(_argument: u64): never {
  shared.value = words(shared.address)[0];
  shared.done = 1;
  stop();
}

/// The code of the fault that a thread gets; 0: none.
function faultOf(entry: (argument: u64) => never, address: u64): u64 {
  const faults = newEndpoint(), m = zeroed<Message>();
  shared.address = address;
  shared.done = 0;
  tcbResume(newThreadIn(SELF, VSPACE, faults, entry, 0, HIGH).tcb);
  if (shared.done !== 0) return 0;
  recv(faults, ref(m));
  const code = m.words[0];
  // It never goes on, and main is back on its own time.
  m.tag = tagOf(1);
  reply(ref(m));
  return code;
}

function protects(): void {
  const mo = newMemory(16);
  vspaceMapMO(VSPACE, WINDOW, mo, 0, 4, RW);
  equal("a store to a writable region", faultOf(stores, WINDOW), 0);
  succeeds("take Write away", vspaceProtect(VSPACE, WINDOW, R));
  equal("a store then faults", faultOf(stores, WINDOW), STORE);
  equal("also where nothing is committed", faultOf(stores, WINDOW + PAGE_SIZE), STORE);
  equal("a load does not", faultOf(loads, WINDOW + PAGE_SIZE), 0);
  succeeds("give it back", vspaceProtect(VSPACE, WINDOW, RW));
  equal("a store goes", faultOf(stores, WINDOW), 0);
  fails("writable and executable", vspaceProtect(VSPACE, WINDOW, RW | Right.Execute), KernelError.InvalidArgument);
  fails("where nothing is", vspaceProtect(VSPACE, WINDOW + PAGE_SIZE, R), KernelError.InvalidArgument);
  vspaceUnmap(VSPACE, WINDOW);
  equal("a load where it was", faultOf(loads, WINDOW), LOAD);
  vspaceMapMO(VSPACE, WINDOW, copyOf(mo, Right.Read | Right.Grant), 0, 4, R);
  fails("more than the capability allows", vspaceProtect(VSPACE, WINDOW, RW), KernelError.MissingRight);
}

function cloned(mo: u64, slot: u64): i64 {
  for (;;) {
    const result = memoryObjectClone(mo, SELF, slot);
    if (!again(result)) return result;
  }
}

function clones(): void {
  const mo = newMemory(17), copied = newSlot(), second = newSlot();
  const a = WINDOW, b = WINDOW + 8 * PAGE_SIZE, c = WINDOW + 16 * PAGE_SIZE;
  vspaceMapMO(VSPACE, a, mo, 0, 4, RW);
  for (let i: u64 = 0; i < 3; i++) words(a + i * PAGE_SIZE)[0] = 100 + i;
  succeeds("clone", cloned(mo, copied));
  equal("it has as many pages", u64(memoryObjectInspect(copied)), 3);
  vspaceMapMO(VSPACE, b, copied, 0, 4, RW);
  equal("with the same content", words(b + 2 * PAGE_SIZE)[0], 102);
  words(b)[0] = 7;
  equal("a store to the clone is the clone's", words(b)[0], 7);
  equal("and not the original's", words(a)[0], 100);
  words(a + PAGE_SIZE)[0] = 8;
  equal("a store to the original is its own", words(a + PAGE_SIZE)[0], 8);
  equal("and not the clone's", words(b + PAGE_SIZE)[0], 101);
  words(a + 3 * PAGE_SIZE)[0] = 9;
  equal("what was not committed is not shared", words(b + 3 * PAGE_SIZE)[0], 0);
  succeeds("clone the clone", cloned(copied, second));
  vspaceMapMO(VSPACE, c, second, 0, 4, RW);
  equal("three share a page", words(c + 2 * PAGE_SIZE)[0], 102);
  words(b + 2 * PAGE_SIZE)[0] = 55;
  equal("one of them leaves it", words(a + 2 * PAGE_SIZE)[0], 102);
  equal("two have it still", words(c + 2 * PAGE_SIZE)[0], 102);
  deleteAll(mo);
  vspaceUnmap(VSPACE, a);
  equal("the original goes", words(c + 2 * PAGE_SIZE)[0], 102);
  words(c + 2 * PAGE_SIZE)[0] = 56;
  equal("the last owner writes in place", words(c + 2 * PAGE_SIZE)[0], 56);
  fails("a clone into a slot that is taken", memoryObjectClone(second, SELF, copied), KernelError.SlotOccupied);
  fails("a clone to nowhere", memoryObjectClone(second, SELF, 0), KernelError.InvalidArgument);
  fails("a clone without Write", memoryObjectClone(copyOf(second, Right.Read), SELF, newSlot()), KernelError.MissingRight);
  fails("a clone without a pool", memoryObjectClone(newObject(ObjectType.MemoryObject, 12), SELF, newSlot()), KernelError.OutOfMemory);
}

// 600 pages: each operation takes several steps.
function large(): void {
  const mo = newObject(ObjectType.MemoryObject, 14), copied = newSlot();
  memoryObjectSetPool(mo, newObject(ObjectType.Untyped, 23));
  vspaceSetPool(VSPACE, newObject(ObjectType.Untyped, 16));
  let maps: u64 = 0;
  while (again(vspaceMapMO(VSPACE, BIG, mo, 0, 600, RW))) maps += 1;
  check("mapping 600 pages takes several steps", maps === 5);
  for (let i: u64 = 0; i < 600; i++) words(BIG + i * PAGE_SIZE)[1] = i;
  equal("all are committed", u64(memoryObjectInspect(mo)), 600);
  let steps: u64 = 0;
  while (again(memoryObjectClone(mo, SELF, copied))) {
    steps += 1;
    if (steps === 2) fails("half a clone cannot be mapped", vspaceMapMO(VSPACE, 2 * BIG, copied, 0, 1, R), KernelError.InvalidOperation);
    if (steps === 3) words(BIG + PAGE_SIZE)[1] = 1;
  }
  check("cloning them as well", steps > 4);
  equal("the clone is whole", u64(memoryObjectInspect(copied)), 600);
  while (again(vspaceMapMO(VSPACE, 2 * BIG, copied, 0, 600, R))) {}
  let good = true;
  for (let i: u64 = 0; i < 600; i++) if (words(2 * BIG + i * PAGE_SIZE)[1] !== i) good = false;
  check("with all its content", good);
  while (again(vspaceProtect(VSPACE, BIG, R))) {}
  equal("a store to the protected whole", faultOf(stores, BIG + 599 * PAGE_SIZE), STORE);
  let unmaps: u64 = 0;
  while (again(vspaceUnmap(VSPACE, BIG))) unmaps += 1;
  check("unmapping takes several steps", unmaps > 4);
  equal("nothing is left of it", faultOf(loads, BIG + 599 * PAGE_SIZE), LOAD);
  equal("nor at its start", faultOf(loads, BIG), LOAD);
  const third = newSlot();
  memoryObjectClone(copied, SELF, third);
  deleteAll(copied);
  vspaceUnmap(VSPACE, 2 * BIG);
  check("an unfinished clone can be deleted, and its original before it", !again(i64(0)));
  deleteAll(third);
}

const TEXT: u64 = 0x5000_0000;

/// In the child: adds one to the word at `address`, and to what it finds there.
function childMain(address: u64): never {
  words(address)[0] += 1;
  shared.value = words(address)[0];
  shared.done = 1;
  for (;;) stop();
}

function forks(): void {
  const mo = newMemory(18), parent = newTwinSpace(), child = newTwinSpace();
  vspaceMapMO(parent, TEXT, mo, 0, 8, RW);
  vspaceMapMO(parent, TEXT + 32 * PAGE_SIZE, mo, 8, 8, RW);
  fails("with itself", vspaceForkRange(parent, parent, 0, END), KernelError.InvalidOperation);
  fails("an empty range", vspaceForkRange(parent, child, END, END), KernelError.InvalidArgument);
  fails("into what is no VSpace", vspaceForkRange(parent, mo, 0, END), KernelError.InvalidCapability);
  fails("into one without Write", vspaceForkRange(parent, copyOf(child, Right.Read), 0, END), KernelError.MissingRight);
  runIn(parent, TEXT);
  runIn(parent, TEXT);
  equal("the parent counted twice", shared.value, 2);
  let steps: u64 = 0, last: i64 = 0;
  for (last = vspaceForkRange(parent, child, 0, END); again(last); last = vspaceForkRange(parent, child, 0, END)) {
    steps += 1;
    if (steps === 1) fails("half a child runs nothing", tcbSetSpace(newObject(ObjectType.Tcb, 0), SELF, child, newObject(ObjectType.Frame, 0), 0), KernelError.InvalidCapability);
  }
  succeeds("fork", last);
  check("in steps", steps > 0);
  runIn(child, TEXT);
  equal("the child goes on from where the parent was", shared.value, 3);
  runIn(parent, TEXT);
  equal("and the parent by itself", shared.value, 3);
  runIn(child, TEXT);
  equal("each has its own", shared.value, 4);
  runIn(child, TEXT + 32 * PAGE_SIZE);
  equal("the second region was forked too", shared.value, 1);
  fails("into one that has regions", vspaceForkRange(parent, child, 0, END), KernelError.InvalidOperation);
  const part = newTwinSpace();
  while (again(vspaceForkRange(parent, part, TEXT + PAGE_SIZE, END))) {}
  succeeds("only what starts in the range is forked", vspaceMapMO(part, TEXT, mo, 0, 1, R));
  fails("that is", vspaceMapMO(part, TEXT + 32 * PAGE_SIZE, mo, 0, 1, R), KernelError.SlotOccupied);
  // A grandchild, after the parent is gone.
  const grandchild = newTwinSpace();
  while (again(vspaceForkRange(child, grandchild, 0, END))) {}
  deleteAll(mo);
  runIn(grandchild, TEXT);
  equal("a fork of a fork", shared.value, 5);
  const poor = newObject(ObjectType.VSpace, 0);
  vspaceSetPool(poor, newObject(ObjectType.Untyped, 13));
  for (last = vspaceForkRange(child, poor, 0, END); again(last); last = vspaceForkRange(child, poor, 0, END)) {}
  fails("a fork without memory for page tables", last, KernelError.OutOfMemory);
  succeeds("leaves nothing behind", vspaceMapMOFails(poor));
}

/// Mapping fails for want of page tables, not because something is there.
function vspaceMapMOFails(space: u64): i64 {
  return vspaceMapMO(space, TEXT, newMemory(14), 0, 1, R) === -KernelError.OutOfMemory ? 0 : -1;
}

function runIn(space: u64, address: u64): void {
  shared.done = 0;
  const t = newThreadIn(SELF, space, 0, childMain, address, HIGH);
  tcbResume(t.tcb);
  if (shared.done === 0) check("a thread in a fork runs to its end", false);
  deleteAll(t.tcb);
}

function storesLong(_argument: u64): never {
  for (let i: u64 = 0; i < 8; i++) words(shared.address + i * PAGE_SIZE)[0] = i;
  shared.done = 1;
  stop();
}

// Of the pool's four pages the first is its own.
function dry(): void {
  const mo = newMemory(14), faults = newEndpoint(), m = zeroed<Message>();
  vspaceMapMO(VSPACE, WINDOW, mo, 0, 8, RW);
  shared.address = WINDOW;
  shared.done = 0;
  tcbResume(newThreadIn(SELF, VSPACE, faults, storesLong, 0, HIGH).tcb);
  recv(faults, ref(m));
  equal("an empty pool is a fault", labelOf(ref(m)), KernelLabel.Fault);
  equal("with a code of its own", m.words[0], FaultCode.PoolEmpty);
  equal("and the address", m.words[2], WINDOW + 3 * PAGE_SIZE);
  memoryObjectDecommit(mo, 0, 1);
  m.tag = 0;
  reply(ref(m));
  recv(faults, ref(m));
  equal("with one page more it comes one page further", m.words[2], WINDOW + 4 * PAGE_SIZE);
  equal("it has not ended", shared.done, 0);
}

function goes(): void {
  const mo = newObject(ObjectType.MemoryObject, 12), pool = newObject(ObjectType.Untyped, 16);
  memoryObjectSetPool(mo, pool);
  const mapped = copyOf(mo, Right.All);
  vspaceMapMO(VSPACE, WINDOW, mapped, 0, 4, RW);
  words(WINDOW)[0] = 1;
  deleteAll(mapped);
  equal("what is mapped by a copy stays when the copy is deleted", words(WINDOW)[0], 1);
  revokeAll(mo);
  equal("and goes when the original is revoked", faultOf(loads, WINDOW), LOAD);
  vspaceMapMO(VSPACE, WINDOW, mo, 0, 4, RW);
  equal("it maps again, as it was", words(WINDOW)[0], 1);
  revokeAll(pool);
  equal("the pool is revoked: the object is empty", u64(memoryObjectInspect(mo)), 0);
  equal("and a touch finds no page", faultOf(loads, WINDOW), FaultCode.PoolEmpty);
  succeeds("its memory is free", untypedRetype(pool, ObjectType.Untyped, 16, SELF, newSlot()));
  const space = newVSpace(), other = newMemory(16);
  vspaceMapMO(space, WINDOW, other, 0, 4, RW);
  deleteAll(space);
  succeeds("a VSpace goes with its regions", memoryObjectCommit(other, 0, 1));
  deleteAll(other);
}

/// A revoke of a pool is done in steps: between them what is left of its MemoryObjects makes nothing new.
function goesWhileUsed(): void {
  const pool = newObject(ObjectType.Untyped, 17), first = newObject(ObjectType.MemoryObject, 12), clone = newSlot();
  memoryObjectSetPool(first, pool);
  for (let i: u64 = 0; i < 30; i++) memoryObjectSetPool(newObject(ObjectType.MemoryObject, 12), pool);
  fails("a pool of many is revoked in steps", cnodeRevoke(SELF, pool), KernelError.Restart);
  fails("no clone is made in it any more", memoryObjectClone(first, SELF, clone), KernelError.OutOfMemory);
  revokeAll(pool);
  fails("and none is left", cnodeCopy(SELF, newSlot(), SELF, clone, Right.All), KernelError.InvalidCapability);
  succeeds("the block is whole again", untypedRetype(pool, ObjectType.Untyped, 17, SELF, newSlot()));
}
