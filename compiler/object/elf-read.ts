// Reads ELF64 files: System V ABI, chapter 4 and 5, with RISC-V's numbers.
//
// Strict: whatever the headers point at must lie in the file, and what is not
// a little-endian RV64 file is refused with a message for the user. Addresses
// are bigints, since kernels are linked in the upper half.

/// A file that cannot be used; `help` says what to do.
export class ImageError extends Error {
  override readonly name = "ImageError";
  constructor(
    message: string,
    readonly help: string,
  ) {
    super(message);
  }
}

export type ElfType = "relocatable" | "executable" | "shared";

export interface Segment {
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly fileBytes: number;
  /// At least `fileBytes`; what is beyond them is zero.
  readonly memoryBytes: bigint;
  readonly executable: boolean;
  readonly writable: boolean;
  readonly bytes: Uint8Array;
}

export interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  readonly size: bigint;
  readonly link: number;
  /// Empty where the section takes no room in the file.
  readonly bytes: Uint8Array;
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: bigint;
  readonly kind: "function" | "object" | "other";
  readonly isGlobal: boolean;
}

export interface Elf {
  readonly type: ElfType;
  readonly entry: bigint;
  readonly flags: number;
  /// Those that are loaded (PT_LOAD) and not empty, in the file's order.
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];
  /// Defined symbols with a name, sorted by address.
  readonly symbols: readonly ElfSymbol[];
}

const magic = [0x7f, 0x45, 0x4c, 0x46];
const headerBytes = 64;
const programHeaderBytes = 56;
const sectionHeaderBytes = 64;
const symbolBytes = 24;
const EM_RISCV = 243;
const types: Readonly<Record<number, ElfType>> = { 1: "relocatable", 2: "executable", 3: "shared" };
const machines: Readonly<Record<number, string>> = {
  3: "x86",
  8: "MIPS",
  20: "PowerPC",
  40: "Arm",
  62: "x86-64",
  183: "AArch64",
  258: "LoongArch",
};
const PT_LOAD = 1;
const SHT_NOBITS = 8;
const SHT_SYMTAB = 2;
const STB_LOCAL = 0;
const SHN_UNDEF = 0;
const SHN_LORESERVE = 0xff00;
/// SHN_ABS: a value that is not in any section.
const SHN_ABS = 0xfff1;

/// Section flags (sh_flags).
export const SHF_ALLOC = 2n;
export const SHF_EXECINSTR = 4n;

export function isElf(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/// Throws ImageError. `name` is for its message.
export function readElf(bytes: Uint8Array, name: string): Elf {
  const refuse = (problem: string, help: string): never => {
    throw new ImageError(`${name} ${problem}`, help);
  };
  const truncated = (what: string): never =>
    refuse(`is cut short: ${what} lies beyond the end of the file`, "build or copy it again");
  if (!isElf(bytes)) refuse("is not an ELF file", "give an RV64 executable, as `typemetal build` writes");
  if (bytes.length < headerBytes) truncated("the ELF header");
  if (bytes[4] !== 2) refuse("is a 32-bit ELF file", "build it for RV64: -march=rv64gc -mabi=lp64d");
  if (bytes[5] !== 1) refuse("is a big-endian ELF file", "build it for little-endian RV64");

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => view.getBigUint64(at, true);
  const machine = u16(18);
  if (machine !== EM_RISCV)
    refuse(
      `is built for ${machines[machine] ?? `ELF machine ${machine}`}, and this machine is RISC-V`,
      "build it with a riscv64 compiler",
    );
  const type = types[u16(16)];
  if (!type) return refuse(`has ELF type ${u16(16)}, which is not code`, "give an executable");

  /// Bytes of the file; the numbers come from headers, so nothing about them is sure.
  const slice = (offset: bigint, size: bigint, what: string): Uint8Array => {
    if (offset + size > BigInt(bytes.length)) truncated(what);
    return bytes.subarray(Number(offset), Number(offset + size));
  };
  const headers = (offset: bigint, count: number, size: number, leastSize: number, what: string): number[] => {
    if (count === 0) return [];
    if (size < leastSize) refuse(`has ${what}s of ${size} bytes`, "build it again: its headers are damaged");
    slice(offset, BigInt(count * size), `the ${what} table`);
    return Array.from({ length: count }, (_, index) => Number(offset) + index * size);
  };

  const segments = headers(u64(32), u16(56), u16(54), programHeaderBytes, "program header")
    .filter((at) => u32(at) === PT_LOAD && u64(at + 40) > 0n)
    .map((at, index): Segment => {
      const [fileBytes, memoryBytes] = [u64(at + 32), u64(at + 40)];
      if (fileBytes > memoryBytes)
        refuse(`has segment ${index} larger in the file than in memory`, "build it again: its headers are damaged");
      const flags = u32(at + 4);
      return {
        vaddr: u64(at + 16),
        paddr: u64(at + 24),
        fileBytes: Number(fileBytes),
        memoryBytes,
        executable: (flags & 1) !== 0,
        writable: (flags & 2) !== 0,
        bytes: slice(u64(at + 8), fileBytes, `segment ${index}`),
      };
    });
  checkOverlap(segments, refuse);

  const unnamed = headers(u64(40), u16(60), u16(58), sectionHeaderBytes, "section header").map((at, index) => ({
    nameOffset: u32(at),
    type: u32(at + 4),
    flags: u64(at + 8),
    address: u64(at + 16),
    size: u64(at + 32),
    link: u32(at + 40),
    bytes:
      u32(at + 4) === SHT_NOBITS || u32(at + 4) === 0
        ? new Uint8Array(0)
        : slice(u64(at + 24), u64(at + 32), `section ${index}`),
  }));
  const names = unnamed[u16(62)]?.bytes ?? new Uint8Array(0);
  const sections = unnamed.map(({ nameOffset, ...section }) => ({ name: textAt(names, nameOffset), ...section }));
  return { type, entry: u64(24), flags: u32(48), segments, sections, symbols: readSymbols(sections) };
}

function checkOverlap(segments: readonly Segment[], refuse: (problem: string, help: string) => never): void {
  const sorted = [...segments].sort((a, b) => (a.paddr < b.paddr ? -1 : 1));
  sorted.forEach(({ paddr, memoryBytes }, index) => {
    const next = sorted[index + 1];
    if (next && paddr + memoryBytes > next.paddr)
      refuse(
        `has two segments at 0x${next.paddr.toString(16)}`,
        "give each its own physical addresses in the linker script",
      );
  });
}

function readSymbols(sections: readonly Section[]): ElfSymbol[] {
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  if (!table) return [];
  const names = sections[table.link]?.bytes ?? new Uint8Array(0);
  const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
  const symbols: ElfSymbol[] = [];
  for (let at = 0; at + symbolBytes <= table.bytes.length; at += symbolBytes) {
    const info = view.getUint8(at + 4);
    const section = view.getUint16(at + 6, true);
    const name = textAt(names, view.getUint32(at, true));
    const type = info & 0xf;
    // Types from 3 on are sections and files; names with `$` mark ISA changes, `.L` is local.
    const isMark = type > 2 || name === "" || name.startsWith("$") || name.startsWith(".L");
    if (isMark || section === SHN_UNDEF || (section >= SHN_LORESERVE && section !== SHN_ABS)) continue;
    symbols.push({
      name,
      address: view.getBigUint64(at + 8, true),
      size: view.getBigUint64(at + 16, true),
      kind: type === 2 ? "function" : type === 1 ? "object" : "other",
      isGlobal: info >> 4 !== STB_LOCAL,
    });
  }
  return symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

function textAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return new TextDecoder().decode(bytes.subarray(offset, end < 0 ? bytes.length : end));
}
