// What test programs make: objects, threads in this address space, other address spaces with the same
// program in them. Everything comes out of one Untyped, the arena, and goes back with `endGroup`.
import { type BootInfo, BootSlot, initLayout } from "../../../../kernel/abi/boot-info.js";
import { KernelError } from "../../../../kernel/abi/errors.js";
import { ObjectType, Right } from "../../../../kernel/abi/objects.js";
import { findFile } from "../../../../kernel/abi/archive.js";
import { PT_LOAD, readHeader, rightsOfSegment, segmentAt } from "../../../../kernel/abi/elf.js";
import {
  cnodeCopy, cnodeDelete, cnodeMint, cnodeRevoke, frameMap, schedContextBind, schedContextConfigure, schedContextUnbind, tcbResume, tcbServe, tcbSetSpace, tcbSuspend,
  tcbWriteRegisters, untypedRetype, vspaceSetPool,
} from "../../../../userland/lib/stubs.js";
import { check, startReport } from "./check.js";

export const PAGE_SIZE: u64 = 4096;
export const SELF = BootSlot.CNode;
/// main's own priority.
export const MAIN_PRIORITY: u64 = 40;
export const HIGH: u64 = 50, LOW: u64 = 30;
const SLICE_NS: u64 = 10_000_000;
const ARENA_BITS: u64 = 25;
const MAX_THREADS: usize = 128;
const UTCBS: u64 = 0x2010_0000;
/// Pages that tests map as they like.
export const WINDOW: u64 = 0x2018_0000;

class Stack {
  words: Arr<u64, 1024>;
}

export class Thread {
  tcb: u64;
  context: u64;
  /// The UTCB's Frame and address.
  frame: u64;
  utcb: u64;
  cnode: u64;
  /// What its entry was given.
  argument: u64;
}

class World {
  info: Ptr<BootInfo>;
  arena: u64;
  firstSlot: u64;
  nextSlot: u64;
  threadCount: usize;
  threads: Arr<Thread, 128>;
  stacks: Arr<Stack, 128>;
}
const world = zeroed<World>();

export function startWorld(info: Ptr<BootInfo>): void {
  startWorldOf(info, ARENA_BITS);
}

/// With an arena of 2^bits bytes.
export function startWorldOf(info: Ptr<BootInfo>, bits: u64): void {
  world.info = info;
  startReport(info, info.firstEmptySlot);
  let best: usize = 1;
  for (let i: usize = 1; i < info.untypedCount; i++) if (info.untypedBits[i] > info.untypedBits[best]) best = i;
  world.arena = info.firstEmptySlot + 2;
  untypedRetype(BootSlot.FirstUntyped + best, ObjectType.Untyped, bits, SELF, world.arena);
  world.firstSlot = world.arena + 1;
  world.nextSlot = world.firstSlot;
}

export function arena(): u64 {
  return world.arena;
}

/// Destroys all that was made since the last one.
export function endGroup(): void {
  revokeAll(world.arena);
  for (let slot = world.firstSlot; slot < world.nextSlot; slot++) while (cnodeDelete(SELF, slot) === -KernelError.Restart) {}
  world.nextSlot = world.firstSlot;
  world.threadCount = 0;
}

export function revokeAll(slot: u64): void {
  while (cnodeRevoke(SELF, slot) === -KernelError.Restart) {}
}

export function deleteAll(slot: u64): void {
  while (cnodeDelete(SELF, slot) === -KernelError.Restart) {}
}

export function newSlot(): u64 {
  world.nextSlot += 1;
  return world.nextSlot - 1;
}

export function newSlots(count: u64): u64 {
  world.nextSlot += count;
  return world.nextSlot - count;
}

/// Gives back the last slots, which are empty again.
export function dropSlots(count: u64): void {
  world.nextSlot -= count;
}

/// Size 0: the type's own.
export function newObject(type: ObjectType, sizeBits: u64): u64 {
  return newObjectFrom(world.arena, type, sizeBits);
}

export function newObjectFrom(untyped: u64, type: ObjectType, sizeBits: u64): u64 {
  const slot = newSlot();
  if (untypedRetype(untyped, type, sizeBits, SELF, slot) < 0) check("the arena has room", false);
  return slot;
}

export function newEndpoint(): u64 {
  return newObject(ObjectType.Endpoint, 0);
}

export function newNotification(): u64 {
  return newObject(ObjectType.Notification, 0);
}

export function copyOf(slot: u64, rights: u64): u64 {
  const to = newSlot();
  if (cnodeCopy(SELF, to, SELF, slot, rights) < 0) check("a capability can be copied", false);
  return to;
}

export function mintOf(slot: u64, rights: u64, badge: u64): u64 {
  const to = newSlot();
  if (cnodeMint(SELF, to, SELF, slot, rights, badge) < 0) check("a capability can be minted", false);
  return to;
}

/// A thread with a UTCB, stack and time, stopped. `faults`: 0, or an endpoint.
export function newThreadIn(cnode: u64, vspace: u64, faults: u64, entry: (argument: u64) => never, argument: u64, priority: u64): Ptr<Thread> {
  const index = world.threadCount;
  if (index >= MAX_THREADS) check("there are enough threads", false);
  world.threadCount += 1;
  const t = ref(world.threads[index]);
  t.tcb = newObject(ObjectType.Tcb, 0);
  t.context = newObject(ObjectType.SchedContext, 0);
  t.frame = newObject(ObjectType.Frame, 0);
  t.utcb = UTCBS + index * PAGE_SIZE;
  t.cnode = cnode;
  t.argument = argument;
  if (frameMap(t.frame, vspace, t.utcb, Right.Read | Right.Write) < 0) check("a UTCB can be mapped", false);
  // This program looks into every UTCB.
  if (vspace !== BootSlot.VSpace) frameMap(copyOf(t.frame, Right.All), BootSlot.VSpace, t.utcb, Right.Read | Right.Write);
  if (tcbSetSpace(t.tcb, cnode, vspace, t.frame, faults) < 0) check("a thread gets its space", false);
  tcbWriteRegisters(t.tcb, u64.of(entry), u64.of(ref(world.stacks[index])) + sizeof<Stack>(), argument, t.utcb);
  schedContextConfigure(t.context, priority, SLICE_NS, SLICE_NS);
  schedContextBind(t.context, t.tcb);
  return t;
}

export function newThread(entry: (argument: u64) => never, argument: u64, priority: u64): Ptr<Thread> {
  return newThreadIn(SELF, BootSlot.VSpace, 0, entry, argument, priority);
}

/// Runs at once when its priority is above main's.
export function startThread(entry: (argument: u64) => never, argument: u64, priority: u64): Ptr<Thread> {
  const t = newThread(entry, argument, priority);
  tcbResume(t.tcb);
  return t;
}

/// The handler of portals, idle, on its callers' time alone.
export function newHandler(): Ptr<Thread> {
  const t = newThread(noEntry, 0, 0);
  schedContextUnbind(t.context);
  const index = (t.utcb - UTCBS) / PAGE_SIZE;
  if (tcbServe(t.tcb, u64.of(ref(world.stacks[index])) + sizeof<Stack>(), t.utcb) < 0) check("a thread turns handler", false);
  return t;
}

function noEntry(_argument: u64): never {
  panic("a handler has no entry of its own");
}

/// The end of a thread that shares main's CSpace.
export function stop(): never {
  for (let i: usize = 0; i < world.threadCount; i++) if (world.threads[i].utcb === register.tp) tcbSuspend(world.threads[i].tcb);
  for (;;) {}
}

const POOL_BITS: u64 = 16;

export function newVSpace(): u64 {
  return newVSpaceWith(newObject(ObjectType.Untyped, POOL_BITS));
}

function newVSpaceWith(pool: u64): u64 {
  const vspace = newObject(ObjectType.VSpace, 0);
  vspaceSetPool(vspace, pool);
  return vspace;
}

export function newTwinSpace(): u64 {
  return newTwinSpaceWith(newObject(ObjectType.Untyped, POOL_BITS));
}

/// Another address space with this very program in it, its data shared; `pool` for its page tables.
export function newTwinSpaceWith(pool: u64): u64 {
  const vspace = newVSpaceWith(pool);
  const info = world.info;
  const archive = unsafe.many<u8>(info.archiveVaddr).slice(info.archiveBytes);
  const file = findFile(archive, "init".bytes());
  const header = readHeader(file);
  if (header === null) panic("init is not in the archive");
  // The kernel takes init's pages one after the other: stack, information, archive, program.
  let frame = BootSlot.FirstUntyped + info.untypedCount + initLayout.stackPages + 1 + (info.archiveBytes + PAGE_SIZE - 1) / PAGE_SIZE;
  for (let i: usize = 0; i < header.programHeaderCount; i++) {
    const segment = segmentAt(file, header, i);
    if (segment === null || segment.type !== PT_LOAD) continue;
    const rights = rightsOfSegment(segment);
    for (let page = segment.vaddr & ~(PAGE_SIZE - 1); page < segment.vaddr + segment.memoryBytes; page += PAGE_SIZE) {
      if (frameMap(copyOf(frame, Right.All), vspace, page, rights) < 0) check("the program's pages can be shared", false);
      frame += 1;
    }
  }
  return vspace;
}
