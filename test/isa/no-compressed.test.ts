// A processor without C: instructions are four bytes, aligned. What it prints is
// what QEMU 10 prints with -cpu rv64,c=off.

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseCpu } from "../../emulator/isa/cpu.js";
import { findQemu10 } from "../world/debian.js";
import { assemble, type Line } from "./assembler.js";
import { BASE, prelude, runOurs, runQemu } from "./guest.js";

const JAL_6 = 0x0060_00ef, BEQ_6 = 0x0000_0363, BNE_6 = 0x0000_1363;

/// Each case goes on at s11 after the trap that it ends with; s0 counts those that end without one.
const trapped = (...lines: Line[]): Line[] => {
  const label = `case${cases++}`;
  return [`la s11, ${label}`, "li ra, 77", ...lines, "addi s0, s0, 1", `${label}:`, "mv a0, ra; call print"];
};
let cases = 0;

const program = assemble([
  prelude, ".align 4", "trap:", "csrr a0, mcause; call print; la a1, program; csrr a0, mepc; sub a0, a0, a1; call print; csrr a0, mtval; la a1, program; sub a0, a0, a1; call print; csrw mepc, s11; mret",
  "start:", "la t0, trap; csrw mtvec, t0; li s0, 0", "program:",
  // Compressed words are illegal.
  ...trapped(0x0001_0001),
  // Jumps to the middle of an instruction do not happen, and link nothing.
  ...trapped(JAL_6), ...trapped(BEQ_6), ...trapped(BNE_6),
  ...trapped("la t0, program; jalr ra, 2(t0)"),
  // Bit 0 of a computed target is dropped.
  ...trapped("la t0, target; jalr ra, 1(t0)", "nop", "target:", "addi s0, s0, 16"),
  // In a loop, so that engines get to know it.
  "li s1, 300", "again:", "farcall double; addi s1, s1, -1; bnez s1, again", "mv a0, s2; call print",
  // misa.C.
  "csrr a0, misa; andi a0, a0, 4; call print",
  "mv a0, s0; call print; farjump exit", "double:", "addi s2, s2, 2; jalr zero, 0(ra)",
], BASE).bytes;

const file = new URL("expected/no-compressed.txt", import.meta.url);
const qemu = findQemu10();
const cpu = parseCpu("rv64,c=off");

describe("without compressed instructions", () => {
  test.skipIf(!qemu)("QEMU prints what is written down", () => {
    const output = runQemu(program, [], { path: qemu as string, cpu: "rv64,h=off,c=off,zca=off,zcd=off,zcf=off" });
    if (process.env.UPDATE) writeFileSync(file, output);
    expect(output).toBe(readFileSync(file, "utf8"));
  });

  test.each([{}, { engine: "jit", jit: { threshold: 0, batch: 1 } }, { engine: "jit", jit: { threshold: 16, batch: 1 } }] as const)("ours does the same, %j", (options) => {
    expect(runOurs(program, 1_000_000, 1_000_000, { ...options, cpu })).toBe(readFileSync(file, "utf8"));
  });

  // Volume II, 3.1.14. QEMU 10 keeps them.
  test("the low bits of xepc are zero", () => {
    const lines = ["mepc", "sepc"].map((name) => `li t0, -1; csrw ${name}, t0; csrr a0, ${name}; call print`);
    expect(runOurs(assemble([prelude, "start:", ...lines, "farjump exit"], BASE).bytes, 100_000, 100_000, { cpu })).toBe("fffffffffffffffc\n".repeat(2));
  });
});
