// Programs without a kernel under them: the start of one, and a run on our
// machine or on QEMU.
// `run()` is called, its result and the instructions that it took are printed
// in hex, and the test finisher ends the machine. A trap prints "trap".

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { newFunc, type Asm, type Func, type Module } from "../../compiler/ir/types.js";

/// Prints a0 in 16 digits; the UART's address stays in t0.
export const PRINT_HEX = `
  li    t0, 0x10000000
  li    a1, 60
6:srl   t1, a0, a1
  andi  t1, t1, 15
  sltiu a2, t1, 10
  addi  t1, t1, 48
  bnez  a2, 7f
  addi  t1, t1, 39
7:sb    t1, 0(t0)
  addi  a1, a1, -4
  bgez  a1, 6b`;

const START = `
  li    sp, 0x80800000
  li    t0, 0x2000
  csrs  mstatus, t0
  la    t0, on_trap
  csrw  mtvec, t0
  csrr  s0, minstret
  call  run
  csrr  s1, minstret
  jal   5f
  li    t0, 0x10000000
  li    t1, 32
  sb    t1, 0(t0)
  sub   a0, s1, s0
  jal   5f
  li    t1, 0x5555
  li    t0, 0x100000
  sw    t1, 0(t0)
1:j     1b
5:${PRINT_HEX}
  ret`;

const ON_TRAP = `
  li    t0, 0x10000000
${[..."trap"].map((letter) => `  li t1, ${letter.charCodeAt(0)}\n  sb t1, 0(t0)`).join("\n")}
  li    t1, 0x5555
  li    t0, 0x100000
  sw    t1, 0(t0)
1:j     1b`;

export function asmOf(text: string): Asm {
  const lines = text.split("\n").map((line) => [{ kind: "text", text: line }] as const);
  return { lines, inputs: [], outputs: [], clobbers: [], effect: true };
}

/// A copy of the module that starts by itself and calls its function `run`.
export function withStart(module: Module): Module {
  const naked = (name: string, text: string, section: string): Func =>
    newFunc(name, [], { attributes: { section, align: 4 }, naked: asmOf(text) });
  return {
    ...module,
    functions: [naked("_start", START, ".text.start"), naked("on_trap", ON_TRAP, ".text.cold"), ...module.functions],
    roots: ["_start", ...module.roots],
  };
}

export interface Run {
  /// "trap", or the result in 16 hex digits.
  readonly result: string;
  readonly instructions: number;
}

export const hex = (value: bigint) => BigInt.asUintN(64, value).toString(16).padStart(16, "0");

const RAM_BYTES = 16 << 20;
const MOST_INSTRUCTIONS = 100_000_000;

export function runOnOurs(elf: Uint8Array): Run {
  const boot = planBoot({ bios: "none", kernel: { name: "program", bytes: elf }, ramBytes: RAM_BYTES, harts: 1 });
  let output = "";
  const machine = new Machine({ boot, transmit: (byte) => (output += String.fromCharCode(byte)) });
  const outcome = machine.run(MOST_INSTRUCTIONS);
  return outcome.kind === "finished" ? parseRun(output) : { result: outcome.kind, instructions: 0 };
}

function parseRun(output: string): Run {
  const [result = "", count = "0"] = output.trim().split(" ");
  return { result, instructions: Number.parseInt(count, 16) };
}

export function runOnQemu(elf: Uint8Array): Run {
  const directory = mkdtempSync(join(tmpdir(), "typemetal-"));
  try {
    const path = join(directory, "program.elf");
    writeFileSync(path, elf);
    const args = ["-M", "virt", "-bios", "none", "-nographic", "-icount", "shift=0", "-kernel", path];
    return parseRun(execFileSync("qemu-system-riscv64", args, { timeout: 60_000, input: "" }).toString());
  } finally {
    rmSync(directory, { recursive: true });
  }
}
