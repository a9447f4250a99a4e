// DWARF 5: lines, data and frames, so that gdb shows the TypeScript. The
// language says C11, which every debugger knows how to print.
//
//     .debug_line      which line each instruction comes from
//     .debug_info      functions, variables, types: dwarf-info.ts
//     .debug_line_str  names of files; .debug_str: all other names
//     .debug_frame     how to find the caller

import { ByteWriter } from "./bytes.js";
import type { DebugGlobal } from "./debug.js";
import { writeInfo } from "./dwarf-info.js";
import { StringTable, type ExtraSection } from "./elf.js";
import { frameRuleForms, type FrameRule } from "./frame-rules.js";
import type { DebugFunction, FrameRow, Image } from "./image.js";

const form = { udata: 0x0f, lineStrp: 0x1f } as const;

export interface DebugOptions {
  readonly files: readonly string[];
  /// What relative paths count from; gdb tries its own directory too.
  readonly directory: string;
  readonly globals?: readonly DebugGlobal[];
}

export function writeDwarf(image: Image, functions: readonly DebugFunction[], options: DebugOptions): ExtraSection[] {
  const lineStrings = new StringTable();
  const strings = new StringTable();
  return [
    sectionOf(".debug_line", lineTable(image, functions, options, lineStrings)),
    ...writeInfo(image, functions, { globals: [], ...options }, lineStrings, strings).filter(({ bytes }) => bytes.length > 0),
    sectionOf(".debug_frame", frames(image, functions)),
    { name: ".debug_line_str", bytes: lineStrings.bytes() },
    { name: ".debug_str", bytes: strings.bytes() },
  ];
}

const sectionOf = (name: string, out: ByteWriter): ExtraSection => ({ name, bytes: out.finish(), references: out.references });

// --- lines

const LINE_BASE = -5,
  LINE_RANGE = 14,
  OPCODE_BASE = 13;
const operandCounts = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const opcode = { copy: 1, advancePc: 2, advanceLine: 3, setFile: 4, setColumn: 5, setPrologueEnd: 10 } as const;
const extended = { endSequence: 1, setAddress: 2 } as const;
const content = { path: 1, directoryIndex: 2 } as const;

/// Files count from 1; file 0 is the unit's own, the first.
const fileNumber = (file: number) => file + 1;

function lineTable(image: Image, functions: readonly DebugFunction[], { files, directory }: DebugOptions, strings: StringTable): ByteWriter {
  const out = new ByteWriter();
  out.sized(() => {
    out.u16(5);
    out.u8(8);
    out.u8(0);
    out.sized(() => {
      // Least length of an instruction, operations in one, whether rows are statements.
      out.bytes([1, 1, 1, LINE_BASE & 0xff, LINE_RANGE, OPCODE_BASE, ...operandCounts]);
      writeFiles(out, files, directory, strings);
    });
    for (const fn of functions) if (fn.rows.length > 0) writeSequence(out, image, fn);
  });
  return out;
}

function writeFiles(out: ByteWriter, files: readonly string[], directory: string, strings: StringTable): void {
  const split = files.map((path) => /^(?:(.*)\/)?([^/]*)$/.exec(path)!).map(([, folder = "", name = ""]) => ({ folder, name }));
  const folders = [...new Set(["", ...split.map(({ folder }) => folder)])];
  out.bytes([1, content.path, form.lineStrp]);
  out.uleb(folders.length);
  for (const folder of folders) out.offsetIn(".debug_line_str", strings.add(folder === "" ? directory : folder));
  out.bytes([2, content.path, form.lineStrp, content.directoryIndex, form.udata]);
  const listed = split.length > 0 ? [split[0]!, ...split] : [{ folder: "", name: "" }];
  out.uleb(listed.length);
  for (const { folder, name } of listed) {
    out.offsetIn(".debug_line_str", strings.add(name));
    out.uleb(folders.indexOf(folder));
  }
}

function writeSequence(out: ByteWriter, image: Image, fn: DebugFunction): void {
  let [at, file, line, column] = [fn.start, 1, 1, 0];
  const extend = (code: number, write: () => void, bytes: number) => {
    out.bytes([0, bytes + 1, code]);
    write();
  };
  extend(extended.setAddress, () => out.address(image.virtualBase + BigInt(fn.start)), 8);
  for (const row of fn.rows) {
    if (fileNumber(row.file) !== file) {
      file = fileNumber(row.file);
      out.u8(opcode.setFile);
      out.uleb(file);
    }
    if (row.column !== column) {
      column = row.column;
      out.u8(opcode.setColumn);
      out.uleb(column);
    }
    if (row.prologueEnd) out.u8(opcode.setPrologueEnd);
    const [advance, step] = [row.offset - at, row.line - line];
    const special = step - LINE_BASE + LINE_RANGE * advance + OPCODE_BASE;
    if (step >= LINE_BASE && step < LINE_BASE + LINE_RANGE && special <= 255) out.u8(special);
    else {
      out.u8(opcode.advancePc);
      out.uleb(advance);
      out.u8(opcode.advanceLine);
      out.sleb(step);
      out.u8(opcode.copy);
    }
    [at, line] = [row.offset, row.line];
  }
  out.u8(opcode.advancePc);
  out.uleb(fn.end - at);
  extend(extended.endSequence, () => {}, 0);
}

// --- frames

const cfa = { advance: 0x40, offset: 0x80, restore: 0xc0, advance4: 0x04, defCfa: 0x0c, defCfaOffset: 0x0e, nop: 0 } as const;
const RA = 1,
  SP = 2,
  WORD = 8;

function frames(image: Image, functions: readonly DebugFunction[]): ByteWriter {
  const out = new ByteWriter();
  const padded = (write: () => void) => {
    out.sized(() => {
      write();
      while ((out.length + 4) % WORD !== 4 % WORD) out.u8(cfa.nop);
    });
  };
  const written = new Map<string, number>();
  const cieOf = ({ frameRules = [] }: DebugFunction): number => {
    // Where a trap was taken: what is returned to is that instruction, not one after a call.
    const augmentation = frameRules.some(({ name }) => name === "signal_frame") ? "S" : "";
    const [returnColumn = RA] = frameRules.find(({ name }) => name === "return_column")?.operands ?? [];
    const key = `${augmentation} ${returnColumn}`;
    const known = written.get(key);
    if (known !== undefined) return known;
    const at = out.length;
    written.set(key, at);
    padded(() => {
      out.u32(0xffffffff);
      // Version 4, addresses of 8 bytes, no segments, code in bytes, data in words downwards.
      out.u8(4);
      out.string(augmentation);
      out.bytes([8, 0, 1]);
      out.sleb(-WORD);
      out.uleb(returnColumn);
      out.u8(cfa.defCfa);
      out.uleb(SP);
      out.uleb(0);
    });
    return at;
  };
  for (const fn of functions) {
    const cie = cieOf(fn);
    padded(() => {
      out.offsetIn(".debug_frame", cie);
      out.address(image.virtualBase + BigInt(fn.start));
      out.u64(BigInt(fn.end - fn.start));
      let before: Pick<FrameRow, "offset" | "bytes" | "saved"> = { offset: fn.start, bytes: 0, saved: [] };
      for (const row of fn.frame) {
        writeFrameRow(out, before, row);
        before = row;
      }
      let at = fn.start;
      for (const rule of fn.frameRules ?? []) {
        writeFrameRule(out, rule, rule.offset - at);
        at = rule.offset;
      }
    });
  }
  return out;
}

function writeAdvance(out: ByteWriter, bytes: number): void {
  if (bytes > 0 && bytes < 0x40) out.u8(cfa.advance | bytes);
  else if (bytes > 0) {
    out.u8(cfa.advance4);
    out.u32(bytes);
  }
}

function writeFrameRule(out: ByteWriter, { name, operands }: FrameRule, advance: number): void {
  const { code, operands: kinds, inWords } = frameRuleForms[name]!;
  writeAdvance(out, advance);
  if (code === undefined) return;
  out.u8(code);
  operands.forEach((operand, index) => {
    if (kinds[index] === "distance" && inWords) out.sleb(operand / -WORD);
    else out.uleb(operand);
  });
}

function writeFrameRow(out: ByteWriter, before: FrameRow, row: FrameRow): void {
  writeAdvance(out, row.offset - before.offset);
  if (row.bytes !== before.bytes) {
    out.u8(cfa.defCfaOffset);
    out.uleb(row.bytes);
  }
  const places = ({ bytes, saved }: FrameRow) => new Map(saved.map(({ reg, offset }) => [reg, (bytes - offset) / WORD]));
  const [old, now] = [places(before), places(row)];
  for (const [reg, words] of now) {
    if (old.get(reg) === words) continue;
    out.u8(cfa.offset | reg);
    out.uleb(words);
  }
  for (const reg of old.keys()) if (!now.has(reg)) out.u8(cfa.restore | reg);
}
