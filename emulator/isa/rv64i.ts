// RV64I, and Zifencei's one instruction. ISA manual, volume I, chapters 2 and 4.

import { Cause } from "./machine.js";
import { row } from "./row.js";

export const rv64i = [
  row("lui    rd, upper",         "upper[31:12]                             rd              0110111", ({ rd, upper }) => rd.set(upper)),
  row("auipc  rd, upper",         "upper[31:12]                             rd              0010111", ({ rd, upper }, m) => rd.set(m.pc.add(upper))),

  // Control transfer. A link is written after everything that reads registers: rd and rs1 may be the same.
  row("jal    rd, offset",        "offset[20|10:1|11|19:12]                 rd              1101111", ({ rd, offset }, m) => { rd.set(m.nextPc); m.goto(offset); }),
  row("jalr   rd, imm(rs1)",      "imm[11:0]                rs1         000 rd              1100111", ({ rd, rs1, imm }, m) => {
    const target = m.let(rs1.add(imm).and(~1));
    rd.set(m.nextPc);
    m.jump(target);
  }),
  row("beq    rs1, rs2, offset",  "offset[12|10:5]     rs2  rs1         000 offset[4:1|11]  1100011", ({ rs1, rs2, offset }, m) => m.branch(rs1.eq(rs2), offset)),
  row("bne    rs1, rs2, offset",  "offset[12|10:5]     rs2  rs1         001 offset[4:1|11]  1100011", ({ rs1, rs2, offset }, m) => m.branch(rs1.ne(rs2), offset)),
  row("blt    rs1, rs2, offset",  "offset[12|10:5]     rs2  rs1         100 offset[4:1|11]  1100011", ({ rs1, rs2, offset }, m) => m.branch(rs1.ltS(rs2), offset)),
  row("bge    rs1, rs2, offset",  "offset[12|10:5]     rs2  rs1         101 offset[4:1|11]  1100011", ({ rs1, rs2, offset }, m) => m.branch(rs1.geS(rs2), offset)),
  row("bltu   rs1, rs2, offset",  "offset[12|10:5]     rs2  rs1         110 offset[4:1|11]  1100011", ({ rs1, rs2, offset }, m) => m.branch(rs1.ltU(rs2), offset)),
  row("bgeu   rs1, rs2, offset",  "offset[12|10:5]     rs2  rs1         111 offset[4:1|11]  1100011", ({ rs1, rs2, offset }, m) => m.branch(rs1.geU(rs2), offset)),

  row("lb     rd, imm(rs1)",      "imm[11:0]                rs1         000 rd              0000011", ({ rd, rs1, imm }, m) => rd.set(m.load("s8", rs1.add(imm)))),
  row("lh     rd, imm(rs1)",      "imm[11:0]                rs1         001 rd              0000011", ({ rd, rs1, imm }, m) => rd.set(m.load("s16", rs1.add(imm)))),
  row("lw     rd, imm(rs1)",      "imm[11:0]                rs1         010 rd              0000011", ({ rd, rs1, imm }, m) => rd.set(m.load("s32", rs1.add(imm)))),
  row("ld     rd, imm(rs1)",      "imm[11:0]                rs1         011 rd              0000011", ({ rd, rs1, imm }, m) => rd.set(m.load("u64", rs1.add(imm)))),
  row("lbu    rd, imm(rs1)",      "imm[11:0]                rs1         100 rd              0000011", ({ rd, rs1, imm }, m) => rd.set(m.load("u8", rs1.add(imm)))),
  row("lhu    rd, imm(rs1)",      "imm[11:0]                rs1         101 rd              0000011", ({ rd, rs1, imm }, m) => rd.set(m.load("u16", rs1.add(imm)))),
  row("lwu    rd, imm(rs1)",      "imm[11:0]                rs1         110 rd              0000011", ({ rd, rs1, imm }, m) => rd.set(m.load("u32", rs1.add(imm)))),
  row("sb     rs2, imm(rs1)",     "imm[11:5]           rs2  rs1         000 imm[4:0]        0100011", ({ rs1, rs2, imm }, m) => m.store("8", rs1.add(imm), rs2)),
  row("sh     rs2, imm(rs1)",     "imm[11:5]           rs2  rs1         001 imm[4:0]        0100011", ({ rs1, rs2, imm }, m) => m.store("16", rs1.add(imm), rs2)),
  row("sw     rs2, imm(rs1)",     "imm[11:5]           rs2  rs1         010 imm[4:0]        0100011", ({ rs1, rs2, imm }, m) => m.store("32", rs1.add(imm), rs2)),
  row("sd     rs2, imm(rs1)",     "imm[11:5]           rs2  rs1         011 imm[4:0]        0100011", ({ rs1, rs2, imm }, m) => m.store("64", rs1.add(imm), rs2)),

  row("addi   rd, rs1, imm",      "imm[11:0]                rs1         000 rd              0010011", ({ rd, rs1, imm }) => rd.set(rs1.add(imm))),
  row("slti   rd, rs1, imm",      "imm[11:0]                rs1         010 rd              0010011", ({ rd, rs1, imm }) => rd.set(rs1.ltS(imm).extendU())),
  row("sltiu  rd, rs1, imm",      "imm[11:0]                rs1         011 rd              0010011", ({ rd, rs1, imm }) => rd.set(rs1.ltU(imm).extendU())),
  row("xori   rd, rs1, imm",      "imm[11:0]                rs1         100 rd              0010011", ({ rd, rs1, imm }) => rd.set(rs1.xor(imm))),
  row("ori    rd, rs1, imm",      "imm[11:0]                rs1         110 rd              0010011", ({ rd, rs1, imm }) => rd.set(rs1.or(imm))),
  row("andi   rd, rs1, imm",      "imm[11:0]                rs1         111 rd              0010011", ({ rd, rs1, imm }) => rd.set(rs1.and(imm))),
  row("slli   rd, rs1, shamt",    "000000 shamt[5:0]        rs1         001 rd              0010011", ({ rd, rs1, shamt }) => rd.set(rs1.shl(shamt))),
  row("srli   rd, rs1, shamt",    "000000 shamt[5:0]        rs1         101 rd              0010011", ({ rd, rs1, shamt }) => rd.set(rs1.shrU(shamt))),
  row("srai   rd, rs1, shamt",    "010000 shamt[5:0]        rs1         101 rd              0010011", ({ rd, rs1, shamt }) => rd.set(rs1.shrS(shamt))),

  // WebAssembly takes a shift's amount modulo its width, as RISC-V does.
  row("add    rd, rs1, rs2",      "0000000             rs2  rs1         000 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.add(rs2))),
  row("sub    rd, rs1, rs2",      "0100000             rs2  rs1         000 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.sub(rs2))),
  row("sll    rd, rs1, rs2",      "0000000             rs2  rs1         001 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.shl(rs2))),
  row("slt    rd, rs1, rs2",      "0000000             rs2  rs1         010 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.ltS(rs2).extendU())),
  row("sltu   rd, rs1, rs2",      "0000000             rs2  rs1         011 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.ltU(rs2).extendU())),
  row("xor    rd, rs1, rs2",      "0000000             rs2  rs1         100 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.xor(rs2))),
  row("srl    rd, rs1, rs2",      "0000000             rs2  rs1         101 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.shrU(rs2))),
  row("sra    rd, rs1, rs2",      "0100000             rs2  rs1         101 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.shrS(rs2))),
  row("or     rd, rs1, rs2",      "0000000             rs2  rs1         110 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.or(rs2))),
  row("and    rd, rs1, rs2",      "0000000             rs2  rs1         111 rd              0110011", ({ rd, rs1, rs2 }) => rd.set(rs1.and(rs2))),

  row("addiw  rd, rs1, imm",      "imm[11:0]                rs1         000 rd              0011011", ({ rd, rs1, imm }) => rd.set(rs1.add(imm).extend32S())),
  row("slliw  rd, rs1, shamt",    "0000000 shamt[4:0]       rs1         001 rd              0011011", ({ rd, rs1, shamt }) => rd.set(rs1.shl(shamt).extend32S())),
  row("srliw  rd, rs1, shamt",    "0000000 shamt[4:0]       rs1         101 rd              0011011", ({ rd, rs1, shamt }) => rd.set(rs1.wrap().shrU(shamt.wrap()).extendS())),
  row("sraiw  rd, rs1, shamt",    "0100000 shamt[4:0]       rs1         101 rd              0011011", ({ rd, rs1, shamt }) => rd.set(rs1.wrap().shrS(shamt.wrap()).extendS())),
  row("addw   rd, rs1, rs2",      "0000000             rs2  rs1         000 rd              0111011", ({ rd, rs1, rs2 }) => rd.set(rs1.add(rs2).extend32S())),
  row("subw   rd, rs1, rs2",      "0100000             rs2  rs1         000 rd              0111011", ({ rd, rs1, rs2 }) => rd.set(rs1.sub(rs2).extend32S())),
  row("sllw   rd, rs1, rs2",      "0000000             rs2  rs1         001 rd              0111011", ({ rd, rs1, rs2 }) => rd.set(rs1.wrap().shl(rs2.wrap()).extendS())),
  row("srlw   rd, rs1, rs2",      "0000000             rs2  rs1         101 rd              0111011", ({ rd, rs1, rs2 }) => rd.set(rs1.wrap().shrU(rs2.wrap()).extendS())),
  row("sraw   rd, rs1, rs2",      "0100000             rs2  rs1         101 rd              0111011", ({ rd, rs1, rs2 }) => rd.set(rs1.wrap().shrS(rs2.wrap()).extendS())),

  // Harts take turns on one memory, and decoded code never goes stale, so a fence has nothing to do.
  // Fields that the text does not name are for the future: software leaves them at their default, hardware ignores them.
  row("fence  pred, succ",        "fm!=8 pred succ     ignored[9:5]     000 ignored[4:0]    0001111", () => {}),
  row("fence.tso",                "1000 order[7:0]     ignored[9:5]     000 ignored[4:0]    0001111", () => {}),
  row("ecall",                    "000000000000             00000       000 00000           1110011", (_, m) => {
    m.attempt("environmentCall", [m.pc], false);
    m.raise(Cause.environmentCall);
  }),
  row("ebreak",                   "000000000001             00000       000 00000           1110011", (_, m) => m.raise(Cause.breakpoint)),
  row("fence.i",                  "ignored[21:10]      ignored[9:5]     001 ignored[4:0]    0001111", () => {}),
];
