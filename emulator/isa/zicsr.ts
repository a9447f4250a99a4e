// Zicsr. ISA manual, volume I, chapter 6.
//
// What a CSR does when it is read or written is the CSR table's business, so
// TypeScript performs these rows; where the CSR is nothing but storage, the
// engines run them inline. They do not write at all where the spec says so
// (rs1 = x0, uimm = 0), so read-only CSRs can be read.

import { type Hart, hosted, type Inline, type Row } from "./row.js";
import type { I64 } from "./value.js";

const write = (_: bigint, operand: bigint) => operand;
const setBits = (old: bigint, operand: bigint) => old | operand;
const clearBits = (old: bigint, operand: bigint) => old & ~operand;

export const zicsr: readonly Row[] = [
  hosted("csrrw  rd, csr, rs1",  "csr[11:0] rs1       001 rd 1110011", (hart, { rd, csr, rs1 }) => access(hart, rd, csr, write, hart.readRegister(rs1), true), inlined("rs1", (_, operand) => operand)),
  hosted("csrrs  rd, csr, rs1",  "csr[11:0] rs1       010 rd 1110011", (hart, { rd, csr, rs1 }) => access(hart, rd, csr, setBits, hart.readRegister(rs1), rs1 !== 0), inlined("rs1", (old, operand) => old.or(operand))),
  hosted("csrrc  rd, csr, rs1",  "csr[11:0] rs1       011 rd 1110011", (hart, { rd, csr, rs1 }) => access(hart, rd, csr, clearBits, hart.readRegister(rs1), rs1 !== 0), inlined("rs1", (old, operand) => old.and(operand.xor(-1)))),
  hosted("csrrwi rd, csr, uimm", "csr[11:0] uimm[4:0] 101 rd 1110011", (hart, { rd, csr, uimm }) => access(hart, rd, csr, write, BigInt(uimm), true), inlined("uimm", (_, operand) => operand)),
  hosted("csrrsi rd, csr, uimm", "csr[11:0] uimm[4:0] 110 rd 1110011", (hart, { rd, csr, uimm }) => access(hart, rd, csr, setBits, BigInt(uimm), uimm !== 0), inlined("uimm", (old, operand) => old.or(operand))),
  hosted("csrrci rd, csr, uimm", "csr[11:0] uimm[4:0] 111 rd 1110011", (hart, { rd, csr, uimm }) => access(hart, rd, csr, clearBits, BigInt(uimm), uimm !== 0), inlined("uimm", (old, operand) => old.and(operand.xor(-1)))),
];

function access(hart: Hart, rd: number, csr: number, change: (old: bigint, operand: bigint) => bigint, operand: bigint, writes: boolean): void | "illegal" {
  const old = hart.accessCsr(csr, writes ? (value) => change(value, operand) : undefined);
  if (old === undefined) return "illegal";
  hart.writeRegister(rd, old);
}

function inlined(source: "rs1" | "uimm", change: (old: I64, operand: I64) => I64): Inline {
  return {
    storage: (operands, m) => {
      const old = m.let(m.readCsr());
      m.writeCsr(change(old, operands[source]));
      operands.rd.set(old);
    },
    read: ({ rd }, m) => rd.set(m.readCsr()),
    quick: (operands, m) => {
      const old = m.let(m.readCsr());
      m.attemptCsr(change(old, operands[source]), () => operands.rd.set(old));
    },
  };
}
