// A small assembler for test programs, over the table's own: labels, a few
// pseudo-instructions, data. Sizes do not depend on labels, so the second pass
// only fills in what the first found.
//
//     li rd, constant    la rd, label    j label    any branch to a label    .dword n    .align n

import { encode } from "../../emulator/isa/encode.js";
import { parse } from "../../emulator/isa/text.js";

export interface Program {
  readonly bytes: Uint8Array;
  readonly labels: ReadonlyMap<string, number>;
}

/// A label, instructions, a 4-byte word as a number, or an 8-byte one as a bigint.
export type Line = string | number | bigint;

const NOP = 1n;

/// Lines to bytes that lie at `base`.
export function assemble(lines: readonly Line[], base: number): Program {
  const expanded = lines.flatMap((line): Line[] => (typeof line === "string" ? line.split(/[;\n]/).map((part) => part.replace(/#.*/, "").trim()).filter(Boolean).flatMap(expand) : [line]));
  const labels = new Map<string, number>();
  let program: number[] = [];
  for (const pass of ["place", "emit"] as const) {
    program = [];
    for (const line of expanded) {
      const pc = base + program.length;
      if (typeof line === "bigint") append(program, line, 8);
      else if (typeof line === "number") appendWord(program, line, 4);
      else if (line.endsWith(":")) labels.set(line.slice(0, -1), pc);
      else if (line.startsWith(".dword")) append(program, BigInt(evaluate(line.slice(6).trim(), labels, pass)), 8);
      else if (line.startsWith(".half")) append(program, BigInt(line.slice(5).trim()), 2);
      else if (line.startsWith(".align")) while (program.length % Number(line.slice(6))) append(program, NOP, 2);
      else {
        const instruction = resolve(line, pc, labels, pass);
        appendWord(program, instruction.word, instruction.length);
      }
    }
  }
  return { bytes: Uint8Array.from(program), labels };
}

function append(program: number[], value: bigint, bytes: number): void {
  appendWord(program, Number(BigInt.asUintN(32, value)), Math.min(bytes, 4));
  if (bytes > 4) appendWord(program, Number(BigInt.asUintN(32, value >> 32n)), bytes - 4);
}

function appendWord(program: number[], word: number, bytes: number): void {
  for (let index = 0; index < bytes; index++) program.push((word >>> (index * 8)) & 0xff);
}

function evaluate(text: string, labels: ReadonlyMap<string, number>, pass: string): string {
  return /^-?\d/.test(text) ? text : String(labels.get(text) ?? missing(text, pass));
}

function missing(label: string, pass: string): number {
  if (pass === "emit") throw new Error(`no label ${label}`);
  return 0;
}

/// Lines without labels, which programs repeat.
const known = new Map<string, { word: number; length: number }>();

function resolve(line: string, pc: number, labels: ReadonlyMap<string, number>, pass: string): { word: number; length: number } {
  const before = known.get(line);
  if (before) return before;
  const withOffsets = line
    .replace(/%hi\((\w+)\)/, (_, label) => `0x${((((labels.get(label) ?? missing(label, pass)) - pc + 0x800) >>> 12) & 0xfffff).toString(16)}`)
    // The auipc is the instruction before.
    .replace(/%lo\((\w+)\)/, (_, label) => String((((labels.get(label) ?? missing(label, pass)) - (pc - 4)) << 20) >> 20))
    .replace(/@(\w+)$/, (_, label) => { const offset = (labels.get(label) ?? (missing(label, pass), pc)) - pc; return `.${offset < 0 ? "" : "+"}${offset}`; });
  const parsed = parse(withOffsets);
  if (!parsed) throw new Error(`cannot assemble ${line}`);
  const instruction = { word: encode(parsed.row, parsed.operands), length: parsed.row.pattern.length };
  if (withOffsets === line) known.set(line, instruction);
  return instruction;
}

function expand(line: string): string[] {
  const [, mnemonic = "", rest = ""] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
  const operands = rest.split(/\s*,\s*/);
  const [rd = "", source = ""] = operands;
  switch (mnemonic) {
    case "li": return loadImmediate(rd, BigInt.asIntN(64, source.startsWith("-") ? -BigInt(source.slice(1)) : BigInt(source)));
    case "la": return [`auipc ${rd}, %hi(${source})`, `addi ${rd}, ${rd}, %lo(${source})`];
    // To anywhere; t3 is lost.
    case "farcall": return [...expand(`la t3, ${rd}`), "jalr ra, 0(t3)"];
    case "farjump": return [...expand(`la t3, ${rd}`), "jalr zero, 0(t3)"];
    case "j": return [`jal zero, @${rd}`];
    case "call": return [`jal ra, @${rd}`];
    case "ret": return ["jalr zero, 0(ra)"];
    case "nop": return ["addi zero, zero, 0"];
    case "mv": return [`addi ${rd}, ${source}, 0`];
    case "csrr": return [`csrrs ${rd}, ${source}, zero`];
    case "csrw": return [`csrrw zero, ${rd}, ${source}`];
    case "csrs": return [`csrrs zero, ${rd}, ${source}`];
    case "csrc": return [`csrrc zero, ${rd}, ${source}`];
    case "beqz": case "bnez": return [`${mnemonic.slice(0, 3)} ${rd}, zero, @${source}`];
    case "beq": case "bne": case "blt": case "bge": case "bltu": case "bgeu": return operands[2]?.startsWith(".") ? [line] : [`${mnemonic} ${rd}, ${source}, @${operands[2]}`];
    default: return [line];
  }
}

function loadImmediate(rd: string, value: bigint): string[] {
  if (value >= -2048n && value < 2048n) return [`addi ${rd}, zero, ${value}`];
  const low = BigInt.asIntN(12, value);
  if (value >= -0x8000_0000n && value < 0x7fff_f800n) return [`lui ${rd}, 0x${(((Number(value - low) >>> 12) & 0xfffff)).toString(16)}`, `addiw ${rd}, ${rd}, ${low}`];
  return [`jal ${rd}, .+12`, `.dword ${value}`, `ld ${rd}, 0(${rd})`];
}
