// RV64M. ISA manual, volume I, chapter 12.

import type { Machine } from "./machine.js";
import { row } from "./row.js";
import { I32, I64, when } from "./value.js";

export const rv64m = [
  row("mul    rd, rs1, rs2", "0000001 rs2 rs1 000 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.mul(rs2))),
  row("mulh   rd, rs1, rs2", "0000001 rs2 rs1 001 rd 0110011", ({ rd, rs1, rs2 }, m) => rd.set(highProduct(m, rs1, rs2).sub(ifNegative(rs1, rs2)).sub(ifNegative(rs2, rs1)))),
  row("mulhsu rd, rs1, rs2", "0000001 rs2 rs1 010 rd 0110011", ({ rd, rs1, rs2 }, m) => rd.set(highProduct(m, rs1, rs2).sub(ifNegative(rs1, rs2)))),
  row("mulhu  rd, rs1, rs2", "0000001 rs2 rs1 011 rd 0110011", ({ rd, rs1, rs2 }, m) => rd.set(highProduct(m, rs1, rs2))),
  row("div    rd, rs1, rs2", "0000001 rs2 rs1 100 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(when(isZeroOrMinusOne(rs2), when(rs2.eqz(), I64.of(-1), I64.of(0).sub(rs1)), rs1.divS(rs2)))),
  row("divu   rd, rs1, rs2", "0000001 rs2 rs1 101 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(when(rs2.eqz(), I64.of(-1), rs1.divU(rs2)))),
  row("rem    rd, rs1, rs2", "0000001 rs2 rs1 110 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(when(rs2.eqz(), rs1, rs1.remS(rs2)))),
  row("remu   rd, rs1, rs2", "0000001 rs2 rs1 111 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(when(rs2.eqz(), rs1, rs1.remU(rs2)))),

  row("mulw   rd, rs1, rs2", "0000001 rs2 rs1 000 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(rs1.mul(rs2).extend32S())),
  row("divw   rd, rs1, rs2", "0000001 rs2 rs1 100 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(narrow(rs1, rs2, (a, b) => when(isZeroOrMinusOne(b.extendS()), when(b.eqz(), I32.of(-1), I32.of(0).sub(a)), a.divS(b))))),
  row("divuw  rd, rs1, rs2", "0000001 rs2 rs1 101 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(narrow(rs1, rs2, (a, b) => when(b.eqz(), I32.of(-1), a.divU(b))))),
  row("remw   rd, rs1, rs2", "0000001 rs2 rs1 110 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(narrow(rs1, rs2, (a, b) => when(b.eqz(), a, a.remS(b))))),
  row("remuw  rd, rs1, rs2", "0000001 rs2 rs1 111 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(narrow(rs1, rs2, (a, b) => when(b.eqz(), a, a.remU(b))))),
];

// Division by zero gives -1, and the one overflow (the least number by -1)
// gives the dividend, which is its own negation; WebAssembly traps on both.
function isZeroOrMinusOne(value: I64): I32 {
  return value.add(1).leU(1);
}

function narrow(a: I64, b: I64, operate: (a: I32, b: I32) => I32): I64 {
  return operate(a.wrap(), b.wrap()).extendS();
}

/// The upper 64 bits of an unsigned 128-bit product, from four products of 32-bit halves.
function highProduct(m: Machine, a: I64, b: I64): I64 {
  const aLow = m.let(a.and(0xffffffff)), aHigh = m.let(a.shrU(32));
  const bLow = m.let(b.and(0xffffffff)), bHigh = m.let(b.shrU(32));
  const middle = m.let(aHigh.mul(bLow).add(aLow.mul(bLow).shrU(32)));
  const carry = aLow.mul(bHigh).add(middle.and(0xffffffff)).shrU(32);
  return aHigh.mul(bHigh).add(middle.shrU(32)).add(carry);
}

// A negative factor, read as unsigned, is 2^64 too much: that adds the other factor to the upper half.
function ifNegative(sign: I64, other: I64): I64 {
  return sign.shrS(63).and(other);
}
