// Inline assembly: pseudo-instructions, labels, register names.

import { expect, test } from "vitest";
import { format } from "../../../emulator/isa/text.js";
import { rowByMnemonic } from "../../../emulator/isa/table.js";
import { assemble } from "../../../compiler/rv64/assemble.js";
import { asmOf } from "../../differential/bare-metal.js";

const piecesOf = (text: string) => assemble(asmOf(text), [], [], undefined, "f");
const textOf = (text: string) => piecesOf(text).map(({ mnemonic, operands }) => format(rowByMnemonic.get(mnemonic)!, operands));

test.each([
  ["nop", "addi zero, zero, 0"],
  ["mv a0, x11", "add a0, zero, a1"],
  ["not a0, a0", "xori a0, a0, -1"],
  ["neg a0, fp", "sub a0, zero, s0"],
  ["seqz t0, t1", "sltiu t0, t1, 1"],
  ["snez t0, t1", "sltu t0, zero, t1"],
  ["sext.w t0, t1", "addiw t0, t1, 0"],
  ["ret", "jalr zero, 0(ra)"],
  ["jr t0", "jalr zero, 0(t0)"],
  ["jalr t0", "jalr ra, 0(t0)"],
  ["csrr a0, scause", "csrrs a0, scause, zero"],
  ["csrw sepc, a0", "csrrw zero, sepc, a0"],
  ["csrs sstatus, a0", "csrrs zero, sstatus, a0"],
  ["csrc sstatus, a0", "csrrc zero, sstatus, a0"],
  ["csrwi sscratch, 0", "csrrwi zero, sscratch, 0"],
  ["csrrw tp, sscratch, tp", "csrrw tp, sscratch, tp"],
  ["sd   x1 ,8(tp)", "sd ra, 8(tp)"],
  ["wfi // until something happens", "wfi"],
  ["sfence.vma", "sfence.vma zero, zero"],
  ["sfence.vma a0", "sfence.vma a0, zero"],
  ["fence", "fence iorw, iorw"],
  ["li a0, 0x800", "lui a0, 0x1; addiw a0, a0, -2048"],
])("%s", (line, expected) => {
  expect(textOf(line).join("; ")).toBe(expected);
});

test("numeric labels lead to the nearest before and after", () => {
  const pieces = piecesOf("1: nop\nj 1f\nj 1b\n1: beqz a0, 1b");
  expect(pieces.map(({ labels, to }) => [labels?.[0], to?.name])).toEqual([
    ["f.1.1", undefined],
    [undefined, "f.1.2"],
    [undefined, "f.1.1"],
    ["f.1.2", "f.1.2"],
  ]);
});

test("symbols keep their names until layout", () => {
  expect(piecesOf("la a0, table\ncall f2\ntail f3").map(({ mnemonic, to }) => `${mnemonic} ${to?.name} ${to?.part}`)).toEqual([
    "auipc table high",
    "addi table low",
    "jal f2 offset",
    "jal f3 offset",
  ]);
});

test("directives about the frame take no room, and name registers as DWARF does", () => {
  const pieces = piecesOf(".cfi_signal_frame\n.cfi_def_cfa tp, 16\n.cfi_offset x5, -8\n.cfi_register 64, sepc\nnop");
  expect(pieces.map(({ mnemonic, frameRule }) => frameRule ?? mnemonic)).toEqual([
    { name: "signal_frame", operands: [] },
    { name: "def_cfa", operands: [4, 16] },
    { name: "offset", operands: [5, -8] },
    { name: "register", operands: [64, 4096 + 0x141] },
    "addi",
  ]);
});

test.each([".cfi_offset x5", ".cfi_offset a9, 8", ".cfi_nothing", ".cfi_def_cfa sp, much"])("refuses %s", (line) => {
  expect(() => piecesOf(line)).toThrow("does not know this line");
});
