// Reads line tables: DWARF 5, section 6.2, and the forms of versions 2 to 4.
//
// A table is a program for a small state machine whose state is an address
// and a source place; each row that it emits says that from this address on
// code comes from that place. Rows of a sequence rise by address.

import type { Elf } from "./elf-read.js";

export interface SourcePlace {
  /// As the compiler wrote it: absolute, or relative to where it ran.
  readonly file: string;
  readonly line: number;
  /// Zero where unknown.
  readonly column: number;
}

export interface LineRow extends SourcePlace {
  readonly address: bigint;
  /// Where the next row begins.
  readonly end: bigint;
}

export class LineTable {
  /// `rows` are sorted by address.
  constructor(readonly rows: readonly LineRow[]) {}

  /// The place that the code at an address comes from.
  at(address: bigint): SourcePlace | undefined {
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = this.rows[middle];
      if (row && row.address <= address) low = middle + 1;
      else high = middle;
    }
    const row = this.rows[low - 1];
    return row && address < row.end ? row : undefined;
  }
}

/// Empty where the file has no line table. Tables that are cut short end early.
export function readLines(elf: Elf): LineTable {
  const bytesOf = (name: string) => elf.sections.find((section) => section.name === name)?.bytes ?? new Uint8Array(0);
  const lines = bytesOf(".debug_line");
  const strings = { line: bytesOf(".debug_line_str"), all: bytesOf(".debug_str") };
  const rows: LineRow[] = [];
  const cursor = new Cursor(lines);
  try {
    while (!cursor.isAtEnd) readUnit(cursor, strings, rows);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return new LineTable(rows.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0)));
}

interface Strings {
  readonly line: Uint8Array;
  readonly all: Uint8Array;
}

interface UnitHeader {
  readonly minimumLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /// How many operands each standard opcode has, from opcode 1.
  readonly operandCounts: readonly number[];
  /// From the file number that opcodes use.
  readonly files: ReadonlyMap<number, string>;
}

const Standard = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const;
const Extended = { endSequence: 1, setAddress: 2 } as const;
const Content = { path: 1, directory: 2 } as const;

function readUnit(cursor: Cursor, strings: Strings, rows: LineRow[]): void {
  const is64Bit = cursor.peek32() === 0xffff_ffff;
  if (is64Bit) cursor.u32();
  const end = cursor.offset(is64Bit) + cursor.at;
  const version = cursor.u16();
  if (version < 2 || version > 5) {
    cursor.at = end;
    return;
  }
  const header = readHeader(cursor, version, is64Bit, strings);
  runProgram(cursor, Math.min(end, cursor.length), header, rows);
  cursor.at = end;
}

function readHeader(cursor: Cursor, version: number, is64Bit: boolean, strings: Strings): UnitHeader {
  // Version 5 says the size of an address and of a segment selector.
  if (version >= 5) cursor.u16();
  const headerEnd = cursor.offset(is64Bit) + cursor.at;
  const minimumLength = cursor.u8();
  // Operations per instruction, for VLIW machines.
  if (version >= 4) cursor.u8();
  // Whether rows are statements by default.
  cursor.u8();
  const lineBase = (cursor.u8() << 24) >> 24;
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => cursor.u8());
  const files = version >= 5 ? readEntryFiles(cursor, is64Bit, strings) : readListedFiles(cursor);
  cursor.at = headerEnd;
  return { minimumLength, lineBase, lineRange, opcodeBase, operandCounts, files };
}

/// Versions 2 to 4: lists that end with an empty name; files are numbered from 1.
function readListedFiles(cursor: Cursor): Map<number, string> {
  const directories = [""];
  for (let name = cursor.text(); name !== ""; name = cursor.text()) directories.push(name);
  const files = new Map<number, string>();
  for (let name = cursor.text(); name !== ""; name = cursor.text()) {
    files.set(files.size + 1, join(directories[Number(cursor.uleb())], name));
    // Time and size.
    cursor.uleb();
    cursor.uleb();
  }
  return files;
}

/// Version 5: each list describes the format of its entries; files are numbered from 0.
function readEntryFiles(cursor: Cursor, is64Bit: boolean, strings: Strings): Map<number, string> {
  const directories = readEntries(cursor, is64Bit, strings);
  const files = readEntries(cursor, is64Bit, strings);
  const first = directories[0]?.path ?? "";
  return new Map(
    files.map(({ path, directory }, index) => {
      const within = directories[directory]?.path ?? "";
      // Directory 0 is where the compiler ran: names in it stay short.
      return [index, join(within === first ? "" : within, path)];
    }),
  );
}

function readEntries(cursor: Cursor, is64Bit: boolean, strings: Strings): { path: string; directory: number }[] {
  const formats = Array.from({ length: cursor.u8() }, () => [Number(cursor.uleb()), Number(cursor.uleb())] as const);
  return Array.from({ length: Number(cursor.uleb()) }, () => {
    const entry = { path: "", directory: 0 };
    for (const [content, form] of formats) {
      const value = readForm(cursor, form, is64Bit, strings);
      if (content === Content.path && typeof value === "string") entry.path = value;
      if (content === Content.directory && typeof value === "number") entry.directory = value;
    }
    return entry;
  });
}

/// Those forms that line tables may use.
function readForm(cursor: Cursor, form: number, is64Bit: boolean, strings: Strings): string | number {
  switch (form) {
    case 0x08: // string
      return cursor.text();
    case 0x1f: // line_strp
      return new Cursor(strings.line, cursor.offset(is64Bit)).text();
    case 0x0e: // strp
      return new Cursor(strings.all, cursor.offset(is64Bit)).text();
    case 0x0b: // data1
      return cursor.u8();
    case 0x05: // data2
      return cursor.u16();
    case 0x06: // data4
      return cursor.u32();
    case 0x0f: // udata
      return Number(cursor.uleb());
    case 0x1e: // data16, an MD5 sum
      cursor.at += 16;
      return 0;
    case 0x09: // block
      cursor.at += Number(cursor.uleb());
      return 0;
    default:
      throw new RangeError(`form ${form} in a line table`);
  }
}

function runProgram(cursor: Cursor, end: number, header: UnitHeader, rows: LineRow[]): void {
  const { minimumLength, lineBase, lineRange, opcodeBase, operandCounts, files } = header;
  const initial = { address: 0n, file: 1, line: 1, column: 0 };
  let state = { ...initial };
  let previous: typeof state | undefined;
  const emit = () => {
    // A row lasts until the next one; an empty one says nothing about any code.
    if (previous && previous.address < state.address) {
      const { address, file, line, column } = previous;
      rows.push({ address, end: state.address, file: files.get(file) ?? "?", line, column });
    }
    previous = { ...state };
  };
  const advance = (operations: number) => {
    state.address = BigInt.asUintN(64, state.address + BigInt(operations * minimumLength));
  };
  while (cursor.at < end) {
    const opcode = cursor.u8();
    if (opcode >= opcodeBase) {
      advance(Math.floor((opcode - opcodeBase) / lineRange));
      state.line += lineBase + ((opcode - opcodeBase) % lineRange);
      emit();
      continue;
    }
    switch (opcode) {
      case 0: {
        const next = Number(cursor.uleb()) + cursor.at;
        const extended = cursor.u8();
        if (extended === Extended.setAddress) state.address = cursor.u64();
        if (extended === Extended.endSequence) {
          emit();
          previous = undefined;
          state = { ...initial };
        }
        cursor.at = next;
        break;
      }
      case Standard.copy:
        emit();
        break;
      case Standard.advancePc:
        advance(Number(cursor.uleb()));
        break;
      case Standard.advanceLine:
        state.line += cursor.sleb();
        break;
      case Standard.setFile:
        state.file = Number(cursor.uleb());
        break;
      case Standard.setColumn:
        state.column = Number(cursor.uleb());
        break;
      case Standard.constAddPc:
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case Standard.fixedAdvancePc:
        state.address += BigInt(cursor.u16());
        break;
      default:
        for (let operand = 0; operand < (operandCounts[opcode - 1] ?? 0); operand++) cursor.uleb();
    }
  }
}

function join(directory: string | undefined, name: string): string {
  return !directory || name.startsWith("/") ? name : `${directory}/${name}`;
}

/// Little-endian bytes, read in order. Reading past the end is a RangeError.
export class Cursor {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  peek32(): number {
    return this.view.getUint32(this.at, true);
  }

  offset(is64Bit: boolean): number {
    return is64Bit ? Number(this.u64()) : this.u32();
  }

  uleb(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return byte & 0x40 ? value - scale * 128 : value;
    }
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new RangeError("a string without end");
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  private take(count: number): number {
    const at = this.at;
    this.at += count;
    return at;
  }
}
