// Who called whom at a panic, from a hart's registers and memory and an image's debug information, of which the
// guest itself has none.

import { FrameTable, readElf, readLines, type Elf, type LineTable } from "../machine/loader.js";

export interface StoppedHart {
  readonly pc: bigint;
  readRegister(number: number): bigint;
  /// Undefined where there is no memory.
  readWord(vaddr: bigint): bigint | undefined;
}

const SP = 2,
  MOST_FRAMES = 64;

/// An image that has a table of panics and knows its frames.
export class PanicReader {
  private readonly lines: LineTable;
  private readonly frames: FrameTable;

  private constructor(private readonly elf: Elf, private readonly panics: ReadonlySet<bigint>) {
    this.lines = readLines(elf);
    this.frames = new FrameTable(elf);
  }

  /// Undefined for an image without such a table, as other compilers make them.
  static of(bytes: Uint8Array, name: string): PanicReader | undefined {
    const elf = readElf(bytes, name), panics = readPanics(elf);
    return panics.size === 0 ? undefined : new PanicReader(elf, panics);
  }

  /// A line for each frame; undefined where no check of the image failed.
  explain(hart: StoppedHart): string | undefined {
    if (!this.panics.has(hart.pc)) return undefined;
    const frames = this.backtrace(hart).map((pc, depth) => `  #${depth} ${this.nameOf(pc)}${this.placeOf(depth === 0 ? pc : pc - 1n)}`);
    return `backtrace:\n${frames.join("\n")}`;
  }

  /// The pc of each frame, the innermost first.
  private backtrace(hart: StoppedHart): bigint[] {
    const found: bigint[] = [];
    const registers = Array.from({ length: 32 }, (_, number) => (number === 0 ? 0n : BigInt.asUintN(64, hart.readRegister(number))));
    let pc = BigInt.asUintN(64, hart.pc);
    let isCall = false;
    while (found.length < MOST_FRAMES) {
      const rules = this.frames.at(isCall ? pc - 1n : pc);
      if (!rules) break;
      found.push(pc);
      const cfa = BigInt.asUintN(64, registers[rules.cfa.register]! + BigInt(rules.cfa.offset));
      const before = [...registers];
      registers[SP] = cfa;
      for (const [register, other] of rules.moved) registers[register] = before[other]!;
      for (const [register, offset] of rules.saved) {
        const value = hart.readWord(cfa + BigInt(offset));
        if (value === undefined) return found;
        registers[register] = value;
      }
      const caller = registers[rules.returnRegister];
      // In a CSR, which the callers have not kept.
      if (caller === undefined) break;
      pc = caller;
      isCall = !rules.isTrap;
      // A function that nobody called, or whose caller is where it is itself.
      if (pc === 0n || (pc === found.at(-1) && before[SP] === cfa)) break;
    }
    return found;
  }

  private nameOf(pc: bigint): string {
    const symbol = this.elf.symbols.findLast(({ kind, address, size }) => kind === "function" && address <= pc && pc < address + size + 1n);
    return symbol?.name ?? `0x${pc.toString(16)}`;
  }
  private placeOf(pc: bigint): string {
    const place = this.lines.at(pc);
    return place ? ` at ${place.file}:${place.line}:${place.column}` : "";
  }
}

/// The addresses of the ebreaks that are failed checks: compiler/rv64/panics.ts has the table's form.
function readPanics(elf: Elf): ReadonlySet<bigint> {
  const symbols = new Map(elf.symbols.map(({ name, address }) => [name, address]));
  const [text, start, end] = ["__text_start", "__panics_start", "__panics_end"].map((name) => symbols.get(name));
  const bytes = elf.sections.find(({ name }) => name === ".panics")?.bytes;
  if (text === undefined || start === undefined || end === undefined || !bytes) return new Set();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = Math.min(Number(end - start), bytes.length) >> 3;
  return new Set(Array.from({ length: rows }, (_, row) => text + BigInt(view.getUint32(row * 8, true))));
}
