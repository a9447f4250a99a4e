// OpenSBI, as QEMU's package brings it, starts a kernel on our machine.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";
import { assemble } from "../../isa/assembler.js";
import { makeElf } from "./make-elf.js";

const firmware = "/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin";
const hasFirmware = existsSync(firmware);
if (!hasFirmware && process.env.TYPEMETAL_REQUIRE_TOOLS) throw new Error(`${firmware} is missing`);
if (!hasFirmware) console.warn(`skipped, since ${firmware} is missing`);
const kernelBase = 0x8020_0000;
const ramBytes = 64 << 20;

describe.skipIf(!hasFirmware)("OpenSBI", () => {
  it.each([1, 2])("boots on %i harts and starts the kernel in S-mode", (harts) => {
    const kernel = assemble(["mv s0, a1; li a7, 1; addi a0, zero, 75; ecall", "li a7, 8; ecall"], kernelBase);
    const boot = planBoot({
      bios: { name: "opensbi.bin", bytes: readFileSync(firmware) },
      kernel: { name: "kernel", bytes: makeElf({ segments: [{ paddr: BigInt(kernelBase), bytes: kernel.bytes }] }) },
      ramBytes,
      harts,
    });
    let console = "";
    const machine = new Machine({ boot, transmit: (byte) => (console += String.fromCharCode(byte)) });
    expect(machine.run(1_000_000_000)).toEqual({ kind: "finished", how: { kind: "pass" } });
    expect(console).toMatch(new RegExp(`Platform HART Count {7}: ${harts}\r?\n`));
    expect(console).toContain("Platform Console Device   : uart8250");
    expect(console).toContain("Domain0 Next Address      : 0x0000000080200000");
    expect(console.trimEnd().endsWith("K")).toBe(true);
  });
});
