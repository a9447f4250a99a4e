// ELF64 files (System V ABI, chapters 4 and 5), as the archive has them: the kernel starts init from one, init
// the others.
import { Right } from "./objects.js";

export class ElfHeader {
  magic: u32;
  identification: Arr<u8, 12>;
  type: u16;
  machine: u16;
  version: u32;
  entry: u64;
  programHeaders: u64;
  sectionHeaders: u64;
  flags: u32;
  headerBytes: u16;
  programHeaderBytes: u16;
  programHeaderCount: u16;
  sectionHeaderBytes: u16;
  sectionHeaderCount: u16;
  sectionNames: u16;
}

export class ProgramHeader {
  type: u32;
  flags: u32;
  offset: u64;
  vaddr: u64;
  paddr: u64;
  fileBytes: u64;
  memoryBytes: u64;
  align: u64;
}

const ELF_MAGIC: u32 = 0x464c457f;
const EM_RISCV: u16 = 243;
export const PT_LOAD: u32 = 1;
export enum SegmentFlag { Execute = 1, Write = 2, Read = 4 }

/// The header, or null where the file is no RISC-V ELF file, or cut off in its headers.
export function readHeader(file: readonly u8[]): Ptr<ElfHeader> | null {
  if (file.length < sizeof<ElfHeader>()) return null;
  const header = unsafe.ptr<ElfHeader>(u64.of(file.ptr));
  if (header.magic !== ELF_MAGIC || header.machine !== EM_RISCV) return null;
  return header.programHeaders + header.programHeaderCount * sizeof<ProgramHeader>() <= file.length ? header : null;
}

/// The header must be there; null where the segment is cut off.
export function segmentAt(file: readonly u8[], header: Ptr<ElfHeader>, index: usize): Ptr<ProgramHeader> | null {
  const segment = unsafe.many<ProgramHeader>(u64.of(file.ptr) + header.programHeaders).at(index);
  return segment.offset + segment.fileBytes <= file.length ? segment : null;
}

/// What a mapping of the segment's pages may do.
export function rightsOfSegment(segment: Ptr<ProgramHeader>): u64 {
  let rights: u64 = 0;
  if ((segment.flags & SegmentFlag.Read) !== 0) rights |= Right.Read;
  if ((segment.flags & SegmentFlag.Write) !== 0) rights |= Right.Write;
  if ((segment.flags & SegmentFlag.Execute) !== 0) rights |= Right.Execute;
  return rights;
}
