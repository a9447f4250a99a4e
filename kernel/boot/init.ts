// Starts the first user thread, init: its address space from its ELF file, its CSpace with every
// capability of the machine (5.09), and the boot information page. Even this memory comes out of an
// Untyped that init then holds; after it the kernel allocates nothing.
import { findFile } from "../abi/archive.js";
import { type ProgramHeader, PT_LOAD, readHeader, rightsOfSegment, segmentAt } from "../abi/elf.js";
import { BootInfo, BootSlot, initLayout } from "../abi/boot-info.js";
import { ObjectType, Right } from "../abi/objects.js";
import { KernelError } from "../abi/errors.js";
import { type Header, Slot, capabilityWordOf } from "../object/capability.js";
import { CNode, lookup } from "../object/cnode.js";
import { insertChild } from "../object/derivation.js";
import { mapFrame } from "../object/frame.js";
import { objects } from "../object/objects.js";
import { bitsOf, makeObject, setUntyped, take } from "../object/untyped.js";
import { Tcb, resumeThread, setSpace } from "../object/tcb.js";
import { SchedContext, bindSchedContext, configure } from "../object/sched-context.js";
import { holdPool, poolOf } from "../object/pool.js";
import { VSpace } from "../object/vspace.js";
import { type Paddr, PAGE_BITS, PAGE_SIZE, alignUp, copyMemory, toVaddr } from "../memory/layout.js";
import { harts } from "../hart.js";
import { PRIORITIES } from "../schedule/queue.js";
import { ticksOf } from "../schedule/timer.js";

const CNODE_BITS: u64 = 16;
const PRIORITY: u8 = 40;
const BUDGET_NS: u64 = 10_000_000;
/// The block that init's first objects and pages come from.
const BLOCK_BITS: u64 = 22;
const POOL_BITS: u64 = 16;
const MAX_UNTYPEDS: u64 = 64;

class Boot {
  /// Above everything in the derivation tree.
  root: Slot;
  cnode: Ptr<CNode>;
  vspace: Ptr<VSpace>;
  /// The block's Untyped.
  block: Ptr<Slot>;
  nextSlot: u64;
}
const boot = zeroed<Boot>();

/// Memory from `free` to `end` is init's; `archive` may lie anywhere else.
export function startInit(archive: readonly u8[], free: Paddr, end: Paddr): void {
  const file = findFile(archive, "init".bytes());
  if (file.length === 0) panic("the archive has no init");
  const blockStart = alignUp(free, u64(1) << BLOCK_BITS);
  const blockEnd = blockStart + (u64(1) << BLOCK_BITS);
  if (blockEnd > end) panic("not enough memory");

  // The CNode comes first, for there is no slot before it; so its own Untyped is made on the side.
  const first = zeroed<Slot>();
  setUntyped(ref(first), blockStart, BLOCK_BITS, 0);
  const cnodePaddr = take(ref(first), CNODE_BITS);
  const cnodeHeader = makeObject(ref(first), ObjectType.CNode, cnodePaddr, CNODE_BITS);
  boot.cnode = unsafe.container<CNode>(cnodeHeader, "header");
  boot.block = slotAt(BootSlot.FirstUntyped);
  setUntyped(boot.block, blockStart, BLOCK_BITS, u64(1) << CNODE_BITS);
  insertChild(ref(boot.root), boot.block);
  put(BootSlot.CNode, cnodeHeader, first.word);

  const tcb = unsafe.container<Tcb>(create(BootSlot.Tcb, ObjectType.Tcb), "header");
  boot.vspace = unsafe.container<VSpace>(create(BootSlot.VSpace, ObjectType.VSpace), "header");
  const context = unsafe.container<SchedContext>(create(BootSlot.SchedContext, ObjectType.SchedContext), "header");
  create(BootSlot.Utcb, ObjectType.Frame);
  putAuthority(BootSlot.IrqControl, ObjectType.IrqControl);
  putAuthority(BootSlot.DeviceMemory, ObjectType.DeviceMemory);
  putAuthority(BootSlot.Debug, ObjectType.Debug);

  boot.nextSlot = BootSlot.FirstUntyped + 1;
  giveMemory(free, blockStart);
  giveMemory(blockEnd, end);
  const untypedCount = boot.nextSlot - BootSlot.FirstUntyped;

  const pool = slotAt(BootSlot.Pool);
  setUntyped(pool, takeBlock(POOL_BITS), POOL_BITS, 0);
  insertChild(boot.block, pool);
  const pages = poolOf(pool);
  if (pages === null) panic("init's pool is too small");
  holdPool(pages, ref(boot.vspace.pool));

  map(slotAt(BootSlot.Utcb), initLayout.utcb, Right.Read | Right.Write);
  for (let page: u64 = 1; page <= initLayout.stackPages; page++) newPage(initLayout.stackTop - page * PAGE_SIZE, Right.Read | Right.Write);
  const info = unsafe.ptr<BootInfo>(newPage(initLayout.bootInfo, Right.Read));
  for (let at: usize = 0; at < archive.length; at += PAGE_SIZE) {
    const rest = archive.length - at;
    copyMemory(newPage(initLayout.archive + at, Right.Read), u64.of(archive.ptr) + at, rest < PAGE_SIZE ? rest : PAGE_SIZE);
  }
  const entry = loadProgram(file);

  info.archiveVaddr = initLayout.archive;
  info.archiveBytes = archive.length;
  info.untypedCount = untypedCount;
  info.firstEmptySlot = boot.nextSlot;
  info.slotCount = boot.cnode.slotCount;
  info.hartCount = harts.count;
  for (let i: usize = 0; i < untypedCount; i++) info.untypedBits[i] = u8(bitsOf(slotAt(BootSlot.FirstUntyped + i)));

  setSpace(tcb, slotAt(BootSlot.CNode), slotAt(BootSlot.VSpace), slotAt(BootSlot.Utcb));
  const x = ref(tcb.registers.x);
  x[0] = entry;
  x[2] = initLayout.stackTop;
  x[4] = initLayout.utcb;
  x[10] = initLayout.bootInfo;
  tcb.maxPriority = u8(PRIORITIES - 1);
  configure(context, PRIORITY, ticksOf(BUDGET_NS), ticksOf(BUDGET_NS));
  bindSchedContext(context, tcb);
  resumeThread(tcb);
}

function slotAt(index: u64): Ptr<Slot> {
  const slot = lookup(boot.cnode, index);
  if (slot === null) panic("init's CNode is full");
  return slot;
}

function nextSlot(): Ptr<Slot> {
  const slot = slotAt(boot.nextSlot);
  boot.nextSlot += 1;
  return slot;
}

function takeBlock(sizeBits: u64): Paddr {
  const paddr = take(boot.block, sizeBits);
  if (paddr === 0) panic("the boot block is full");
  return paddr;
}

function put(index: u64, object: Ptr<Header> | null, word: u64): void {
  const slot = slotAt(index);
  slot.object = object;
  slot.word = word;
  insertChild(boot.block, slot);
}

function putAuthority(index: u64, type: ObjectType): void {
  const slot = slotAt(index);
  slot.word = capabilityWordOf(type, Right.All, 0);
  insertChild(ref(boot.root), slot);
}

/// An object of a type that has a size of its own.
function create(index: u64, type: ObjectType): Ptr<Header> {
  const bits: u64 = objects[type].sizeBits;
  const slot = slotAt(index);
  const header = makeObject(slot, type, takeBlock(bits), bits);
  insertChild(boot.block, slot);
  return header;
}

/// Untyped capabilities for a piece of memory: the largest aligned blocks, from the bottom up.
function giveMemory(start: Paddr, end: Paddr): void {
  let at = alignUp(start, u64(1) << PAGE_BITS);
  while (at + PAGE_SIZE <= end && boot.nextSlot < BootSlot.FirstUntyped + MAX_UNTYPEDS) {
    let bits = PAGE_BITS;
    while ((at & ((u64(2) << bits) - 1)) === 0 && at + (u64(2) << bits) <= end) bits += 1;
    const slot = nextSlot();
    setUntyped(slot, at, bits, 0);
    insertChild(ref(boot.root), slot);
    at += u64(1) << bits;
  }
}

/// A cleared page of init's; the result is where the kernel sees it.
function newPage(vaddr: u64, rights: u64): u64 {
  const slot = nextSlot();
  const paddr = takeBlock(PAGE_BITS);
  makeObject(slot, ObjectType.Frame, paddr, PAGE_BITS);
  insertChild(boot.block, slot);
  map(slot, vaddr, rights);
  return toVaddr(paddr);
}

function map(slot: Ptr<Slot>, vaddr: u64, rights: u64): void {
  if (mapFrame(slot, boot.vspace, vaddr, rights) !== KernelError.None) panic("init's pages overlap");
}

/// Loads an ELF file into init's address space; the result is its entry.
function loadProgram(file: readonly u8[]): u64 {
  const header = readHeader(file);
  if (header === null) panic("init is no RISC-V ELF file");
  for (let i: u64 = 0; i < header.programHeaderCount; i++) {
    const segment = segmentAt(file, header, i);
    if (segment === null) panic("init is cut off");
    if (segment.type === PT_LOAD) loadSegment(u64.of(file.ptr), segment);
  }
  return header.entry;
}

function loadSegment(file: u64, segment: Ptr<ProgramHeader>): void {
  const rights = rightsOfSegment(segment);
  const dataEnd = segment.vaddr + segment.fileBytes;
  for (let page = segment.vaddr & ~(PAGE_SIZE - 1); page < segment.vaddr + segment.memoryBytes; page += PAGE_SIZE) {
    const target = newPage(page, rights);
    const from = page < segment.vaddr ? segment.vaddr : page;
    const to = page + PAGE_SIZE < dataEnd ? page + PAGE_SIZE : dataEnd;
    if (from < to) copyMemory(target + (from - page), file + segment.offset + (from - segment.vaddr), to - from);
  }
}
