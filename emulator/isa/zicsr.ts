// Zicsr. ISA manual, volume I, chapter 6.
//
// TypeScript performs these: what a CSR does when it is read or written is the
// CSR table's business. They write without effect where the spec says that
// they do not write at all (rs1 = x0, uimm = 0), so read-only CSRs can be read.

import { type Hart, hosted } from "./row.js";

type Access = (old: bigint, operand: bigint) => bigint;
const write: Access = (_, operand) => operand;
const setBits: Access = (old, operand) => old | operand;
const clearBits: Access = (old, operand) => old & ~operand;

export const zicsr = [
  hosted("csrrw  rd, csr, rs1",  "csr[11:0] rs1       001 rd 1110011", (hart, { rd, csr, rs1 }) => access(hart, rd, csr, write, hart.readRegister(rs1), true)),
  hosted("csrrs  rd, csr, rs1",  "csr[11:0] rs1       010 rd 1110011", (hart, { rd, csr, rs1 }) => access(hart, rd, csr, setBits, hart.readRegister(rs1), rs1 !== 0)),
  hosted("csrrc  rd, csr, rs1",  "csr[11:0] rs1       011 rd 1110011", (hart, { rd, csr, rs1 }) => access(hart, rd, csr, clearBits, hart.readRegister(rs1), rs1 !== 0)),
  hosted("csrrwi rd, csr, uimm", "csr[11:0] uimm[4:0] 101 rd 1110011", (hart, { rd, csr, uimm }) => access(hart, rd, csr, write, BigInt(uimm), true)),
  hosted("csrrsi rd, csr, uimm", "csr[11:0] uimm[4:0] 110 rd 1110011", (hart, { rd, csr, uimm }) => access(hart, rd, csr, setBits, BigInt(uimm), uimm !== 0)),
  hosted("csrrci rd, csr, uimm", "csr[11:0] uimm[4:0] 111 rd 1110011", (hart, { rd, csr, uimm }) => access(hart, rd, csr, clearBits, BigInt(uimm), uimm !== 0)),
];

function access(hart: Hart, rd: number, csr: number, update: Access, operand: bigint, writes: boolean): void | "illegal" {
  const old = hart.readCsr(csr);
  const readOnly = csr >>> 10 === 3;
  if (old === undefined || (writes && readOnly)) return "illegal";
  if (writes) hart.writeCsr(csr, update(old, operand));
  hart.writeRegister(rd, old);
}
