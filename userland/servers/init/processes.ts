// Processes: an address space from an ELF file, a CSpace, a thread with a UTCB, a stack and time.
import { BootSlot } from "../../../kernel/abi/boot-info.js";
import { ObjectType, Right } from "../../../kernel/abi/objects.js";
import { KernelError } from "../../../kernel/abi/errors.js";
import { type ElfHeader, type ProgramHeader, PT_LOAD, readHeader, rightsOfSegment, segmentAt } from "../../../kernel/abi/elf.js";
import { ProcessSlot, ProcessState } from "../../lib/process.js";
import {
  cnodeDelete, cnodeMove, cnodeRevoke, frameMap, frameUnmap, schedContextBind, schedContextConfigure, tcbResume, tcbSetSpace,
  tcbWriteRegisters, untypedRetype, vspaceSetPool,
} from "../../lib/stubs.js";
import { giveBadged, makeObject, newObject, newSlot } from "./capabilities.js";

/// Memory of a process, all that it and the kernel need for it: 1 MiB.
export const PROCESS_BITS: u64 = 20;
export const MAX_PROCESSES: usize = 16;
const CNODE_BITS: u64 = 11;
const PAGES_BITS: u64 = 14;
const POOL_BITS: u64 = 16;
const PAGE_SIZE: u64 = 4096;
const STACK_TOP: u64 = 0x3fff_0000;
const STACK_PAGES: u64 = 4;
const UTCB_VADDR: u64 = 0x3fff_f000;
/// Where init sees a page that it fills.
const WINDOW: u64 = 0x3100_0000;
const BUDGET_NS: u64 = 10_000_000;

/// One of init's slots for each of these; 0: not made yet. They are used again by the next process here.
export class Process {
  state: ProcessState;
  untyped: u64;
  cnode: u64;
  vspace: u64;
  tcb: u64;
  schedContext: u64;
  /// A CNode for the frames.
  pages: u64;
  pool: u64;
  /// A badged capability for its faults.
  faults: u64;
  pageCount: u64;
  name: Arr<u64, 4>;
}

/// Makes a process from an ELF file, stopped. `number` is the badge of its capability to `service`, which
/// hears of its faults too. False where the file is no program.
export function createProcess(p: Ptr<Process>, file: readonly u8[], service: u64, number: u64, priority: u64): boolean {
  const header = readHeader(file);
  if (header === null) return false;
  if (p.untyped === 0) reserve(p);
  makeObject(p.untyped, ObjectType.CNode, CNODE_BITS, p.cnode);
  makeObject(p.untyped, ObjectType.CNode, PAGES_BITS, p.pages);
  makeObject(p.untyped, ObjectType.VSpace, 0, p.vspace);
  makeObject(p.untyped, ObjectType.Untyped, POOL_BITS, p.pool);
  vspaceSetPool(p.vspace, p.pool);
  makeObject(p.untyped, ObjectType.Tcb, 0, p.tcb);
  makeObject(p.untyped, ObjectType.SchedContext, 0, p.schedContext);
  p.pageCount = 0;
  giveBadged(BootSlot.CNode, p.faults, service, Right.Send | Right.Grant, number);
  giveBadged(p.cnode, ProcessSlot.Init, service, Right.Send, number);

  if (!loadSegments(p, file, header)) return false;
  for (let page: u64 = 1; page <= STACK_PAGES; page++) {
    if (!addPage(p, STACK_TOP - page * PAGE_SIZE, Right.Read | Right.Write, file.slice(0, 0), 0)) return false;
  }
  const utcb = newFrame(p);
  if (utcb === 0 || frameMap(utcb, p.vspace, UTCB_VADDR, Right.Read | Right.Write) < 0) return false;
  if (tcbSetSpace(p.tcb, p.cnode, p.vspace, utcb, p.faults) < 0) return false;
  keepFrame(p, utcb);
  tcbWriteRegisters(p.tcb, header.entry, STACK_TOP, 0, UTCB_VADDR);
  schedContextConfigure(p.schedContext, priority, BUDGET_NS, BUDGET_NS);
  schedContextBind(p.schedContext, p.tcb);
  p.state = ProcessState.Running;
  return true;
}

export function resumeProcess(p: Ptr<Process>): void {
  tcbResume(p.tcb);
}

/// Everything that the process was made of goes back to its Untyped.
export function destroyProcess(p: Ptr<Process>): void {
  while (cnodeRevoke(BootSlot.CNode, p.untyped) === -KernelError.Restart) {}
  cnodeDelete(BootSlot.CNode, p.faults);
}

function reserve(p: Ptr<Process>): void {
  p.untyped = newObject(ObjectType.Untyped, PROCESS_BITS);
  p.cnode = newSlot();
  p.vspace = newSlot();
  p.tcb = newSlot();
  p.schedContext = newSlot();
  p.pages = newSlot();
  p.pool = newSlot();
  p.faults = newSlot();
}

function loadSegments(p: Ptr<Process>, file: readonly u8[], header: Ptr<ElfHeader>): boolean {
  for (let i: usize = 0; i < header.programHeaderCount; i++) {
    const segment = segmentAt(file, header, i);
    if (segment === null) return false;
    if (segment.type === PT_LOAD && !loadSegment(p, file, segment)) return false;
  }
  return true;
}

function loadSegment(p: Ptr<Process>, file: readonly u8[], segment: Ptr<ProgramHeader>): boolean {
  const rights = rightsOfSegment(segment);
  const dataEnd = segment.vaddr + segment.fileBytes;
  for (let page = segment.vaddr & ~(PAGE_SIZE - 1); page < segment.vaddr + segment.memoryBytes; page += PAGE_SIZE) {
    const from = page < segment.vaddr ? segment.vaddr : page;
    const to = page + PAGE_SIZE < dataEnd ? page + PAGE_SIZE : dataEnd;
    const offset = segment.offset + (from - segment.vaddr);
    const content = from < to ? file.slice(offset, offset + (to - from)) : file.slice(0, 0);
    if (!addPage(p, page, rights, content, from - page)) return false;
  }
  return true;
}

/// A page with `content` from byte `at` on, the rest zero.
function addPage(p: Ptr<Process>, vaddr: u64, rights: u64, content: readonly u8[], at: usize): boolean {
  const frame = newFrame(p);
  if (frame === 0) return false;
  if (content.length !== 0) {
    if (frameMap(frame, BootSlot.VSpace, WINDOW, Right.Read | Right.Write) < 0) return false;
    const window = unsafe.many<u8>(WINDOW);
    for (let i: usize = 0; i < content.length; i++) window[at + i] = content[i];
    frameUnmap(frame);
  }
  if (frameMap(frame, p.vspace, vaddr, rights) < 0) return false;
  keepFrame(p, frame);
  return true;
}

/// In a slot of init's that is free again after `keepFrame`; 0: the process's memory is full.
function newFrame(p: Ptr<Process>): u64 {
  const slot = scratchSlot();
  return untypedRetype(p.untyped, ObjectType.Frame, 0, BootSlot.CNode, slot) < 0 ? 0 : slot;
}

function keepFrame(p: Ptr<Process>, frame: u64): void {
  p.pageCount += 1;
  assert(cnodeMove(p.pages, p.pageCount, BootSlot.CNode, frame) >= 0, "too many pages");
}

class Scratch {
  slot: u64;
}
const scratch = zeroed<Scratch>();

function scratchSlot(): u64 {
  if (scratch.slot === 0) scratch.slot = newSlot();
  return scratch.slot;
}
