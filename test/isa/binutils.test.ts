// Every row against GNU binutils: with random operands it must be what `as`
// makes of its text, and read as `objdump` reads its bits; and our own decoder
// and parser must give back what was put in.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { csrNumbers } from "../../emulator/isa/csr-names.js";
import { decode, fieldsOf } from "../../emulator/isa/decode.js";
import { encode } from "../../emulator/isa/encode.js";
import { operandKinds } from "../../emulator/isa/operand.js";
import { extract, type Field } from "../../emulator/isa/pattern.js";
import type { Operands, Row } from "../../emulator/isa/row.js";
import { rows } from "../../emulator/isa/table.js";
import { format, parse } from "../../emulator/isa/text.js";
import { which } from "./guest.js";
import { xorshift } from "./random.js";

interface Case {
  readonly row: Row;
  readonly operands: Operands;
  readonly word: number;
  /// In bytes from the start.
  readonly offset: number;
}

const CASES_PER_ROW = 300;
const PREFIX = "riscv64-unknown-elf-";
const ARCHITECTURE = "rv64imafdc_zicbom_zicboz_zicsr_zifencei_zihintpause_zba_zbb_zbs_svinval";
/// Where the code is taken to lie, so that branch targets are positive.
const BASE = 0x8000_0000;
/// Exact conversions have a rounding mode that older binutils neither write nor print; c.nop with an operand is a hint.
const ownTextOnly: ReadonlySet<string> = new Set(["fcvt.d.w", "fcvt.d.wu", "fcvt.d.s", "c.nop", "czero.eqz", "czero.nez"]);

const random = xorshift(20260101);
const csrs = Object.values(csrNumbers);
const cases = makeCases();

describe("our own text and bits", () => {
  test("decoding gives back what was encoded", () => {
    expect(cases.filter(({ row, operands, word }) => decode(word)?.form !== row || !same(fieldsOf(row, word), operands)).map(textOf)).toEqual([]);
  });
  test("parsing gives back what was printed", () => {
    const differs = ({ row, operands, word }: Case) => {
      const parsed = parse(format(row, operands));
      return parsed?.row !== row || encode(row, parsed.operands) !== word;
    };
    expect(cases.filter(differs).map(textOf)).toEqual([]);
  });
});

const tools = which(`${PREFIX}as`) && which(`${PREFIX}objdump`);
if (!tools) console.warn(`skipped: no ${PREFIX}as and objdump on PATH, so texts are not compared with GNU binutils`);

describe.skipIf(!tools)("GNU binutils", () => {
  const directory = mkdtempSync(join(tmpdir(), "typemetal-text-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const compared = cases.filter(({ row }) => !ownTextOnly.has(row.mnemonic));

  test("as makes the same bits of our text", () => {
    const image = assemble(cases.map((one) => `.option ${one.row.pattern.length === 2 ? "rvc" : "norvc"}\n${ownTextOnly.has(one.row.mnemonic) ? data(one) : format(one.row, one.operands)}`));
    const theirs = ({ row, offset }: Case) => (row.pattern.length === 2 ? image.readUInt16LE(offset) : image.readUInt32LE(offset));
    expect(compared.filter((one) => theirs(one) !== one.word).map((one) => `${textOf(one)}: ours ${one.word.toString(16)}, theirs ${theirs(one).toString(16)}`)).toEqual([]);
  }, 60_000);

  test("objdump prints the same text for our bits", () => {
    assemble(cases.map((one) => `.option rvc\n${data(one)}`));
    const listing = execFileSync(`${PREFIX}objdump`, ["-M", "no-aliases", `--adjust-vma=${BASE}`, "-d", join(directory, "text.o")], { encoding: "utf8", maxBuffer: 1 << 28 });
    const theirs = [...listing.matchAll(/^ *([0-9a-f]+):\t[0-9a-f]+ +\t(.*)$/gm)].map((match) => normalize(match[2] ?? ""));
    expect(theirs.length).toBe(cases.length);
    expect(cases.flatMap((one, index) => (ownTextOnly.has(one.row.mnemonic) || theirs[index] === normalize(textOf(one)) ? [] : [`ours ${textOf(one)}, theirs ${theirs[index]}`]))).toEqual([]);
  }, 60_000);

  function assemble(lines: readonly string[]): Buffer {
    const [source, object, binary] = ["text.s", "text.o", "text.bin"].map((name) => join(directory, name)) as [string, string, string];
    writeFileSync(source, `.option norelax\n${lines.join("\n")}\n`);
    execFileSync(`${PREFIX}as`, [`-march=${ARCHITECTURE}`, "-o", object, source]);
    execFileSync(`${PREFIX}objcopy`, ["-O", "binary", "-j", ".text", object, binary]);
    return readFileSync(binary);
  }
});

function makeCases(): Case[] {
  let offset = 0;
  return rows.flatMap((row) => Array.from({ length: CASES_PER_ROW }, () => {
    const made = { ...makeCase(row), offset };
    offset += row.pattern.length;
    return made;
  }));
}

/// Random operands that the row can encode. Hints are left out: binutils prints some of them in other ways.
function makeCase(row: Row) {
  for (;;) {
    const operands: Operands = Object.fromEntries(row.pattern.fields.map((field) => [field.name, randomOperand(field)]));
    try {
      const word = encode(row, operands);
      if (!isHint(row, operands)) return { row, operands, word };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function isHint({ mnemonic }: Row, { rd, shamt, imm, pred, succ }: Operands): boolean {
  return (mnemonic.startsWith("c.") && (rd === 0 || shamt === 0 || imm === 0)) || pred === 0 || succ === 0;
}

function randomOperand(field: Field): number {
  // What a text does not say is what the assembler takes it to be; binutils names more CSRs than we have.
  return operandKinds[field.name].default ?? (field.name === "csr" ? (csrs[(random() >>> 0) % csrs.length] as number) : extract(field, random()));
}

function same(a: Operands, b: Operands): boolean {
  return Object.keys(operandKinds).every((name) => a[name as keyof Operands] === b[name as keyof Operands]);
}

function data({ row, word }: Case): string { return `.insn ${row.pattern.length}, 0x${word.toString(16)}`; }
function textOf({ row, operands, offset }: Case): string { return format(row, operands, BASE + offset); }
/// Without notes, and with the target of a branch as a bare number.
function normalize(text: string): string { return text.replace(/ *[#<].*/, "").replace(/\s+/g, " ").replace(/, /g, ",").trim().replace(/([ ,])0x([0-9a-f]{8})$/, "$1$2"); }
