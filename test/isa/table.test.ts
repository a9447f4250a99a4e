// The table as a whole: what may not be in it, and what decodes.

import { expect, test } from "vitest";
import { Cpu, fullCpu, parseCpu } from "../../emulator/isa/cpu.js";
import { decode } from "../../emulator/isa/decode.js";
import { flowOf } from "../../emulator/isa/flow.js";
import { row } from "../../emulator/isa/row.js";
import { checkTable, rows } from "../../emulator/isa/table.js";

const nothing = () => {};

test("the rows have names and encodings of their own", () => {
  expect(rows.length).toBeGreaterThan(200);
  checkTable(rows);
});

test("rows that share an encoding are found", () => {
  const taken = row("taken rd, rs1, imm", "imm[11:0] rs1 000 rd 0010011", nothing);
  expect(() => checkTable([...rows, taken])).toThrow("addi rd, rs1, imm and taken rd, rs1, imm share an encoding");
});

test("two rows of one name are found", () => {
  expect(() => checkTable([...rows, row("addi rd", "000000000000 00000 000 rd 1111111", nothing)])).toThrow("two rows are called addi");
});

test("a row that may leave after it has written does not load", () => {
  const late = row("late rd, rs1", "000000000000 rs1 000 rd 1111111", ({ rd, rs1 }, m) => {
    rd.set(rs1);
    rd.set(m.load("u64", rs1));
  });
  expect(() => flowOf(late)).toThrow("late may leave after it has written");
});

test.each([fullCpu, new Cpu(new Set(["d", "zba"])), parseCpu("rv64,m=off,f=off,d=off")])("misa says what the isa string says", ({ isa, misa }) => {
  const letters = [...isa.slice(4).replace(/_.*/, "")];
  for (let bit = 0; bit < 26; bit++) {
    const letter = String.fromCharCode(97 + bit);
    expect([letter, (misa >> BigInt(bit)) & 1n]).toEqual([letter, letters.includes(letter) || letter === "s" || letter === "u" ? 1n : 0n]);
  }
  expect(BigInt.asUintN(64, misa) >> 62n).toBe(2n);
});

test("fences decode in every form, whatever their unused fields hold", () => {
  for (const [word, mnemonic] of [
    [0x0ff0000f, "fence"], [0x8330000f, "fence.tso"], [0x83300f8f, "fence.tso"], [0x1330000f, "fence"], [0x0330808f, "fence"], [0x0000000f, "fence"],
    [0x0000100f, "fence.i"], [0xabc2118f, "fence.i"],
  ] as const) expect([word, decode(word)?.row.mnemonic]).toEqual([word, mnemonic]);
});

test("reserved encodings do not decode", () => {
  for (const word of [0, 0x0000_0000, 0xffff_ffff, 0x8000, 0x2001, 0x6101, 0x9c41, 0x9c61, 0x4002, 0x6002, 0x8002, 0x0000_2013 | 0x7f, 0x0200_1013 | 0x8000_0000]) expect([word, decode(word)?.form.text]).toEqual([word, undefined]);
});

test("a processor has all that is implemented, or less", () => {
  expect(fullCpu.isa).toMatch(/^rv64imafdc_zicbom_zicboz_zicntr_zicond_zicsr_zifencei_zihintpause_zihpm_zba_zbb_zbs_sstc_svadu_svinval_svnapot_svpbmt$/);
  expect(parseCpu("rv64,zba=off,d=off,zba=on").isa).toMatch(/^rv64imafc_.*_zba_/);
  for (const text of ["", "rv32", "rv64,zba", "rv64,zba=maybe", "rv64,x=off", "rv64,f=off"]) expect(() => parseCpu(text)).toThrow(RangeError);
});

test("what a processor lacks is illegal", () => {
  for (const [word, text] of [[0x20b52533, "rv64,zba=off"], [0x02b50533, "rv64,m=off"], [0x2100, "rv64,d=off"], [0x00a5a52f, "rv64,a=off"]] as const) {
    const decoded = decode(word);
    expect([text, decoded && parseCpu(text).lacks(decoded), decoded && fullCpu.lacks(decoded)]).toEqual([text, true, false]);
  }
});
