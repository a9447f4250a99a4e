// RV64A. ISA manual, volume I, chapter 13.
//
// A reservation is the address that was loaded, or -1. A store-conditional
// clears it, and so does the hart at every trap, at every return from one and
// when another hart's turn comes. Harts take turns, so nothing else is needed.
// A store-conditional that fails does not touch memory, as on QEMU.

import { Cause, type Machine } from "./machine.js";
import { row } from "./row.js";
import { I64, when } from "./value.js";

export const rv64a = [
  row("lr.w{aqrl}      rd, (rs1)",      "00010 aqrl 00000 rs1 010 rd 0101111", ({ rd, rs1 }, m) => { aligned(m, rs1, 4, Cause.loadMisaligned); const old = m.let(m.load("s32", rs1)); m.setState("reservation", rs1); rd.set(old); }),
  row("lr.d{aqrl}      rd, (rs1)",      "00010 aqrl 00000 rs1 011 rd 0101111", ({ rd, rs1 }, m) => { aligned(m, rs1, 8, Cause.loadMisaligned); const old = m.let(m.load("u64", rs1)); m.setState("reservation", rs1); rd.set(old); }),
  row("sc.w{aqrl}      rd, rs2, (rs1)", "00011 aqrl rs2   rs1 010 rd 0101111", ({ rd, rs1, rs2 }, m) => { aligned(m, rs1, 4); const held = m.let(m.getState("reservation").eq(rs1)); m.storeWhere(held, "32", rs1, rs2); m.setState("reservation", I64.of(-1)); rd.set(held.eqz().extendU()); }),
  row("sc.d{aqrl}      rd, rs2, (rs1)", "00011 aqrl rs2   rs1 011 rd 0101111", ({ rd, rs1, rs2 }, m) => { aligned(m, rs1, 8); const held = m.let(m.getState("reservation").eq(rs1)); m.storeWhere(held, "64", rs1, rs2); m.setState("reservation", I64.of(-1)); rd.set(held.eqz().extendU()); }),

  ...amo("amoswap", "00001", (_, operand) => operand),
  ...amo("amoadd",  "00000", (old, operand) => old.add(operand)),
  ...amo("amoxor",  "00100", (old, operand) => old.xor(operand)),
  ...amo("amoand",  "01100", (old, operand) => old.and(operand)),
  ...amo("amoor",   "01000", (old, operand) => old.or(operand)),
  ...amo("amomin",  "10000", (old, operand) => when(old.ltS(operand), old, operand)),
  ...amo("amomax",  "10100", (old, operand) => when(old.ltS(operand), operand, old)),
  ...amo("amominu", "11000", (old, operand) => when(old.ltU(operand), old, operand)),
  ...amo("amomaxu", "11100", (old, operand) => when(old.ltU(operand), operand, old)),
];

/// Both widths. Words are compared sign-extended, which keeps their unsigned order too.
function amo<Function extends string>(name: string, funct5: Function, change: (old: I64, operand: I64) => I64) {
  return [
    row(`${name}.w{aqrl} rd, rs2, (rs1)`, `${funct5} aqrl rs2 rs1 010 rd 0101111` as "aqrl rs2 rs1 010 rd 0101111", ({ rd, rs1, rs2 }, m) => {
      aligned(m, rs1, 4);
      rd.set(m.update("s32", rs1, (old) => change(old, rs2.extend32S())));
    }),
    row(`${name}.d{aqrl} rd, rs2, (rs1)`, `${funct5} aqrl rs2 rs1 011 rd 0101111` as "aqrl rs2 rs1 011 rd 0101111", ({ rd, rs1, rs2 }, m) => {
      aligned(m, rs1, 8);
      rd.set(m.update("u64", rs1, (old) => change(old, rs2)));
    }),
  ];
}

function aligned(m: Machine, vaddr: I64, bytes: number, cause: Cause = Cause.storeMisaligned): void {
  m.raise(cause, vaddr.and(bytes - 1).ne(0), vaddr);
}
