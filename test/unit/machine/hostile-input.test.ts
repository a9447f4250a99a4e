// What nobody would write on purpose: spoilt image files, and guests that access devices at random. A file is
// refused with a message, or the guest runs into what it runs into; nothing of ours fails.

import { expect, it } from "vitest";
import { Block } from "../../../emulator/devices/virtio/block.js";
import { Console } from "../../../emulator/devices/virtio/console.js";
import { MemoryDisk } from "../../../emulator/devices/virtio/disk.js";
import { Entropy } from "../../../emulator/devices/virtio/entropy.js";
import { ImageError, type NamedFile, planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";
import { bootRom, clint, finisher, plic, type Region, rtc, uart, virtioSlots } from "../../../emulator/machine/memory-map.js";
import { assemble } from "../../isa/assembler.js";
import { xorshift } from "../../isa/random.js";
import { makeElf } from "./make-elf.js";

const ramBytes = 16 << 20;
const FILES = 400, GUESTS = 16, ACCESSES = 200;

const code = (base: number) => assemble(["li a0, 0x100000; li a1, 0x5555; sw a1, 0(a0)", "wait:", "j wait"], base).bytes;
const elf = makeElf({ segments: [0x8000_0000n, 0x8001_0000n].map((paddr) => ({ paddr, bytes: code(Number(paddr)), memoryBytes: 64 })) });

/// Linux's header of 64 bytes: two instructions, text offset, image size, flags, version, and the magic words.
function linuxImage(): Uint8Array {
  const bytes = new Uint8Array(256), view = new DataView(bytes.buffer);
  bytes.set(code(0x8020_0000).slice(0, 8));
  view.setBigUint64(8, 0x20_0000n, true);
  view.setBigUint64(16, 256n, true);
  view.setUint32(32, 2, true);
  view.setUint32(48, 0x4353_4952, true);
  view.setUint32(56, 0x0543_5352, true);
  return bytes;
}

/// Some bytes of the headers changed, mostly to what offsets and sizes go wrong with; or the end cut off.
function spoil(original: Uint8Array, random: () => number): Uint8Array {
  const bytes = Uint8Array.from(original);
  for (let change = 0; change <= (random() & 3); change++) {
    const at = (random() >>> 0) % Math.min(bytes.length, 192);
    bytes[at] = [0, 1, 0x7f, 0x80, 0xff, random() & 0xff][(random() >>> 0) % 6] as number;
  }
  return random() & 4 ? bytes : bytes.slice(0, (random() >>> 0) % bytes.length);
}

it.each([["k.elf", elf], ["Image", linuxImage()], ["k.bin", code(0x8020_0000)]])("refuses or runs what was %s", (name, original) => {
  const random = xorshift(name.length * 7919);
  const outcomes = { refused: 0, run: 0 };
  for (let file = 0; file < FILES; file++) {
    const kernel: NamedFile = { name, bytes: spoil(original, random) };
    const initrd = file % 16 === 0 ? { name: "initrd", bytes: new Uint8Array((random() >>> 0) % 0x100_0000) } : undefined;
    try {
      const boot = planBoot({ kernel, ramBytes, ...(initrd && { initrd }) });
      if (file % 8 === 1) new Machine({ boot }).run(5000);
      outcomes.run++;
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      expect(error.help).not.toBe("");
      outcomes.refused++;
    }
  }
  expect(outcomes.run).toBeGreaterThan(FILES / 10);
  expect(outcomes.refused).toBeGreaterThan(FILES / 40);
});

const regions: readonly Region[] = [bootRom, finisher, rtc, clint, plic, uart, ...virtioSlots, { base: 0x2000_0000, size: 0x1000 }];
const accesses = ["lb", "lbu", "lh", "lhu", "lw", "lwu", "ld", "sb", "sh", "sw", "sd"];

/// M-mode at the start of RAM. Every trap skips an instruction, and disables the interrupt that it may be.
function randomAccesses(random: () => number): Uint8Array {
  const pick = <T>(from: readonly T[]): T => from[(random() >>> 0) % from.length] as T;
  const lines = Array.from({ length: ACCESSES }, () => {
    const { base, size } = pick(regions);
    const offset = random() & 3 ? (random() & 0xfc) % size : (random() >>> 0) % size;
    // What ends the run is not stored.
    const value = pick([0, 1, 2, 4, 7, 0x7f, 0xff, 0xffff, 0x8000_0000, 0xffff_ffff, (random() >>> 0) & ~0xffff]);
    return `li s0, ${base + offset}; li s1, ${value}; ${pick(accesses)} s1, 0(s0)`;
  });
  return assemble([
    "farjump start", ".align 4", "trap:", "csrr t0, mcause; blt t0, zero, interrupt; csrr t0, mepc; addi t0, t0, 4; csrw mepc, t0; mret",
    "interrupt:", "csrw mie, zero; mret",
    "start:", "la t0, trap; csrw mtvec, t0; li t0, -1; csrw mie, t0; csrrsi zero, mstatus, 8", ...lines, "li a0, 0x100000; li a1, 0x5555; sw a1, 0(a0)",
  ], 0x8000_0000).bytes;
}

it("lets a guest access every device in every way", () => {
  const random = xorshift(4711);
  for (let guest = 0; guest < GUESTS; guest++) {
    const boot = planBoot({ bios: "none", kernel: { name: "k.bin", bytes: randomAccesses(random) }, ramBytes, harts: 2 });
    const run = (engine: "interpreter" | "jit") => {
      const machine = new Machine({ boot, engine, jit: { threshold: 0 } });
      machine.board.plug(new Block(new MemoryDisk(new Uint8Array(1 << 16))), machine.memory);
      machine.board.plug(new Entropy(1), machine.memory);
      machine.board.plug(new Console(() => {}), machine.memory);
      const { kind } = machine.run(100_000);
      return { kind, registers: Array.from({ length: 32 }, (_, x) => machine.harts[0]?.readRegister(x)) };
    };
    const result = run("interpreter");
    // Compiling code that runs once takes long.
    if (guest % 8 === 0) expect(run("jit")).toEqual(result);
  }
});
