// A program that runs rows with random operands and prints one checksum for
// each row: of what the registers hold after each case, and of memory.
//
// A case loads x8 to x15 (the registers that every form can name), f8 to f15
// and fcsr, runs the instruction once, and stores them. Rows that access memory
// find their address in the middle of a buffer; those that jump, jump over one
// instruction. CSR rows name mscratch.

import { encode } from "../../emulator/isa/encode.js";
import { flowOf } from "../../emulator/isa/flow.js";
import { operandKinds } from "../../emulator/isa/operand.js";
import { extract, type Field } from "../../emulator/isa/pattern.js";
import { operandSlots, type Operands, type Row } from "../../emulator/isa/row.js";
import { baseOf, extensions, rows } from "../../emulator/isa/table.js";
import { assemble, type Line } from "./assembler.js";
import { BASE, prelude } from "./guest.js";
import { random64, xorshift } from "./random.js";

const MSCRATCH = 0x340;
const BUFFER = BASE + 0x200_0000;
const RESULTS = BUFFER + 0x2000;
/// Bytes of a case's inputs, and of its results.
const CASE = 136;
const registers = [8, 9, 10, 11, 12, 13, 14, 15] as const;
/// Registers of the harness: inputs, results, buffer.
const [INPUT, RESULT] = ["t6", "t5"];

/// These need traps or another mode: the privileged programs have them.
const elsewhere = new Set(["ecall", "ebreak", "c.ebreak", "mret", "sret", "wfi", "sfence.vma", "sinval.vma", "sfence.w.inval", "sfence.inval.ir"]);

export const CASES_PER_ROW = 60;
export const testedRows: readonly Row[] = rows.filter(({ mnemonic }) => !elsewhere.has(mnemonic));

let allRows: Uint8Array | undefined;
/// The program of all rows, made once in a process.
export function allRowsImage(): Uint8Array {
  return (allRows ??= rowProgram(testedRows, CASES_PER_ROW).image);
}

/// Prints a line for each row, or with `each` for each case. Other seeds give other cases.
export function rowProgram(tested: readonly Row[], casesPerRow: number, each = false, seed = 0x7ab1e): { image: Uint8Array; cases: string[] } {
  const cases: string[] = [];
  const inputs: bigint[] = [];
  const lines: Line[] = [prelude, checksum, "start:", "li t0, 0x6000", "csrs mstatus, t0", `la ${INPUT}, inputs`];
  tested.forEach((row) => {
    // A row's cases do not depend on the rows before it.
    const random = xorshift(seed + rows.indexOf(row) * 7919);
    lines.push(`li ${RESULT}, ${RESULTS}`, `li sp, ${BUFFER + 2048}`);
    for (let index = 0; index < casesPerRow; index++) {
      const operands = chooseOperands(row, random);
      const values = registers.map(() => random64(random));
      const floats = registers.map(() => randomFloat(random));
      const { before, after } = prepare(row, operands, values, random);
      const fcsr = BigInt(((random() >>> 1) % 5) << 5) | BigInt(random() & 1 ? 1 : random() & 31);
      inputs.push(...values, ...floats, fcsr);
      cases.push(`${row.text} ${JSON.stringify(operands)} x8..: ${hex(values)} f8..: ${hex(floats)} fcsr: ${hex([fcsr])}`);
      for (const [place, x] of registers.entries()) lines.push(`ld ${nameOf(x)}, ${place * 8}(${INPUT})`);
      for (const [place, x] of registers.entries()) lines.push(`fld ${floatNameOf(x)}, ${64 + place * 8}(${INPUT})`);
      lines.push(`ld t3, 128(${INPUT}); csrw fcsr, t3`);
      lines.push(...before, ...wordOf(row, operands), ...after);
      for (const [place, x] of registers.entries()) lines.push(`sd ${nameOf(x)}, ${place * 8}(${RESULT})`, `fsd ${floatNameOf(x)}, ${64 + place * 8}(${RESULT})`);
      lines.push(`csrr t3, fcsr; sd t3, 128(${RESULT}); addi ${INPUT}, ${INPUT}, ${CASE}; addi ${RESULT}, ${RESULT}, ${CASE}`);
      if (each) lines.push("farcall checksum", `li ${RESULT}, ${RESULTS}`);
    }
    if (!each) lines.push("farcall checksum");
  });
  return { image: assemble(lines.concat(["farjump exit", ".align 8", "inputs:"], inputs), BASE).bytes, cases };
}

/// FNV-like over the buffer and the results so far, a dword at a time.
const checksum = `
checksum:
  mv t4, ra
  li t0, ${BUFFER}
  li t1, 0x100000001b3
  li a0, 0x14650fb0739d0383
checksum_next:
  ld t2, 0(t0)
  xor a0, a0, t2
  mul a0, a0, t1
  srli t2, a0, 29
  xor a0, a0, t2
  addi t0, t0, 8
  bltu t0, ${RESULT}, checksum_next
  call print
  jalr zero, 0(t4)
`;

function hex(values: readonly bigint[]): string { return values.map((value) => BigInt.asUintN(64, value).toString(16)).join(" "); }
function nameOf(x: number): string { return operandKinds.rs1.print(x); }
function floatNameOf(f: number): string { return operandKinds.frs1.print(f); }

function chooseOperands(row: Row, random: () => number): Operands {
  for (;;) {
    const operands: Operands = Object.fromEntries(row.pattern.fields.map((field) => [field.name, choose(row, field, random)]));
    try {
      encode(row, operands);
      return operands;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function choose(row: Row, field: Field, random: () => number): number {
  const { name } = field;
  if (operandKinds[name].file) return (name === "rd" && (random() & 15) === 0) ? 0 : 8 + (random() & 7);
  if (name === "csr") return MSCRATCH;
  if (name === "rm") return random() & 1 ? 7 : (random() >>> 1) % 5;
  // Over the instruction that follows.
  if (name === "offset") return row.pattern.length + 4;
  return extract(field, random());
}

/// Puts what the row needs into its inputs, and gives what stands around it.
function prepare(row: Row, operands: Operands, values: bigint[], random: () => number): { before: string[]; after: string[] } {
  const base = baseOf(row);
  const flow = flowOf(base);
  const after = flow === "goto" || flow === "branch" || flow === "jump" ? ["xori s0, s0, 1365"] : [];
  const address = operands.rs1;
  if (flow === "jump") {
    const distance = 8 + row.pattern.length + 4 - (operands.imm ?? 0);
    const target = nameOf(address ?? 0);
    const high = (distance + 0x800) >> 12;
    return { before: [`auipc ${target}, 0x${(high & 0xfffff).toString(16)}`, `addi ${target}, ${target}, ${distance - (high << 12)}`], after };
  }
  if (flow === "branch" && (random() & 3) === 0 && operands.rs2 !== undefined) values[operands.rs2 - 8] = values[(address ?? 8) - 8] as bigint;
  if (operandSlots(base.text).includes("rs1") && /\(rs1\)/.test(base.text) && address !== undefined) {
    const atomic = extensions.A.includes(base);
    values[address - 8] = BigInt(BUFFER + 4096 + (random() & (atomic ? 0xf8 : 0xff)));
    // Half of the store-conditionals have a reservation.
    if (base.mnemonic.startsWith("sc.") && random() & 1) return { before: [`lr.${base.mnemonic.slice(3, 4)} zero, (${nameOf(address)})`], after };
  }
  return { before: [], after };
}

function wordOf(row: Row, operands: Operands): (string | number)[] {
  const word = encode(row, operands);
  return row.pattern.length === 4 ? [word] : [`.half ${word}`];
}

/// Small whole numbers, fractions, edges and any bits, as a double, or as a single in its box, or not quite in it.
function randomFloat(random: () => number): bigint {
  const bytes = new DataView(new ArrayBuffer(8));
  const isSingle = (random() & 1) === 1;
  const value = (random() >> (random() & 31)) / (random() & 1 ? 1 : 1 << (random() & 15));
  const edge = edges[(random() >>> 1) % edges.length] as number;
  bytes.setInt32(0, random());
  bytes.setInt32(4, random());
  const choice = random() & 3;
  if (isSingle) {
    if (choice > 1) bytes.setFloat32(4, value);
    else if (choice === 1) bytes.setFloat32(4, edge);
    bytes.setInt32(0, (random() & 15) === 0 ? 0xffff_fffe : -1);
  } else if (choice > 1) bytes.setFloat64(0, value);
  else if (choice === 1) bytes.setFloat64(0, edge);
  return bytes.getBigInt64(0);
}

const edges = [0, -0, 1, -1, 1.5, -2.5, Infinity, -Infinity, NaN, 2 ** 31, 2 ** 32 - 1, -(2 ** 31), 2 ** 63, -(2 ** 63), 2 ** 64, 2 ** -1022, 2 ** -1074, -(2 ** -1023), Number.MAX_VALUE, 2 ** 127, 2 ** 128, 2 ** -126, 2 ** -149, 2 ** 53 + 2, 2 ** 24 + 1];
