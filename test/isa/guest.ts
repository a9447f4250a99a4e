// Runs a bare-metal image, M-mode at 0x8000_0000, on our machine and on QEMU.
// What it prints on the UART is the result; it ends by the finisher.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cpu } from "../../emulator/isa/cpu.js";
import { pathOf } from "../tools.js";
import { findQemu10 } from "../world/debian.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine, type MachineOptions } from "../../emulator/machine/machine.js";

export const BASE = 0x8000_0000;
const RAM_BYTES = 64 << 20;

/// Start of every test program: `print` writes a0 as 16 digits and a newline, and keeps all but a1 to a4; `exit` ends the run.
export const prelude = `
  j start
  .align 4
print:
  addi a1, zero, 60
  lui a2, 0x10000
print_digit:
  srl a3, a0, a1
  andi a3, a3, 15
  addi a4, zero, 10
  blt a3, a4, print_decimal
  addi a3, a3, 39
print_decimal:
  addi a3, a3, 48
print_wait:
  lbu a4, 5(a2)
  andi a4, a4, 32
  beqz a4, print_wait
  sb a3, 0(a2)
  addi a1, a1, -4
  bge a1, zero, print_digit
print_newline:
  lbu a4, 5(a2)
  andi a4, a4, 32
  beqz a4, print_newline
  addi a3, zero, 10
  sb a3, 0(a2)
  ret
exit:
  lui a2, 0x10000
exit_wait:
  lbu a4, 5(a2)
  andi a4, a4, 64
  beqz a4, exit_wait
  li a2, 0x100000
  li a3, 0x5555
  sw a3, 0(a2)
  j exit
`;

/// Lets the lower modes have all of memory.
export const openProtection = "li t0, -1; csrw pmpaddr0, t0; li t0, 0x1f; csrw pmpcfg0, t0";

export type TestMachineOptions = Partial<MachineOptions> & { readonly harts?: number; readonly cpu?: Cpu; readonly ramBytes?: number };

export function makeMachine(image: Uint8Array, { harts, cpu, ramBytes = RAM_BYTES, ...options }: TestMachineOptions = {}): Machine {
  const boot = planBoot({ bios: "none", kernel: { name: "test.bin", bytes: image }, ramBytes, harts, cpu });
  return new Machine({ boot, ...options });
}

/// What the program prints. In pieces of a few instructions the interpreter's exact loop runs them all.
export function runOurs(image: Uint8Array, instructions = 50_000_000, pieces = instructions, options: TestMachineOptions = {}): string {
  let output = "";
  const machine = makeMachine(image, { ...options, transmit: (byte) => { output += String.fromCharCode(byte); } });
  let outcome = machine.run(pieces);
  for (let done = pieces; outcome.kind === "budget" && done < instructions; done += pieces) outcome = machine.run(pieces);
  return outcome.kind === "finished" && outcome.how.kind === "pass" ? output : `${output}${describe(outcome)}\n`;
}

export function describe(outcome: unknown): string {
  return JSON.stringify(outcome, (_, value) => (typeof value === "bigint" ? `0x${value.toString(16)}` : value));
}

/// Undefined where it is not on PATH, which TYPEMETAL_REQUIRE_TOOLS makes a failure.
export function which(tool: string): string | undefined {
  const found = pathOf(tool) || undefined;
  if (!found && process.env.TYPEMETAL_REQUIRE_TOOLS) throw new Error(`${tool} is not on PATH`);
  return found;
}

/// The QEMU on PATH, unless there is none.
export function findQemu(): string | undefined { return which("qemu-system-riscv64"); }

/// For instructions: QEMU 10, or that on PATH. Zicond and
/// cache blocks are in version 10, which can also be told to have exactly the extensions that ours has.
export function instructionsQemu(): { readonly path: string; readonly isNew: boolean; readonly cpu: string } | undefined {
  const path = findQemu10() ?? findQemu();
  if (path === undefined) return undefined;
  const isNew = Number(/version (\d+)/.exec(qemuVersion(path))?.[1]) >= 10;
  return { path, isNew, cpu: isNew ? newProcessor : "rv64,h=off,sstc=off,zbc=off" };
}

const newProcessor = ["rv64i", ..."m a f d c s u zicsr zifencei zicntr zihpm sv39 pmp zba zbb zbs zicond zicbom zicboz zihintpause svinval".split(" ").map((name) => `${name}=on`)].join(",");
const oldQemu = { path: "qemu-system-riscv64", cpu: "rv64,h=off,sstc=off,zba=off,zbb=off,zbc=off,zbs=off" };

export function runQemu(image: Uint8Array, options: readonly string[] = [], { path, cpu } = oldQemu): string {
  const directory = mkdtempSync(join(tmpdir(), "typemetal-isa-"));
  try {
    const file = join(directory, "image.bin");
    writeFileSync(file, image);
    const { stdout } = spawnSync(path, [
      "-M", "virt", "-cpu", cpu, "-m", "64M", "-bios", "none", "-nographic", "-monitor", "none", "-serial", "stdio",
      "-device", `loader,file=${file},addr=${BASE},force-raw=on`, ...options,
    ], { encoding: "latin1", timeout: 100_000, stdio: ["ignore", "pipe", "ignore"] });
    return stdout;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function qemuVersion(path = oldQemu.path): string {
  return execFileSync(path, ["--version"], { encoding: "utf8" }).split("\n")[0] ?? "";
}
