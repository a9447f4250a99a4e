// Zba, Zbb and Zbs: bit manipulation. ISA manual, volume I, chapter 28.

import { type Row, row } from "./row.js";
import { I64, select } from "./value.js";

const word = (value: I64) => value.and(0xffff_ffff);
/// The same byte, or the same 32 bits, all over.
const repeated = (low: number) => I64.of(low).or(I64.of(low).shl(32));

export const zba: readonly Row[] = [
  row("add.uw    rd, rs1, rs2",   "0000100      rs2 rs1 000 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(word(rs1).add(rs2))),
  row("sh1add    rd, rs1, rs2",   "0010000      rs2 rs1 010 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.shl(1).add(rs2))),
  row("sh2add    rd, rs1, rs2",   "0010000      rs2 rs1 100 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.shl(2).add(rs2))),
  row("sh3add    rd, rs1, rs2",   "0010000      rs2 rs1 110 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.shl(3).add(rs2))),
  row("sh1add.uw rd, rs1, rs2",   "0010000      rs2 rs1 010 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(word(rs1).shl(1).add(rs2))),
  row("sh2add.uw rd, rs1, rs2",   "0010000      rs2 rs1 100 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(word(rs1).shl(2).add(rs2))),
  row("sh3add.uw rd, rs1, rs2",   "0010000      rs2 rs1 110 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(word(rs1).shl(3).add(rs2))),
  row("slli.uw   rd, rs1, shamt", "000010 shamt[5:0] rs1 001 rd 0011011", ({ rd, rs1, shamt }) => rd.set(word(rs1).shl(shamt))),
];

export const zbb: readonly Row[] = [
  row("andn   rd, rs1, rs2",   "0100000      rs2 rs1 111 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.and(rs2.xor(-1)))),
  row("orn    rd, rs1, rs2",   "0100000      rs2 rs1 110 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.or(rs2.xor(-1)))),
  row("xnor   rd, rs1, rs2",   "0100000      rs2 rs1 100 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.xor(rs2).xor(-1))),
  row("clz    rd, rs1",        "0110000    00000 rs1 001 rd 0010011", ({ rd, rs1 }) => rd.set(rs1.clz())),
  row("ctz    rd, rs1",        "0110000    00001 rs1 001 rd 0010011", ({ rd, rs1 }) => rd.set(rs1.ctz())),
  row("cpop   rd, rs1",        "0110000    00010 rs1 001 rd 0010011", ({ rd, rs1 }) => rd.set(rs1.popcnt())),
  row("clzw   rd, rs1",        "0110000    00000 rs1 001 rd 0011011", ({ rd, rs1 }) => rd.set(rs1.wrap().clz().extendU())),
  row("ctzw   rd, rs1",        "0110000    00001 rs1 001 rd 0011011", ({ rd, rs1 }) => rd.set(rs1.wrap().ctz().extendU())),
  row("cpopw  rd, rs1",        "0110000    00010 rs1 001 rd 0011011", ({ rd, rs1 }) => rd.set(rs1.wrap().popcnt().extendU())),
  row("sext.b rd, rs1",        "0110000    00100 rs1 001 rd 0010011", ({ rd, rs1 }) => rd.set(rs1.extend8S())),
  row("sext.h rd, rs1",        "0110000    00101 rs1 001 rd 0010011", ({ rd, rs1 }) => rd.set(rs1.extend16S())),
  row("zext.h rd, rs1",        "0000100    00000 rs1 100 rd 0111011", ({ rd, rs1 }) => rd.set(rs1.and(0xffff))),
  row("max    rd, rs1, rs2",   "0000101      rs2 rs1 110 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(select(rs1.ltS(rs2), rs2, rs1))),
  row("maxu   rd, rs1, rs2",   "0000101      rs2 rs1 111 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(select(rs1.ltU(rs2), rs2, rs1))),
  row("min    rd, rs1, rs2",   "0000101      rs2 rs1 100 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(select(rs1.ltS(rs2), rs1, rs2))),
  row("minu   rd, rs1, rs2",   "0000101      rs2 rs1 101 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(select(rs1.ltU(rs2), rs1, rs2))),
  row("rol    rd, rs1, rs2",   "0110000      rs2 rs1 001 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.rotl(rs2))),
  row("ror    rd, rs1, rs2",   "0110000      rs2 rs1 101 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.rotr(rs2))),
  row("rori   rd, rs1, shamt", "011000 shamt[5:0] rs1 101 rd 0010011", ({ rd, rs1, shamt }) => rd.set(rs1.rotr(shamt))),
  row("rolw   rd, rs1, rs2",   "0110000      rs2 rs1 001 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(rs1.wrap().rotl(rs2.wrap()).extendS())),
  row("rorw   rd, rs1, rs2",   "0110000      rs2 rs1 101 rd 0111011", ({ rd, rs1, rs2 }) => rd.set(rs1.wrap().rotr(rs2.wrap()).extendS())),
  row("roriw  rd, rs1, shamt", "0110000 shamt[4:0] rs1 101 rd 0011011", ({ rd, rs1, shamt }) => rd.set(rs1.wrap().rotr(shamt.wrap()).extendS())),
  // The top bit of each byte that is not zero, and from it the whole byte.
  row("orc.b  rd, rs1",        "001010000111     rs1 101 rd 0010011", ({ rd, rs1 }, m) => {
    const low = repeated(0x7f7f_7f7f);
    const top = m.let(rs1.and(low).add(low).or(rs1).and(low.xor(-1)));
    rd.set(top.shl(1).sub(top.shrU(7)).or(top));
  }),
  row("rev8   rd, rs1",        "011010111000     rs1 101 rd 0010011", ({ rd, rs1 }, m) => {
    const bytes = repeated(0x00ff_00ff), halves = repeated(0x0000_ffff);
    const swapped = m.let(rs1.shrU(8).and(bytes).or(rs1.and(bytes).shl(8)));
    rd.set(swapped.shrU(16).and(halves).or(swapped.and(halves).shl(16)).rotl(32));
  }),
];

const bit = (number: I64) => I64.of(1).shl(number);

export const zbs: readonly Row[] = [
  row("bclr  rd, rs1, rs2",   "0100100      rs2 rs1 001 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.and(bit(rs2).xor(-1)))),
  row("bext  rd, rs1, rs2",   "0100100      rs2 rs1 101 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.shrU(rs2).and(1))),
  row("binv  rd, rs1, rs2",   "0110100      rs2 rs1 001 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.xor(bit(rs2)))),
  row("bset  rd, rs1, rs2",   "0010100      rs2 rs1 001 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.or(bit(rs2)))),
  row("bclri rd, rs1, shamt", "010010 shamt[5:0] rs1 001 rd 0010011", ({ rd, rs1, shamt }) => rd.set(rs1.and(bit(shamt).xor(-1)))),
  row("bexti rd, rs1, shamt", "010010 shamt[5:0] rs1 101 rd 0010011", ({ rd, rs1, shamt }) => rd.set(rs1.shrU(shamt).and(1))),
  row("binvi rd, rs1, shamt", "011010 shamt[5:0] rs1 001 rd 0010011", ({ rd, rs1, shamt }) => rd.set(rs1.xor(bit(shamt)))),
  row("bseti rd, rs1, shamt", "001010 shamt[5:0] rs1 001 rd 0010011", ({ rd, rs1, shamt }) => rd.set(rs1.or(bit(shamt)))),
];
