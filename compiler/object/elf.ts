// ELF64: the image as segments (one for each kind of access, none of them over
// the headers), sections for tools, and symbols. System V gABI, chapters 4 and
// 5; RISC-V ELF psABI.
//
// The file is the image from FIRST_PAGE on, so an offset in the image is one in
// the file, and what is not loaded follows.

import { ByteWriter, type Reference } from "./bytes.js";
import { fileTypes, RVC, sectionFlags, type SectionHeader, sectionTypes, SYMBOL, writeFileHeader, writeSectionHeader, writeSymbol } from "./elf-records.js";
import { alignUp, PAGE, type Image, type Section } from "./image.js";

const FIRST_PAGE = PAGE,
  LOAD = 1;
const segmentFlags = { rx: 5, r: 4, rw: 6 } as const;
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
  const headers: SectionHeader[] = [];
  const header = (name: string, type: keyof typeof sectionTypes, more: Partial<SectionHeader>) =>
    void headers.push({ flags: 0, address: 0n, offset: 0, size: 0, link: 0, info: 0, align: 1, entry: 0, ...more, name: names.add(name), type: sectionTypes[type] });
  header("", "none", { align: 0 });
  for (const { name, offset, size, bytes, access } of sections)
    header(name, bytes ? "progbits" : "nobits", { flags: sectionFlags[access], address: virtualBase + BigInt(offset), offset: FIRST_PAGE + offset, size, align: 16 });
  const append = (bytes: Uint8Array) => {
    out.align(8);
    const offset = out.length;
    out.bytes(bytes);
    return { offset, size: bytes.length };
  };
  const { table, strings } = symbolTable(image);
  header(".symtab", "symtab", { ...append(table), link: sections.length + 2, info: 1, align: 8, entry: SYMBOL });
  header(".strtab", "strtab", append(strings));
  for (const { name, bytes } of extra) header(name, "progbits", append(bytes));
  const nameIndex = headers.length;
  names.add(".shstrtab");
  header(".shstrtab", "strtab", append(names.bytes()));
  out.align(8);
  const sectionsAt = out.length;
  for (const each of headers) writeSectionHeader(out, each);

  const head = new ByteWriter();
  // The soft-float ABI, for nothing is passed in FP registers.
  writeFileHeader(head, { type: fileTypes.executable, entry: virtualBase + BigInt(image.entry), flags: RVC, segments: segments.length, sectionsAt, sections: headers.length, nameIndex });
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
    writeSymbol(table, { name: strings.add(name), info: (GLOBAL << 4) | symbolTypes[kind], section: section < 0 ? ABSOLUTE : section + 1, value: virtualBase + BigInt(offset), size });
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
