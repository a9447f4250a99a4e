// RV64A, a part: enough to show each shape. ISA manual, volume I, chapter 13.
//
// A reservation is the address that was loaded, or -1. Nothing but this hart's
// own store-conditional clears it here; the full table also clears it on traps.

import { row } from "./row.js";
import { I64, when } from "./value.js";

export const rv64a = [
  row("lr.w{aqrl}      rd, (rs1)",      "00010 aqrl 00000 rs1 010 rd 0101111", ({ rd, rs1 }, m) => { const old = m.let(m.load("s32", rs1)); m.setState("reservation", rs1); rd.set(old); }),
  row("lr.d{aqrl}      rd, (rs1)",      "00010 aqrl 00000 rs1 011 rd 0101111", ({ rd, rs1 }, m) => { const old = m.let(m.load("u64", rs1)); m.setState("reservation", rs1); rd.set(old); }),
  row("sc.w{aqrl}      rd, rs2, (rs1)", "00011 aqrl rs2   rs1 010 rd 0101111", ({ rd, rs1, rs2 }, m) => { const held = m.let(m.getState("reservation").eq(rs1)); m.update("s32", rs1, (old) => when(held, rs2, old)); m.setState("reservation", I64.of(-1)); rd.set(held.eqz().extendU()); }),
  row("sc.d{aqrl}      rd, rs2, (rs1)", "00011 aqrl rs2   rs1 011 rd 0101111", ({ rd, rs1, rs2 }, m) => { const held = m.let(m.getState("reservation").eq(rs1)); m.update("u64", rs1, (old) => when(held, rs2, old)); m.setState("reservation", I64.of(-1)); rd.set(held.eqz().extendU()); }),

  row("amoswap.w{aqrl} rd, rs2, (rs1)", "00001 aqrl rs2   rs1 010 rd 0101111", ({ rd, rs1, rs2 }, m) => rd.set(m.update("s32", rs1, () => rs2))),
  row("amoadd.w{aqrl}  rd, rs2, (rs1)", "00000 aqrl rs2   rs1 010 rd 0101111", ({ rd, rs1, rs2 }, m) => rd.set(m.update("s32", rs1, (old) => old.add(rs2)))),
  row("amomin.w{aqrl}  rd, rs2, (rs1)", "10000 aqrl rs2   rs1 010 rd 0101111", ({ rd, rs1, rs2 }, m) => rd.set(m.update("s32", rs1, (old) => when(old.ltS(rs2.extend32S()), old, rs2)))),
  row("amoswap.d{aqrl} rd, rs2, (rs1)", "00001 aqrl rs2   rs1 011 rd 0101111", ({ rd, rs1, rs2 }, m) => rd.set(m.update("u64", rs1, () => rs2))),
  row("amoadd.d{aqrl}  rd, rs2, (rs1)", "00000 aqrl rs2   rs1 011 rd 0101111", ({ rd, rs1, rs2 }, m) => rd.set(m.update("u64", rs1, (old) => old.add(rs2)))),
  row("amomaxu.d{aqrl} rd, rs2, (rs1)", "11100 aqrl rs2   rs1 011 rd 0101111", ({ rd, rs1, rs2 }, m) => rd.set(m.update("u64", rs1, (old) => when(old.gtU(rs2), old, rs2)))),
];
