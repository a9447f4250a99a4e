// RV64C (with Zcd): every compressed instruction is another one in half the
// space, so each row says which, with operands by position: names are fields
// of this row, register names and numbers are fixed.
// ISA manual, volume I, chapter 26.
//
// Encodings that the manual calls hints run as what they expand to, which does
// nothing; those that it reserves are excluded by `nz` names and by `!=`.

import { expansion } from "./row.js";

export const rv64c = [
  // Quadrant 0
  expansion("c.addi4spn rd, sp, nzuimm",  "000 nzuimm[5:4|9:6|2|3]              rd'  00", "addi rd, sp, nzuimm"),
  expansion("c.fld      frd, uimm(rs1)",  "001 uimm[5:3]        rs1' uimm[7:6]  frd' 00", "fld frd, uimm(rs1)"),
  expansion("c.lw       rd, uimm(rs1)",   "010 uimm[5:3]        rs1' uimm[2|6]  rd'  00", "lw rd, uimm(rs1)"),
  expansion("c.ld       rd, uimm(rs1)",   "011 uimm[5:3]        rs1' uimm[7:6]  rd'  00", "ld rd, uimm(rs1)"),
  expansion("c.fsd      frs2, uimm(rs1)", "101 uimm[5:3]        rs1' uimm[7:6] frs2' 00", "fsd frs2, uimm(rs1)"),
  expansion("c.sw       rs2, uimm(rs1)",  "110 uimm[5:3]        rs1' uimm[2|6]  rs2' 00", "sw rs2, uimm(rs1)"),
  expansion("c.sd       rs2, uimm(rs1)",  "111 uimm[5:3]        rs1' uimm[7:6]  rs2' 00", "sd rs2, uimm(rs1)"),

  // Quadrant 1
  expansion("c.nop      imm",             "000 imm[5]          00000     imm[4:0]    01", "addi zero, zero, imm"),
  expansion("c.addi     rd, imm",         "000 imm[5]          rd!=0     imm[4:0]    01", "addi rd, rd, imm"),
  expansion("c.addiw    rd, imm",         "001 imm[5]          rd!=0     imm[4:0]    01", "addiw rd, rd, imm"),
  expansion("c.li       rd, imm",         "010 imm[5]          rd        imm[4:0]    01", "addi rd, zero, imm"),
  expansion("c.addi16sp sp, nzimm",       "011 nzimm[9]        00010 nzimm[4|6|8:7|5] 01", "addi sp, sp, nzimm"),
  expansion("c.lui      rd, nzupper",     "011 nzupper[17]     rd!=2 nzupper[16:12]  01", "lui rd, nzupper"),
  expansion("c.srli     rd, shamt",       "100 shamt[5]     00 rd'       shamt[4:0]  01", "srli rd, rd, shamt"),
  expansion("c.srai     rd, shamt",       "100 shamt[5]     01 rd'       shamt[4:0]  01", "srai rd, rd, shamt"),
  expansion("c.andi     rd, imm",         "100 imm[5]       10 rd'       imm[4:0]    01", "andi rd, rd, imm"),
  expansion("c.sub      rd, rs2",         "100 0            11 rd'       00 rs2'     01", "sub rd, rd, rs2"),
  expansion("c.xor      rd, rs2",         "100 0            11 rd'       01 rs2'     01", "xor rd, rd, rs2"),
  expansion("c.or       rd, rs2",         "100 0            11 rd'       10 rs2'     01", "or rd, rd, rs2"),
  expansion("c.and      rd, rs2",         "100 0            11 rd'       11 rs2'     01", "and rd, rd, rs2"),
  expansion("c.subw     rd, rs2",         "100 1            11 rd'       00 rs2'     01", "subw rd, rd, rs2"),
  expansion("c.addw     rd, rs2",         "100 1            11 rd'       01 rs2'     01", "addw rd, rd, rs2"),
  expansion("c.j        offset",          "101 offset[11|4|9:8|10|6|7|3:1|5]         01", "jal zero, offset"),
  expansion("c.beqz     rs1, offset",     "110 offset[8|4:3]    rs1' offset[7:6|2:1|5] 01", "beq rs1, zero, offset"),
  expansion("c.bnez     rs1, offset",     "111 offset[8|4:3]    rs1' offset[7:6|2:1|5] 01", "bne rs1, zero, offset"),

  // Quadrant 2
  expansion("c.slli     rd, shamt",       "000 shamt[5]        rd        shamt[4:0]    10", "slli rd, rd, shamt"),
  expansion("c.fldsp    frd, uimm(sp)",   "001 uimm[5]         frd       uimm[4:3|8:6] 10", "fld frd, uimm(sp)"),
  expansion("c.lwsp     rd, uimm(sp)",    "010 uimm[5]         rd!=0     uimm[4:2|7:6] 10", "lw rd, uimm(sp)"),
  expansion("c.ldsp     rd, uimm(sp)",    "011 uimm[5]         rd!=0     uimm[4:3|8:6] 10", "ld rd, uimm(sp)"),
  expansion("c.jr       rs1",             "100 0               rs1!=0    00000         10", "jalr zero, 0(rs1)"),
  expansion("c.mv       rd, rs2",         "100 0               rd        rs2!=0        10", "add rd, zero, rs2"),
  expansion("c.ebreak",                   "100 1               00000     00000         10", "ebreak"),
  expansion("c.jalr     rs1",             "100 1               rs1!=0    00000         10", "jalr ra, 0(rs1)"),
  expansion("c.add      rd, rs2",         "100 1               rd        rs2!=0        10", "add rd, rd, rs2"),
  expansion("c.fsdsp    frs2, uimm(sp)",  "101 uimm[5:3|8:6]             frs2          10", "fsd frs2, uimm(sp)"),
  expansion("c.swsp     rs2, uimm(sp)",   "110 uimm[5:2|7:6]             rs2           10", "sw rs2, uimm(sp)"),
  expansion("c.sdsp     rs2, uimm(sp)",   "111 uimm[5:3|8:6]             rs2           10", "sd rs2, uimm(sp)"),
];
