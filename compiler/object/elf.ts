// ELF64: the image as segments (one for each kind of access, none of them over
// the headers), sections for tools, and symbols. System V gABI, chapters 4 and
// 5; RISC-V ELF psABI.
//
// The file is the image from FIRST_PAGE on, so an offset in the image is one in
// the file, and what is not loaded follows.

import { ByteWriter, type Reference } from "./bytes.js";
import { alignUp, PAGE, type Image, type Section } from "./image.js";

const HEADER = 64,
  PROGRAM_HEADER = 56,
  SECTION_HEADER = 64,
  SYMBOL = 24,
  FIRST_PAGE = PAGE;
const EXEC = 2,
  RISCV = 243,
  LOAD = 1;
/// e_flags: compressed instructions; the soft-float ABI, for nothing is passed in FP registers.
const RVC = 1;
const segmentFlags = { rx: 5, r: 4, rw: 6 } as const;
/// SHF_ALLOC, with SHF_EXECINSTR or SHF_WRITE.
const sectionFlags = { rx: 6, r: 2, rw: 3 } as const;
const PROGBITS = 1,
  SYMTAB = 2,
  STRTAB = 3,
  NOBITS = 8;
export const symbolTypes = { function: 2, object: 1, linker: 0 } as const;
const GLOBAL = 1,
  ABSOLUTE = 0xfff1;

/// What is in the file and not in memory: debug information.
export interface ExtraSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly references?: readonly Reference[];
}

interface Segment {
  readonly access: Section["access"];
  readonly offset: number;
  fileSize: number;
  memorySize: number;
}

export function writeElf(image: Image, extra: readonly ExtraSection[] = []): Uint8Array {
  const { sections, virtualBase, physicalBase } = image;
  const segments = segmentsOf(sections);
  const loadedEnd = Math.max(0, ...sections.map(({ offset, bytes }) => offset + (bytes?.length ?? 0)));
  const out = new ByteWriter();
  out.fill(0, FIRST_PAGE + loadedEnd);
  for (const { offset, bytes } of sections) if (bytes) out.bytesAt(FIRST_PAGE + offset, bytes);

  const names = new StringTable();
  const headers: bigint[][] = [Array<bigint>(10).fill(0n)];
  const header = (name: string, ...fields: (number | bigint)[]) => void headers.push([names.add(name), ...fields].map(BigInt));
  for (const { name, offset, size, bytes, access } of sections)
    header(name, bytes ? PROGBITS : NOBITS, sectionFlags[access], virtualBase + BigInt(offset), FIRST_PAGE + offset, size, 0, 0, 16, 0);
  const append = (bytes: Uint8Array) => {
    out.align(8);
    const at = out.length;
    out.bytes(bytes);
    return at;
  };
  const { table, strings } = symbolTable(image);
  header(".symtab", SYMTAB, 0, 0, append(table), table.length, sections.length + 2, 1, 8, SYMBOL);
  header(".strtab", STRTAB, 0, 0, append(strings), strings.length, 0, 0, 1, 0);
  for (const { name, bytes } of extra) header(name, PROGBITS, 0, 0, append(bytes), bytes.length, 0, 0, 1, 0);
  const nameIndex = headers.length;
  const nameField = names.add(".shstrtab");
  headers.push([nameField, STRTAB, 0, 0, append(names.bytes()), names.bytes().length, 0, 0, 1, 0].map(BigInt));
  out.align(8);
  const headersAt = out.length;
  for (const [name, type, flags, address, offset, size, link, info, align, entry] of headers as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint][]) {
    out.u32(Number(name));
    out.u32(Number(type));
    for (const field of [flags, address, offset, size]) out.u64(field);
    out.u32(Number(link));
    out.u32(Number(info));
    out.u64(align);
    out.u64(entry);
  }

  const head = new ByteWriter();
  head.bytes([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.fill(0, 16);
  head.u16(EXEC);
  head.u16(RISCV);
  head.u32(1);
  head.u64(virtualBase + BigInt(image.entry));
  head.u64(BigInt(HEADER));
  head.u64(BigInt(headersAt));
  head.u32(RVC);
  for (const half of [HEADER, PROGRAM_HEADER, segments.length, SECTION_HEADER, headers.length, nameIndex]) head.u16(half);
  for (const { access, offset, fileSize, memorySize } of segments) {
    head.u32(LOAD);
    head.u32(segmentFlags[access]);
    head.u64(BigInt(FIRST_PAGE + offset));
    head.u64(virtualBase + BigInt(offset));
    head.u64(physicalBase + BigInt(offset));
    head.u64(BigInt(fileSize));
    head.u64(BigInt(memorySize));
    head.u64(BigInt(PAGE));
  }
  out.bytesAt(0, head.finish());
  return out.finish();
}

/// Sections of one access, together; zeros at the end are in memory only.
function segmentsOf(sections: readonly Section[]): Segment[] {
  const segments: Segment[] = [];
  for (const { access, offset, size, bytes } of sections) {
    let segment = segments.at(-1);
    if (segment?.access !== access) {
      segment = { access, offset: alignUp(offset - PAGE + 1, PAGE), fileSize: 0, memorySize: 0 };
      segments.push(segment);
    }
    if (bytes) segment.fileSize = offset + size - segment.offset;
    segment.memorySize = offset + size - segment.offset;
  }
  return segments;
}

function symbolTable({ sections, symbols, virtualBase }: Image): { table: Uint8Array; strings: Uint8Array } {
  const strings = new StringTable();
  const table = new ByteWriter();
  table.fill(0, SYMBOL);
  for (const { name, offset, size, kind } of symbols) {
    const section = sections.findIndex((candidate) => offset >= candidate.offset && offset < candidate.offset + candidate.size);
    table.u32(strings.add(name));
    table.u8((GLOBAL << 4) | symbolTypes[kind]);
    table.u8(0);
    table.u16(section < 0 ? ABSOLUTE : section + 1);
    table.u64(virtualBase + BigInt(offset));
    table.u64(BigInt(size));
  }
  return { table: table.finish(), strings: strings.bytes() };
}

/// Strings that end in a zero, each named by its offset.
export class StringTable {
  private readonly writer = new ByteWriter();
  private readonly offsets = new Map<string, number>([["", 0]]);

  constructor() {
    this.writer.u8(0);
  }

  add(text: string): number {
    const known = this.offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.writer.length;
    this.offsets.set(text, offset);
    this.writer.string(text);
    return offset;
  }

  bytes(): Uint8Array {
    return this.writer.finish();
  }
}
