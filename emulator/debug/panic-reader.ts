// Who called whom at a panic, from a hart's registers and memory and an image's debug information, of which the
// guest itself has none. Programs that an image carries, as our kernel does in an archive, are found by their headers.

import type { HartState } from "../cpu/hart-state.js";
import { type Elf, FrameTable, ImageError, type LineTable, readElf, readLines } from "../machine/loader.js";
import type { Machine } from "../machine/machine.js";

interface StoppedHart {
  readonly pc: bigint;
  readRegister(number: number): bigint;
  /// Undefined where not all of it is memory.
  read(vaddr: bigint, bytes: number): Uint8Array | undefined;
}

const SP = 2,
  MOST_FRAMES = 64;
const PAGE = 4096;

/// What to say of a hart that came to a breakpoint: undefined where no check of these programs failed.
export function explainPanic(programs: readonly PanicReader[], state: HartState, machine: Machine): string | undefined {
  const hart = machine.harts[state.id]!;
  const stopped: StoppedHart = {
    pc: state.pc,
    readRegister: (number) => state.readRegister(number),
    read: (vaddr, bytes) => machine.readVirtual(hart, vaddr, bytes),
  };
  for (const program of programs) {
    const text = program.explain(stopped);
    if (text !== undefined) return text;
  }
  return undefined;
}

/// All that have a table of panics: the image, and the programs in it. None where other compilers made them.
export function readPanics(bytes: Uint8Array): PanicReader[] {
  return elfFilesIn(bytes).flatMap((elf) => {
    const panics = panicsOf(elf);
    return panics.size === 0 ? [] : new PanicReader(elf, panics);
  });
}

function elfFilesIn(bytes: Uint8Array): Elf[] {
  const found: Elf[] = [];
  for (let at = bytes.indexOf(0x7f); at >= 0; at = bytes.indexOf(0x7f, at + 1)) {
    if (bytes[at + 1] !== 0x45 || bytes[at + 2] !== 0x4c || bytes[at + 3] !== 0x46) continue;
    try {
      found.push(readElf(bytes.subarray(at), ""));
    } catch (error) {
      // Only the four bytes.
      if (!(error instanceof ImageError)) throw error;
    }
  }
  return found;
}

/// An ELF file that has a table of panics.
export class PanicReader {
  private lines: LineTable | undefined;
  private frames: FrameTable | undefined;

  constructor(private readonly elf: Elf, private readonly panics: ReadonlySet<bigint>) {}

  /// A line for each frame; undefined where no check of this program failed.
  explain(hart: StoppedHart): string | undefined {
    if (!this.panics.has(hart.pc) || !this.isThere(hart)) return undefined;
    const frames = this.backtrace(hart).map((pc, depth) => `  #${depth} ${this.nameOf(pc)}${this.placeOf(depth === 0 ? pc : pc - 1n)}`);
    return `backtrace:\n${frames.join("\n")}`;
  }

  /// Programs share addresses: whether the hart's memory has this one's code, as far as it is mapped.
  private isThere(hart: StoppedHart): boolean {
    const text = this.elf.sections.find(({ address, size }) => address <= hart.pc && hart.pc < address + size);
    if (!text) return false;
    for (let at = 0; at < text.bytes.length; at += PAGE) {
      const own = text.bytes.subarray(at, at + PAGE);
      const there = hart.read(text.address + BigInt(at), own.length);
      if (there && own.some((byte, index) => byte !== there[index])) return false;
    }
    return true;
  }

  /// The pc of each frame, the innermost first.
  private backtrace(hart: StoppedHart): bigint[] {
    const found: bigint[] = [];
    const frameTable = (this.frames ??= new FrameTable(this.elf));
    const registers = Array.from({ length: 32 }, (_, number) => (number === 0 ? 0n : BigInt.asUintN(64, hart.readRegister(number))));
    let pc = BigInt.asUintN(64, hart.pc);
    let isCall = false;
    while (found.length < MOST_FRAMES) {
      const rules = frameTable.at(isCall ? pc - 1n : pc);
      if (!rules) break;
      found.push(pc);
      const cfa = BigInt.asUintN(64, registers[rules.cfa.register]! + BigInt(rules.cfa.offset));
      const before = [...registers];
      registers[SP] = cfa;
      for (const [register, other] of rules.moved) registers[register] = before[other]!;
      for (const [register, offset] of rules.saved) {
        const word = hart.read(cfa + BigInt(offset), 8);
        if (!word) return found;
        registers[register] = new DataView(word.buffer).getBigUint64(0, true);
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
    const place = (this.lines ??= readLines(this.elf)).at(pc);
    return place ? ` at ${place.file}:${place.line}:${place.column}` : "";
  }
}

/// The addresses of the ebreaks that are failed checks: compiler/rv64/panics.ts has the table's form.
function panicsOf(elf: Elf): ReadonlySet<bigint> {
  const symbols = new Map(elf.symbols.map(({ name, address }) => [name, address]));
  const [text, start, end] = ["__text_start", "__panics_start", "__panics_end"].map((name) => symbols.get(name));
  const bytes = elf.sections.find(({ name }) => name === ".panics")?.bytes;
  if (text === undefined || start === undefined || end === undefined || !bytes) return new Set();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = Math.min(Number(end - start), bytes.length) >> 3;
  return new Set(Array.from({ length: rows }, (_, row) => text + BigInt(view.getUint32(row * 8, true))));
}
