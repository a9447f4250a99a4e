// RV64D, a part: the rows that the benchmark programs need. Complete F and D,
// with flags and rounding modes, are still to come; until then the isa string
// and misa claim neither. ISA manual, volume I, chapter 21.
//
// Engines check mstatus.FS for every row that has an FP operand, and make it
// dirty for those that write one, so rows say nothing about it.
//
// `m.rounded` is the fast path's bargain: WebAssembly rounds to nearest even,
// so a normal result is right as it stands where the guest asks for that mode
// and has NX set already; anything else goes to the exact slow path. An engine
// compiles code under that assumption and discards it where it fails.

import { row } from "./row.js";

export const rv64d = [
  row("fld      frd, imm(rs1)",         "imm[11:0]         rs1  011 frd      0000111", ({ frd, rs1, imm }, m) => frd.set(m.load("u64", rs1.add(imm)).asF64())),
  row("fsd      frs2, imm(rs1)",        "imm[11:5]    frs2 rs1  011 imm[4:0] 0100111", ({ rs1, frs2, imm }, m) => m.store("64", rs1.add(imm), frs2.bits())),

  row("fadd.d   frd, frs1, frs2, rm",   "0000001      frs2 frs1 rm!=5,6 frd      1010011", ({ frd, frs1, frs2 }, m) => frd.set(m.rounded(frs1.add(frs2)))),
  row("fsub.d   frd, frs1, frs2, rm",   "0000101      frs2 frs1 rm!=5,6 frd      1010011", ({ frd, frs1, frs2 }, m) => frd.set(m.rounded(frs1.sub(frs2)))),
  row("fmul.d   frd, frs1, frs2, rm",   "0001001      frs2 frs1 rm!=5,6 frd      1010011", ({ frd, frs1, frs2 }, m) => frd.set(m.rounded(frs1.mul(frs2)))),
  row("fdiv.d   frd, frs1, frs2, rm",   "0001101      frs2 frs1 rm!=5,6 frd      1010011", ({ frd, frs1, frs2 }, m) => frd.set(m.rounded(frs1.div(frs2)))),
  row("fsqrt.d  frd, frs1, rm",         "0101101     00000 frs1 rm!=5,6 frd      1010011", ({ frd, frs1 }, m) => frd.set(m.rounded(frs1.sqrt()))),

  row("fsgnj.d  frd, frs1, frs2",       "0010001      frs2 frs1 000 frd      1010011", ({ frd, frs1, frs2 }) => frd.set(frs1.copysign(frs2))),
  row("fsgnjn.d frd, frs1, frs2",       "0010001      frs2 frs1 001 frd      1010011", ({ frd, frs1, frs2 }) => frd.set(frs1.copysign(frs2.neg()))),
  row("fsgnjx.d frd, frs1, frs2",       "0010001      frs2 frs1 010 frd      1010011", ({ frd, frs1, frs2 }) => frd.set(frs1.bits().xor(frs2.bits().and(SIGN)).asF64())),

  // Quiet comparisons flag signalling NaNs only, the others every NaN; flags are the slow path's, and these rows show the values.
  row("feq.d    rd, frs1, frs2",        "1010001      frs2 frs1 010 rd       1010011", ({ rd, frs1, frs2 }) => rd.set(frs1.eq(frs2).extendU())),
  row("flt.d    rd, frs1, frs2",        "1010001      frs2 frs1 001 rd       1010011", ({ rd, frs1, frs2 }) => rd.set(frs1.lt(frs2).extendU())),
  row("fle.d    rd, frs1, frs2",        "1010001      frs2 frs1 000 rd       1010011", ({ rd, frs1, frs2 }) => rd.set(frs1.le(frs2).extendU())),

  row("fcvt.d.w frd, rs1, rm",          "1101001     00000 rs1  rm!=5,6 frd      1010011", ({ frd, rs1 }) => frd.set(rs1.wrap().convertS())),
  row("fcvt.d.l frd, rs1, rm",          "1101001     00010 rs1  rm!=5,6 frd      1010011", ({ frd, rs1 }) => frd.set(rs1.convertS())),
  row("fmv.x.d  rd, frs1",              "1110001     00000 frs1 000 rd       1010011", ({ rd, frs1 }) => rd.set(frs1.bits())),
  row("fmv.d.x  frd, rs1",              "1111001     00000 rs1  000 frd      1010011", ({ frd, rs1 }) => frd.set(rs1.asF64())),
];

/// The sign bit of a 64-bit number; -2^63 is exact as a double, as every power of two is.
const SIGN = -(2 ** 63);
