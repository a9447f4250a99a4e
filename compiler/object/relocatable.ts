// A relocatable ELF64 object, for a linker: each section from address 0, and what
// depends on where it will lie as relocations. System V gABI, chapter 4; RISC-V
// ELF psABI, "Relocations". No instruction may be relaxed away: the code counts
// on its own distances, so no relocation is marked with R_RISCV_RELAX.
//
// Places in the image (text at 0) become places in its sections.

import { ByteWriter } from "./bytes.js";
import { fileTypes, HEADER, RVC, sectionFlags, sectionTypes, SYMBOL, writeFileHeader, writeSectionHeader, writeSymbol } from "./elf-records.js";
import { symbolTypes, StringTable, type ExtraSection } from "./elf.js";
import type { Image, Section } from "./image.js";

/// Bytes that a linker fills in; `offset` and `high` count from the image's first byte.
export interface Relocation {
  readonly offset: number;
  readonly kind: keyof typeof relocationTypes;
  readonly symbol: string;
  readonly addend: number;
  /// Of a low part: where the auipc lies that it goes with.
  readonly high: number;
}

/// R_RISCV_64, CALL_PLT, JAL, PCREL_HI20, PCREL_LO12_I, PCREL_LO12_S; and R_RISCV_32, of debug information.
const relocationTypes = { word: 2, call: 19, jump: 17, high: 23, lowLoad: 24, lowStore: 25 } as const;
const R_RISCV_32 = 1;
/// e_flags: floats travel in FP registers (LP64D); without it there are none (LP64).
const DOUBLE_FLOAT = 4;
/// Bytes of a relocation.
const RELA = 24;
/// SHF_INFO_LINK.
const INFO_LINK = 0x40;
const LOCAL = 0,
  GLOBAL = 1,
  SECTION = 3;

export interface ObjectOptions {
  readonly hasFloats: boolean;
}

interface Header {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly size: number;
  readonly bytes: Uint8Array | undefined;
  readonly align: number;
  readonly entry: number;
  link: number;
  info: number;
}

export function writeObject(image: Image, relocations: readonly Relocation[], extra: readonly ExtraSection[], { hasFloats }: ObjectOptions): Uint8Array {
  const { sections } = image;
  const headers: Header[] = [{ name: "", type: 0, flags: 0, size: 0, bytes: undefined, align: 0, entry: 0, link: 0, info: 0 }];
  const add = (name: string, type: number, flags: number, size: number, bytes: Uint8Array | undefined, align: number, entry = 0) =>
    headers.push({ name, type, flags, size, bytes, align, entry, link: 0, info: 0 }) - 1;
  for (const { name, access, size, bytes } of sections) add(name, bytes ? sectionTypes.progbits : sectionTypes.nobits, sectionFlags[access], size, bytes, 16);
  for (const { name, bytes } of extra) add(name, sectionTypes.progbits, 0, bytes.length, bytes, 1);
  add(".note.GNU-stack", sectionTypes.progbits, 0, 0, new Uint8Array(), 1);

  const symbols = new Symbols(image, headers.map(({ name }) => name));
  const tables = new Map<number, ByteWriter>();
  const relocate = (section: number, offset: number, type: number, symbol: number, addend: number) => {
    const table = tables.get(section) ?? new ByteWriter();
    tables.set(section, table);
    table.u64(BigInt(offset));
    table.u64((BigInt(symbol) << 32n) | BigInt(type));
    table.u64(BigInt(addend));
  };
  for (const { offset, kind, symbol, addend, high } of relocations) {
    const { index, start } = symbols.sectionAt(offset);
    const isLow = kind === "lowLoad" || kind === "lowStore";
    relocate(index, offset - start, relocationTypes[kind], isLow ? symbols.label(high) : symbols.indexOf(symbol), isLow ? 0 : addend);
  }
  extra.forEach(({ bytes, references = [] }, position) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const { at, section } of references) {
      const index = 1 + sections.length + position;
      if (section !== undefined) relocate(index, at, R_RISCV_32, symbols.section(section), view.getUint32(at, true));
      else {
        const target = symbols.sectionAt(Number(view.getBigUint64(at, true)));
        relocate(index, at, relocationTypes.word, target.index, Number(view.getBigUint64(at, true)) - target.start);
      }
    }
  });

  const { table, strings, locals, moved } = symbols.finish();
  const tableIndex = headers.length + tables.size;
  for (const [section, rows] of tables) {
    const bytes = renumber(rows.finish(), moved);
    const index = add(`.rela${headers[section]!.name}`, sectionTypes.rela, INFO_LINK, bytes.length, bytes, 8, RELA);
    Object.assign(headers[index]!, { link: tableIndex, info: section });
  }
  Object.assign(headers[add(".symtab", sectionTypes.symtab, 0, table.length, table, 8, SYMBOL)]!, { link: tableIndex + 1, info: locals });
  add(".strtab", sectionTypes.strtab, 0, strings.length, strings, 1);
  return writeFile(headers, RVC | (hasFloats ? DOUBLE_FLOAT : 0));
}

/// Symbols by the order in which they are asked for; a file has the local ones first.
class Symbols {
  private readonly rows: { name: string; info: number; section: number; value: number; size: number }[] = [{ name: "", info: 0, section: 0, value: 0, size: 0 }];
  private readonly byName = new Map<string, number>();

  constructor(
    private readonly image: Image,
    private readonly sectionNames: readonly string[],
  ) {
    // Section N is symbol N.
    for (let section = 1; section < sectionNames.length; section++) this.rows.push({ name: "", info: SECTION, section, value: 0, size: 0 });
    for (const { name, offset, size, kind, isLocal } of image.symbols) {
      const { index, start } = this.sectionAt(offset);
      const info = ((isLocal ? LOCAL : GLOBAL) << 4) | symbolTypes[kind];
      this.byName.set(name, this.rows.push({ name, info, section: index, value: offset - start, size }) - 1);
    }
  }

  section(name: string): number {
    return this.sectionNames.indexOf(name);
  }

  /// The section that a place of the image lies in, or ends.
  sectionAt(offset: number): { index: number; start: number } {
    const { sections } = this.image;
    const inside = (section: Section) => offset >= section.offset && offset < section.offset + section.size;
    const found = sections.findIndex(inside);
    const index = found >= 0 ? found : sections.findIndex((section) => offset === section.offset + section.size);
    return index < 0 ? { index: 0, start: 0 } : { index: index + 1, start: sections[index]!.offset };
  }

  /// One that is not here is another object's.
  indexOf(name: string): number {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const index = this.rows.push({ name, info: GLOBAL << 4, section: 0, value: 0, size: 0 }) - 1;
    this.byName.set(name, index);
    return index;
  }

  /// A local label in the text, which low parts of addresses name.
  label(offset: number): number {
    const name = `.Lhigh${offset}`;
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const index = this.rows.push({ name, info: LOCAL << 4, section: this.sectionAt(offset).index, value: offset, size: 0 }) - 1;
    this.byName.set(name, index);
    return index;
  }

  finish(): { table: Uint8Array; strings: Uint8Array; locals: number; moved: readonly number[] } {
    const isLocal = ({ info }: { info: number }) => info >> 4 === LOCAL;
    const ordered = [...this.rows.filter(isLocal), ...this.rows.filter((row) => !isLocal(row))];
    const places = new Map(ordered.map((row, index) => [row, index]));
    const strings = new StringTable();
    const table = new ByteWriter();
    for (const { name, info, section, value, size } of ordered) {
      writeSymbol(table, { name: strings.add(name), info, section, value: BigInt(value), size });
    }
    return { table: table.finish(), strings: strings.bytes(), locals: this.rows.filter(isLocal).length, moved: this.rows.map((row) => places.get(row)!) };
  }
}

/// The symbols of relocations, by their places in the file.
function renumber(rows: Uint8Array, moved: readonly number[]): Uint8Array {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  for (let at = 12; at < rows.length; at += RELA) view.setUint32(at, moved[view.getUint32(at, true)]!, true);
  return rows;
}

function writeFile(headers: Header[], flags: number): Uint8Array {
  const names = new StringTable();
  for (const { name } of headers) names.add(name);
  const nameIndex = headers.length;
  names.add(".shstrtab");
  const nameBytes = names.bytes();
  headers.push({ name: ".shstrtab", type: sectionTypes.strtab, flags: 0, size: nameBytes.length, bytes: nameBytes, align: 1, entry: 0, link: 0, info: 0 });
  const out = new ByteWriter();
  out.fill(0, HEADER);
  const offsets = headers.map(({ bytes, align }) => {
    if (!bytes) return out.length;
    out.align(Math.max(align, 1));
    const at = out.length;
    out.bytes(bytes);
    return at;
  });
  out.align(8);
  const sectionsAt = out.length;
  headers.forEach(({ name, type, flags, size, link, info, align, entry }, index) => {
    const offset = type === sectionTypes.none ? 0 : offsets[index]!;
    writeSectionHeader(out, { name: names.add(name), type, flags, address: 0n, offset, size, link, info, align, entry });
  });
  const head = new ByteWriter();
  writeFileHeader(head, { type: fileTypes.relocatable, entry: 0n, flags, segments: 0, sectionsAt, sections: headers.length, nameIndex });
  out.bytesAt(0, head.finish());
  return out.finish();
}
