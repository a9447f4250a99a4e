// `typemetal disasm`: machine code function by function, with the source
// lines that it comes from where the file has a line table.
//
// Any RV64 ELF will do, not only ours: what a symbol covers is a function,
// what none covers is shown under the section's name.

import { readFileSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { ChalkInstance } from "chalk";
import { decode, fieldsOf, lengthOf } from "../../emulator/isa/decode.js";
import { format } from "../../emulator/isa/text.js";
import { type LineTable, readLines, type SourcePlace } from "../object/dwarf-read.js";
import { type Elf, ImageError, readElf, SHF_ALLOC, SHF_EXECINSTR, type ElfSymbol } from "../object/elf-read.js";

export interface DisasmOptions {
  readonly file: string;
  /// Only this function.
  readonly function?: string;
  readonly colors: ChalkInstance;
  readonly write: (text: string) => void;
}

interface Block {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/// Throws ImageError where the file or the function is not there.
export async function disassembleFile(options: DisasmOptions): Promise<number> {
  const { file, function: wanted, write } = options;
  const elf = readElf(readFile(file), file);
  const blocks = blocksOf(elf).filter(({ name }) => wanted === undefined || name === wanted);
  if (blocks.length === 0) {
    const names = elf.symbols.filter(({ kind }) => kind === "function").map(({ name }) => name);
    throw new ImageError(
      wanted === undefined ? `${file} holds no code` : `${file} has no function ${wanted}`,
      names.length > 0 ? `it has ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}` : "it has no symbols",
    );
  }
  const lines = readLines(elf);
  const sources = new Sources();
  for (const block of blocks) write(`${blockText(block, elf, lines, sources, options.colors)}\n`);
  return 0;
}

function readFile(path: string): Uint8Array {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new ImageError(`${path} does not exist`, "check the path");
  if (found.isDirectory()) throw new ImageError(`${path} is a directory`, "give the ELF file in it");
  return readFileSync(path);
}

/// Executable sections, cut at their functions; segments where a file has no sections.
function blocksOf(elf: Elf): Block[] {
  const code = elf.sections
    .filter(({ flags, size }) => flags & SHF_ALLOC && flags & SHF_EXECINSTR && size > 0n)
    .map(({ name, address, bytes }): Block => ({ name, address, bytes }));
  const loaded = elf.segments
    .filter(({ executable }) => executable)
    .map(({ vaddr, bytes }): Block => ({ name: "code", address: vaddr, bytes }));
  return (code.length > 0 ? code : loaded).flatMap((block) => cut(block, elf.symbols));
}

function cut({ name, address, bytes }: Block, symbols: readonly ElfSymbol[]): Block[] {
  const end = address + BigInt(bytes.length);
  const starts = symbols.filter((symbol) => symbol.kind !== "object" && symbol.address >= address && symbol.address < end);
  // Several names for one address: the global one, else the first.
  const named = new Map<bigint, ElfSymbol>();
  for (const symbol of starts) {
    const other = named.get(symbol.address);
    if (!other || (symbol.isGlobal && !other.isGlobal)) named.set(symbol.address, symbol);
  }
  const marks = [...named.values()].map((symbol) => ({ name: symbol.name, address: symbol.address }));
  if (marks[0]?.address !== address) marks.unshift({ name, address });
  return marks.map((mark, index) => {
    const from = Number(mark.address - address);
    const to = Number((marks[index + 1]?.address ?? end) - address);
    return { ...mark, bytes: bytes.subarray(from, to) };
  });
}

function blockText(block: Block, elf: Elf, lines: LineTable, sources: Sources, colors: ChalkInstance): string {
  const text: string[] = [`${colors.bold(block.name)}:`];
  const nameOf = symbolNames(elf.symbols);
  const view = new DataView(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength);
  let shown = "";
  for (let offset = 0; offset + 2 <= block.bytes.length; ) {
    const address = block.address + BigInt(offset);
    const place = lines.at(address);
    const key = place ? `${place.file}:${place.line}` : shown;
    if (place && key !== shown) text.push(colors.cyan(sources.describe(place)));
    shown = key;
    const length = Math.min(lengthOf(view.getUint16(offset, true)), block.bytes.length - offset);
    const word = length === 4 ? view.getUint32(offset, true) : view.getUint16(offset, true);
    text.push(instructionText(address, word, length, nameOf, colors));
    offset += length;
  }
  return `${text.join("\n")}\n`;
}

function instructionText(
  address: bigint,
  word: number,
  length: number,
  nameOf: (address: bigint) => string | undefined,
  colors: ChalkInstance,
): string {
  const decoded = decode(word);
  // Numbers hold addresses up to 2^53; the upper half is shown by its low bits and sign.
  const pc = Number(BigInt.asIntN(64, address));
  const assembly =
    decoded && decoded.length === length
      ? format(decoded.form, fieldsOf(decoded.form, word), pc)
      : length === 4
        ? `.word 0x${word.toString(16).padStart(8, "0")}`
        : `.half 0x${word.toString(16).padStart(4, "0")}`;
  const isJump = decoded !== undefined && /\b(imm|target|offset)\b/.test(decoded.form.text) && /^(c\.)?(j|b)/.test(assembly);
  const target = isJump ? /(-?0x[0-9a-f]+|-?\d+)$/.exec(assembly)?.[1] : undefined;
  const name = target === undefined ? undefined : nameOf(BigInt.asUintN(64, toBigInt(target)));
  const bits = word.toString(16).padStart(length * 2, "0").padEnd(8);
  return `  ${colors.dim(`${address.toString(16)}:  ${bits}`)}  ${assembly}${name ? colors.dim(`  <${name}>`) : ""}`;
}

function toBigInt(text: string): bigint {
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}

/// "name" or "name+0x10" of the function that an address is in.
function symbolNames(symbols: readonly ElfSymbol[]): (address: bigint) => string | undefined {
  const functions = symbols.filter(({ kind }) => kind !== "object");
  return (address) => {
    let found: ElfSymbol | undefined;
    for (const symbol of functions) {
      if (symbol.address > address) break;
      found = symbol;
    }
    if (!found || (found.size > 0n && address >= found.address + found.size)) return undefined;
    const offset = address - found.address;
    return offset === 0n ? found.name : `${found.name}+0x${offset.toString(16)}`;
  };
}

/// Source files, read when their first line is shown; one that is not here is named only.
class Sources {
  private readonly files = new Map<string, readonly string[]>();

  describe({ file, line }: SourcePlace): string {
    const text = this.linesOf(file)[line - 1];
    return `${file}:${line}${text === undefined ? "" : `  ${text.trim()}`}`;
  }

  private linesOf(file: string): readonly string[] {
    let lines = this.files.get(file);
    if (!lines) {
      const path = isAbsolute(file) ? file : resolve(file);
      const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
      lines = isFile ? readFileSync(path, "utf8").split("\n") : [];
      this.files.set(file, lines);
    }
    return lines;
  }
}
