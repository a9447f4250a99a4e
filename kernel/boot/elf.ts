// ELF64 headers (System V ABI, chapters 4 and 5), as much as starting init needs.
export class ElfHeader {
  magic: u32;
  elfClass: u8;
  encoding: u8;
  identVersion: u8;
  abi: u8;
  padding: u64;
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

export const ELF_MAGIC: u32 = 0x464c457f;
export const EM_RISCV: u16 = 243;
export const PT_LOAD: u32 = 1;
export enum SegmentFlag { Execute = 1, Write = 2, Read = 4 }
