// What an ELF file says beyond its segments: symbols, and the compiler's table of panics.
import { type ElfHeader, PT_LOAD, segmentAt } from "../../kernel/abi/elf.js";

class SectionHeader {
  name: u32;
  type: u32;
  flags: u64;
  address: u64;
  offset: u64;
  bytes: u64;
  link: u32;
  info: u32;
  align: u64;
  entryBytes: u64;
}

class SymbolEntry {
  name: u32;
  info: u8;
  other: u8;
  section: u16;
  value: u64;
  bytes: u64;
}

const SHT_SYMTAB: u32 = 2;

/// What the failed check or panic at `pc` says, from the compiler's table in the file; empty where it says
/// nothing. The table: sorted pairs of u32, a pc from __text_start and a text from __panics_strings, which
/// is a u32 length and as many bytes.
export function panicText(file: readonly u8[], header: Ptr<ElfHeader>, pc: u64): readonly u8[] {
  const text = symbolValue(file, header, "__text_start");
  const entries = symbolValue(file, header, "__panics_start"), strings = symbolValue(file, header, "__panics_strings");
  for (let at = entries; at < strings; at += 8) {
    const entry = offsetOf(file, header, at);
    if (entry === 0 || text + read32(file, entry) !== pc) continue;
    const string = offsetOf(file, header, strings + read32(file, entry + 4));
    if (string === 0) break;
    return file.slice(string + 4, string + 4 + read32(file, string));
  }
  return file.slice(0, 0);
}

function read32(file: readonly u8[], at: usize): u32 {
  return u32(file[at]) | (u32(file[at + 1]) << 8) | (u32(file[at + 2]) << 16) | (u32(file[at + 3]) << 24);
}

/// Where in the file the byte at an address is; 0 where it is nowhere.
function offsetOf(file: readonly u8[], header: Ptr<ElfHeader>, vaddr: u64): usize {
  for (let i: usize = 0; i < header.programHeaderCount; i++) {
    const segment = segmentAt(file, header, i);
    if (segment !== null && segment.type === PT_LOAD && vaddr >= segment.vaddr && vaddr - segment.vaddr < segment.fileBytes) {
      return segment.offset + (vaddr - segment.vaddr);
    }
  }
  return 0;
}

/// 0 where there is no such symbol.
function symbolValue(file: readonly u8[], header: Ptr<ElfHeader>, name: string): u64 {
  if (header.sectionHeaders + header.sectionHeaderCount * sizeof<SectionHeader>() > file.length) return 0;
  const sections = unsafe.many<SectionHeader>(u64.of(file.ptr) + header.sectionHeaders);
  for (let i: usize = 0; i < header.sectionHeaderCount; i++) {
    const section = sections.at(i);
    if (section.type !== SHT_SYMTAB || section.offset + section.bytes > file.length) continue;
    const symbols = unsafe.many<SymbolEntry>(u64.of(file.ptr) + section.offset);
    const names = sections.at(section.link).offset;
    for (let s: usize = 0; s < section.bytes / sizeof<SymbolEntry>(); s++) {
      if (isString(file, names + symbols.at(s).name, name)) return symbols.at(s).value;
    }
  }
  return 0;
}

function isString(file: readonly u8[], at: usize, text: string): boolean {
  if (at + text.length >= file.length || file[at + text.length] !== 0) return false;
  for (let i: usize = 0; i < text.length; i++) if (file[at + i] !== text[i]) return false;
  return true;
}
