import { describe, expect, it } from "vitest";
import { type BootOptions, ImageError, planBoot } from "../../../emulator/machine/loader.js";
import { makeElf } from "./make-elf.js";
import { cellsOf, nodeAt, readTree } from "./read-tree.js";

const MiB = 1 << 20;
const machine = { ramBytes: 128 * MiB };
const code = Uint8Array.of(0x73, 0, 0, 0);
const plan = (options: Partial<BootOptions>) => planBoot({ ...machine, ...options });
const elf = (...addresses: bigint[]) => ({
  name: "k.elf",
  bytes: makeElf({ segments: addresses.map((paddr) => ({ paddr, bytes: code })) }),
});
const raw = (name: string, bytes: Uint8Array) => ({ name, bytes });

function refusal(options: Partial<BootOptions>): string {
  try {
    plan(options);
  } catch (error) {
    if (error instanceof ImageError) return `${error.message} / ${error.help}`;
    throw error;
  }
  return "accepted";
}

describe("boot plan", () => {
  it("starts a kernel in S-mode by the built-in SBI, at its lowest address", () => {
    const { mode, entry, loads } = plan({ kernel: elf(0x8030_0000n, 0x8020_0000n) });
    expect([mode, entry]).toEqual(["supervisor", 0x8020_0000]);
    expect(loads.map(({ paddr }) => paddr).slice(0, 2)).toEqual([0x8030_0000, 0x8020_0000]);
  });

  it("starts what lies at the start of RAM in M-mode, through the boot ROM", () => {
    const { mode, entry, rom, deviceTree } = plan({ kernel: elf(0x8000_0000n) });
    expect([mode, entry]).toEqual(["machine", 0x1000]);
    const view = new DataView(rom.buffer);
    expect(view.getBigUint64(0x18, true)).toBe(0x8000_0000n);
    expect(view.getBigUint64(0x20, true)).toBe(BigInt(deviceTree));
    // No firmware, so no kernel for it to start.
    expect(view.getBigUint64(0x38, true)).toBe(0n);
  });

  it("tells firmware where the kernel is, behind it and aligned to 2 MiB", () => {
    const bios = raw("fw.bin", new Uint8Array(3 * MiB));
    const { mode, rom, loads } = plan({ bios, kernel: raw("Image.bin", code) });
    expect(mode).toBe("machine");
    expect(loads.map(({ paddr }) => paddr).slice(0, 2)).toEqual([0x8000_0000, 0x8040_0000]);
    const info = [0, 1, 2, 3, 4, 5].map((word) => new DataView(rom.buffer).getBigUint64(0x28 + word * 8, true));
    expect(info).toEqual([0x4942_534fn, 2n, 0x8040_0000n, 1n, 0n, 0n]);
  });

  it("puts the device tree on the last 2 MiB boundary it fits behind, below 3 GiB", () => {
    expect(plan({ kernel: elf(0x8020_0000n) }).deviceTree).toBe(0x87e0_0000);
    const large = planBoot({ ...machine, ramBytes: 2048 * MiB, kernel: elf(0x8020_0000n) });
    expect(large.deviceTree).toBe(0xbfe0_0000);
  });

  it("puts the initrd half of RAM behind the kernel, and says so in the tree", () => {
    const { loads } = plan({ kernel: elf(0x8020_0000n), initrd: raw("root", new Uint8Array(100)) });
    expect(loads[1]?.paddr).toBe(0x8420_0000);
    const chosen = nodeAt(readTree(loads.at(-1)?.bytes ?? new Uint8Array(0)), "/chosen");
    expect([cellsOf(chosen, "linux,initrd-start"), cellsOf(chosen, "linux,initrd-end")]).toEqual([[0, 0x8420_0000], [0, 0x8420_0064]]);
  });

  it("counts the zero bytes behind a segment", () => {
    const bytes = makeElf({ segments: [{ paddr: 0x8020_0000n, bytes: code, memoryBytes: 100 }] });
    expect(plan({ kernel: raw("k", bytes) }).loads[0]?.zeroBytes).toBe(96);
  });

  it.each([
    ["text", { kernel: raw("README.md", new TextEncoder().encode("# hello")) }, /README.md is not an ELF file.*\.bin/],
    ["an empty file", { kernel: raw("k", new Uint8Array(0)) }, /k is empty/],
    ["gzip", { kernel: raw("Image.gz", Uint8Array.of(0x1f, 0x8b, 8)) }, /compressed.*gunzip/],
    ["half a header", { kernel: raw("k", elf(0x8020_0000n).bytes.subarray(0, 40)) }, /cut short: the ELF header/],
    ["half a program header", { kernel: raw("k", elf(0x8020_0000n).bytes.subarray(0, 80)) }, /cut short: the program header table/],
    ["half a segment", { kernel: raw("k", elf(0x8020_0000n).bytes.subarray(0, 122)) }, /cut short: segment 0/],
    ["x86-64", { kernel: raw("k", makeElf({ machine: 62 })) }, /built for x86-64.*riscv64/],
    ["an unknown machine", { kernel: raw("k", makeElf({ machine: 9999 })) }, /ELF machine 9999/],
    ["32 bits", { kernel: raw("k", makeElf({ fileClass: 1 })) }, /32-bit/],
    ["big-endian", { kernel: raw("k", makeElf({ data: 2 })) }, /big-endian/],
    ["an object file", { kernel: raw("k.o", makeElf({ type: 1 })) }, /not yet linked/],
    ["a core dump", { kernel: raw("core", makeElf({ type: 4 })) }, /ELF type 4/],
    ["nothing to load", { kernel: raw("k", makeElf({})) }, /nothing to load/],
    ["overlapping segments", { kernel: elf(0x8020_0000n, 0x8020_0002n) }, /two segments at 0x80200002/],
    ["an address below RAM", { kernel: elf(0x1_0000n) }, /loads at 0x10000, where firmware belongs/],
    ["an address above RAM", { kernel: elf(0x9000_0000n) }, /RAM is 0x80000000 to 0x87ffffff.*--memory/],
    ["a virtual address", { kernel: elf(0xffff_ffff_8000_0000n) }, /not in RAM.*AT\(/],
    ["a kernel in firmware's place", { bios: "builtin" as const, kernel: elf(0x8000_0000n) }, /--bios none/],
    ["no firmware and a kernel elsewhere", { bios: "none" as const, kernel: elf(0x8020_0000n) }, /harts start at 0x80000000/],
    ["nothing", {}, /nothing to run/],
    ["a kernel over the device tree", { kernel: elf(0x87e0_0000n) }, /the device tree overlap/],
    ["a kernel over the firmware", { bios: raw("fw.bin", new Uint8Array(3 * MiB)), kernel: elf(0x8020_0000n) }, /k.elf overlap at 0x80200000/],
    ["an initrd larger than RAM", { kernel: elf(0x8020_0000n), initrd: raw("root", new Uint8Array(65 * MiB)) }, /root takes/],
    ["an empty initrd", { kernel: elf(0x8020_0000n), initrd: raw("root", new Uint8Array(0)) }, /root is empty/],
  ])("refuses %s", (_what, options, message) => {
    expect(refusal(options)).toMatch(message);
  });

  it("survives every truncation and every damaged byte of a good file", () => {
    const good = elf(0x8020_0000n, 0x8020_1000n).bytes;
    for (let length = 0; length < good.length; length++) refusal({ kernel: raw("k", good.subarray(0, length)) });
    for (let at = 0; at < good.length; at++)
      for (const damage of [0x00, 0x7f, 0x80, 0xff]) {
        const bytes = good.slice();
        bytes[at] = damage;
        refusal({ kernel: raw("k", bytes) });
      }
  });
});
