// Translations that stay across changes of address space: more spaces than
// there are TLB sets, and fences of one space or one address.

import { expect, test } from "vitest";
import type { Machine } from "../../../emulator/machine/machine.js";
import { assemble } from "../../isa/assembler.js";
import { BASE, makeMachine, openProtection, prelude } from "../../isa/guest.js";

const SPACES = 40;
const VADDR = 0x4000_0000;
const LEAF = 0xcfn;
const tables = (space: number) => BASE + 0x10_0000 + space * 0x3000;
const page = (space: number) => BASE + 0x80_0000 + space * 0x1000;

function writeWord(machine: Machine, paddr: number, value: bigint): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  machine.writePhysical(paddr, bytes);
}

function entry(paddr: number, flags: bigint): bigint { return ((BigInt(paddr) >> 12n) << 10n) | flags; }

/// Maps VADDR in a space to the page of another; the code is mapped as it is.
function map(machine: Machine, space: number, target: number): void {
  const root = tables(space);
  writeWord(machine, root + 8, entry(root + 0x1000, 1n));
  writeWord(machine, root + 16, entry(BASE, LEAF));
  writeWord(machine, root + 0x1000, entry(root + 0x2000, 1n));
  writeWord(machine, root + 0x2000, entry(page(target), LEAF));
}

/// A guest in S-mode that goes through all spaces for ever; s1 is what it read, s2 the space.
function start(between: string): Machine {
  const machine = makeMachine(assemble([
    prelude, "start:", openProtection, "la t0, supervisor; csrw mepc, t0; li t0, 0x1000; csrc mstatus, t0; li t0, 0x800; csrs mstatus, t0; mret",
    "supervisor:", `li s0, 0; li s3, ${(8n << 60n) - (1n << 64n)}; li s4, ${tables(0) / 4096}; li s5, ${VADDR}; li s6, ${SPACES}`,
    "next:", "slli t0, s0, 44; or t0, t0, s3; addi t1, zero, 3; mul t1, t1, s0; add t1, t1, s4; or t0, t0, t1; csrw satp, t0", between, "ld s1, 0(s5)", "mv s2, s0", "read:", "addi s0, s0, 1; bne s0, s6, next; li s0, 0; j next",
  ], BASE).bytes);
  for (let space = 0; space < SPACES; space++) {
    map(machine, space, space);
    writeWord(machine, page(space), BigInt(1000 + space));
  }
  return machine;
}

/// What the guest reads in each space, once around.
function readAll(machine: Machine): number[] {
  const hart = machine.harts[0] as Machine["harts"][number];
  const read: number[] = [];
  const seen = () => Number(hart.readRegister(18));
  // Every space once, from space 0 on.
  for (let step = 0; seen() !== SPACES - 1 && step < 100 * SPACES; step++) machine.run(1);
  for (let step = 0; read.filter((value) => value !== undefined).length < SPACES && step < 100 * SPACES; step++) {
    const before = seen();
    machine.run(1);
    if (seen() !== before) read[seen()] = Number(hart.readRegister(9));
  }
  return read;
}

const own = Array.from({ length: SPACES }, (_, space) => 1000 + space);

test("each address space reads its own page, with more spaces than sets", () => {
  const machine = start("nop");
  expect(readAll(machine)).toEqual(own);
  expect(readAll(machine)).toEqual(own);
});

test.each([
  ["all", "sfence.vma zero, zero"], ["the address", "sfence.vma s5, zero"], ["the space", "sfence.vma zero, s0"], ["the address in the space", "sfence.vma s5, s0"],
])("after a fence of %s the new page is read", (_, fence) => {
  const machine = start(fence);
  expect(readAll(machine)).toEqual(own);
  for (let space = 0; space < SPACES; space++) map(machine, space, SPACES - 1 - space);
  expect(readAll(machine)).toEqual(own.toReversed());
});
