// The records that an ELF64 file of RISC-V is made of, for those that write one.
// System V gABI, chapter 4; RISC-V ELF psABI.

import type { ByteWriter } from "./bytes.js";

/// Bytes of each.
export const HEADER = 64,
  PROGRAM_HEADER = 56,
  SECTION_HEADER = 64,
  SYMBOL = 24;
export const fileTypes = { relocatable: 1, executable: 2 } as const;
export const sectionTypes = { none: 0, progbits: 1, symtab: 2, strtab: 3, rela: 4, nobits: 8 } as const;
/// SHF_ALLOC, with SHF_EXECINSTR or SHF_WRITE.
export const sectionFlags = { rx: 6, r: 2, rw: 3 } as const;
/// e_flags: compressed instructions.
export const RVC = 1;
const RISCV = 243;

export interface FileHeader {
  readonly type: number;
  readonly entry: bigint;
  readonly flags: number;
  /// None where there are no segments; they follow the header.
  readonly segments: number;
  readonly sectionsAt: number;
  readonly sections: number;
  /// The section of the sections' names.
  readonly nameIndex: number;
}

export function writeFileHeader(out: ByteWriter, { type, entry, flags, segments, sectionsAt, sections, nameIndex }: FileHeader): void {
  const programHeader = segments > 0 ? PROGRAM_HEADER : 0;
  out.bytes([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  out.fill(0, 16);
  out.u16(type);
  out.u16(RISCV);
  out.u32(1);
  for (const field of [entry, BigInt(segments > 0 ? HEADER : 0), BigInt(sectionsAt)]) out.u64(field);
  out.u32(flags);
  for (const half of [HEADER, programHeader, segments, SECTION_HEADER, sections, nameIndex]) out.u16(half);
}

export interface SectionHeader {
  /// Where its name lies.
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  /// Bytes of each of its records.
  readonly entry: number;
}

export function writeSectionHeader(out: ByteWriter, { name, type, flags, address, offset, size, link, info, align, entry }: SectionHeader): void {
  out.u32(name);
  out.u32(type);
  for (const field of [BigInt(flags), address, BigInt(offset), BigInt(size)]) out.u64(field);
  out.u32(link);
  out.u32(info);
  out.u64(BigInt(align));
  out.u64(BigInt(entry));
}

export interface SymbolRecord {
  /// Where its name lies.
  readonly name: number;
  /// Binding and type.
  readonly info: number;
  readonly section: number;
  readonly value: bigint;
  readonly size: number;
}

export function writeSymbol(out: ByteWriter, { name, info, section, value, size }: SymbolRecord): void {
  out.u32(name);
  out.u8(info);
  out.u8(0);
  out.u16(section);
  out.u64(value);
  out.u64(BigInt(size));
}
