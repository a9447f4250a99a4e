// Small extensions of the base: Zicond (ISA manual, volume I, chapter 11),
// Zihintpause (chapter 9), Zicbom and Zicboz (chapter 19).
//
// Memory has no caches, so managing a block asks for permission and does no
// more. A block has 64 bytes, as QEMU's.

import { Cause, type Machine } from "./machine.js";
import { expansion, type Row, row } from "./row.js";
import { I64, select } from "./value.js";

export const CACHE_BLOCK = 64;

export const zicond: readonly Row[] = [
  row("czero.eqz rd, rs1, rs2", "0000111 rs2 rs1 101 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(select(rs2.eqz(), I64.of(0), rs1))),
  row("czero.nez rd, rs1, rs2", "0000111 rs2 rs1 111 rd 0110011", ({ rd, rs1, rs2 }) => rd.set(select(rs2.eqz(), rs1, I64.of(0)))),
];

export const zihintpause: readonly Row[] = [
  expansion("pause", "0000 0001 0000 00000 000 00000 0001111", "fence w, 0"),
];

/// What a mode may do with blocks, as bits of menvcfg and senvcfg: CBIE, CBCFE, CBZE.
export const BlockControl = { inval: 1 << 4, clean: 1 << 6, zero: 1 << 7 } as const;

export const zicbom: readonly Row[] = [
  row("cbo.inval (rs1)", "000000000000 rs1 010 00000 0001111", ({ rs1 }, m) => manage(m, rs1, BlockControl.inval)),
  row("cbo.clean (rs1)", "000000000001 rs1 010 00000 0001111", ({ rs1 }, m) => manage(m, rs1, BlockControl.clean)),
  row("cbo.flush (rs1)", "000000000010 rs1 010 00000 0001111", ({ rs1 }, m) => manage(m, rs1, BlockControl.clean)),
];

export const zicboz: readonly Row[] = [
  row("cbo.zero (rs1)", "000000000100 rs1 010 00000 0001111", ({ rs1 }, m) => {
    require(m, BlockControl.zero);
    m.zeroBlock(m.let(rs1.and(-CACHE_BLOCK)));
  }),
];

function manage(m: Machine, vaddr: I64, control: number): void {
  require(m, control);
  m.touchBlock(m.let(vaddr.and(-CACHE_BLOCK)));
}

function require(m: Machine, control: number): void {
  m.raise(Cause.illegalInstruction, m.getState("blockControl").and(control).eqz());
}
