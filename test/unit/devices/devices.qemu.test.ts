// Our devices against QEMU's, register by register: one guest makes accesses and prints what it reads.

import { describe, expect, it } from "vitest";
import { assemble } from "../../isa/assembler.js";
import { BASE, prelude, runOurs, runQemu } from "../../isa/guest.js";
import { hasTools } from "../../tools.js";

type Access = readonly [op: "lb" | "lw" | "sb" | "sw", address: number, value?: number] | readonly ["mip"];

const UART = 0x1000_0000;
const PLIC = 0xc00_0000;
const CLINT = 0x200_0000;

/// Each load and each look at mip is a line.
function program(accesses: readonly Access[]): Uint8Array {
  const lines = accesses.flatMap((access) => {
    if (access[0] === "mip") return ["csrr a0, mip", "call print"];
    const [op, address, value = 0] = access;
    if (op === "lb") return [`li t0, ${address}`, "lbu a0, 0(t0)", "call print"];
    if (op === "lw") return [`li t0, ${address}`, "lwu a0, 0(t0)", "call print"];
    return [`li t0, ${address}`, `li t1, ${value}`, `${op} t1, 0(t0)`];
  });
  return assemble([prelude, "start:", ...lines, "call exit"], BASE).bytes;
}

// What `print` sends would be looped back or taken for a divisor, so loop mode and divisors are left to the
// unit tests.
const source = 10;
const contexts = [0, 1];

const cases: Readonly<Record<string, readonly Access[]>> = {
  "empty virtio slots": [1, 2, 8].flatMap((slot) =>
    // QEMU's slots say version 1 unless told otherwise, so version is not compared.
    [0, 8, 12, 0x10, 0x70].map((offset): Access => ["lw", UART + slot * 0x1000 + offset]),
  ),
  "uart: identity, scratch, status": [
    ["lb", UART + 5], ["lb", UART + 2], ["lb", UART + 1], ["lb", UART + 3], ["lb", UART + 6],
    ["sb", UART + 7, 0x5a], ["lb", UART + 7],
    ["sb", UART + 1, 0xff], ["lb", UART + 1], ["sb", UART + 1, 0],
    ["sb", UART + 2, 0x01], ["lb", UART + 2], ["sb", UART + 2, 0], ["lb", UART + 2],
    ["sb", UART + 3, 0x1b], ["lb", UART + 3],
  ],
  "uart: transmitter interrupt, through the PLIC": [
    ["sw", PLIC + source * 4, 3],
    ["sw", PLIC + 0x2000, 1 << source],
    ["mip"],
    ["sb", UART + 1, 2],
    ["lb", UART + 2],
    ["mip"],
    // The line falls; the request stays. (With the line high, printing would ask again while the source is
    // claimed, and QEMU remembers that, though the PLIC spec's gateway does not look before completion.)
    ["sb", UART + 1, 0],
    ["mip"],
    ["lw", PLIC + 0x20_0004],
    ["mip"],
    ["sw", PLIC + 0x20_0004, source],
    ["lw", PLIC + 0x20_0004],
    ["mip"],
  ],
  "plic: what registers keep": [
    ["sw", PLIC + 4, 0xff], ["lw", PLIC + 4],
    ["sw", PLIC + 4 * 95, 5], ["lw", PLIC + 4 * 95],
    ...contexts.flatMap((context): Access[] => [
      ["sw", PLIC + 0x2000 + context * 0x80, 0xffff_fffe], ["lw", PLIC + 0x2000 + context * 0x80],
      ["sw", PLIC + 0x2008 + context * 0x80, 0x8000_0001], ["lw", PLIC + 0x2008 + context * 0x80],
      ["sw", PLIC + 0x20_0000 + context * 0x1000, 0x1f], ["lw", PLIC + 0x20_0000 + context * 0x1000],
      ["lw", PLIC + 0x20_0004 + context * 0x1000],
    ]),
    ["lw", PLIC + 0x1000], ["lw", PLIC + 0x1004],
  ],
  "clint: software interrupt and timer": [
    ["mip"],
    ["sw", CLINT, 1], ["mip"], ["lw", CLINT],
    ["sw", CLINT, 0xffff_fffe], ["mip"], ["lw", CLINT],
    ["sw", CLINT + 0x4004, 0xffff_ffff], ["sw", CLINT + 0x4000, 0x1234], ["mip"], ["lw", CLINT + 0x4000], ["lw", CLINT + 0x4004],
    ["sw", CLINT + 0x4004, 0], ["sw", CLINT + 0x4000, 0], ["mip"],
    ["sw", CLINT + 0x4004, 0x7fff_ffff], ["mip"],
    ["lw", CLINT + 0xbffc],
  ],
  "finisher reads as zero": [["lw", 0x10_0000]],
};

describe.skipIf(!hasTools("qemu-system-riscv64"))("devices, as QEMU's", () => {
  it.each(Object.entries(cases))("%s", (_name, accesses) => {
    const image = program(accesses);
    const printed = runOurs(image);
    expect(printed).toBe(runQemu(image));
    expect(printed.trim().split("\n")).toHaveLength(accesses.filter(([op]) => op[0] === "l" || op === "mip").length);
  });
});
