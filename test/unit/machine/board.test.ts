// The devices as a guest meets them: by loads, stores and interrupts.

import { describe, expect, it } from "vitest";
import { planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";
import { assemble } from "../../isa/assembler.js";
import { makeElf } from "./make-elf.js";

const base = 0x8000_0000;
const ramBytes = 16 << 20;

function start(...lines: string[]) {
  const bytes = makeElf({ segments: [{ paddr: BigInt(base), bytes: assemble(lines, base).bytes }] });
  const boot = planBoot({ kernel: { name: "guest", bytes }, ramBytes });
  const seen = { console: "" };
  const machine = new Machine({ boot, transmit: (byte) => (seen.console += String.fromCharCode(byte)) });
  return { machine, seen };
}

const pass = "lui t0, 0x100; li t1, 0x5555; sw t1, 0(t0)";

/// Echoes each byte from an external interrupt, and passes after a "q".
const echoByInterrupt = [
  "la t0, handler; csrw mtvec, t0",
  // Priority 1 for source 10, enabled for context 0.
  "li s0, 0x0c000000; addi t0, zero, 1; sw t0, 40(s0)",
  "li s1, 0x0c002000; li t0, 0x400; sw t0, 0(s1)",
  "li s2, 0x0c200000; sw zero, 0(s2)",
  "lui s3, 0x10000; addi t0, zero, 1; sb t0, 1(s3)",
  "li t0, 0x800; csrs mie, t0; addi t0, zero, 8; csrs mstatus, t0",
  "wait:", "wfi", "j wait",
  ".align 4", "handler:",
  "lw s4, 4(s2)",
  "lbu t0, 0(s3); sb t0, 0(s3)",
  "sw s4, 4(s2)",
  "addi t1, zero, 113; beq t0, t1, done",
  "mret",
  "done:", pass,
];

describe("board", () => {
  it("interrupts a waiting hart with input, through the PLIC", () => {
    const { machine, seen } = start(...echoByInterrupt);
    expect(machine.run(10_000)).toEqual({ kind: "idle" });
    machine.board.uart.receive(new TextEncoder().encode("hello q"));
    expect(machine.run(10_000)).toEqual({ kind: "finished", how: { kind: "pass" } });
    expect(seen.console).toBe("hello q");
  });

  it("goes on from a saved state as if nothing had happened", () => {
    const { machine } = start(...echoByInterrupt);
    machine.board.uart.receive(new TextEncoder().encode("hello q"));
    machine.run(60);
    const state = machine.save();
    const other = start(...echoByInterrupt);
    other.machine.restore(state);
    const before = machine.retired;
    expect(other.machine.run(10_000)).toEqual({ kind: "finished", how: { kind: "pass" } });
    machine.run(10_000);
    expect(other.machine.retired).toBe(machine.retired);
    expect(machine.retired).toBeGreaterThan(before);
  });

  it("fires the CLINT's timer at its tick, without waiting for it", () => {
    const { machine } = start(
      "la t0, handler; csrw mtvec, t0",
      "li t0, 0x02004000; li t1, 50000; sd t1, 0(t0)",
      "addi t0, zero, 0x80; csrs mie, t0; addi t0, zero, 8; csrs mstatus, t0",
      "wait:", "wfi", "j wait",
      ".align 4", "handler:", "csrr s1, time", pass,
    );
    expect(machine.run(10_000)).toEqual({ kind: "finished", how: { kind: "pass" } });
    expect(machine.harts[0]?.readRegister(9)).toBe(50_000n);
  });

  it("hands a hart over as QEMU's reset vector does", () => {
    const { machine } = start("wait:", "wfi", "j wait");
    machine.run(100);
    const hart = machine.harts[0];
    const [a0, a1, a2] = [10, 11, 12].map((x) => BigInt.asUintN(64, hart?.readRegister(x) ?? 0n));
    expect([a0, a2]).toEqual([0n, 0x1028n]);
    const magic = machine.readPhysical(Number(a1), 4);
    expect([...(magic ?? [])]).toEqual([0xd0, 0x0d, 0xfe, 0xed]);
  });

  it("faults where no device is, and shows empty virtio slots", () => {
    const { machine } = start(
      "la t0, handler; csrw mtvec, t0",
      "li t0, 0x10001000; lw s1, 0(t0); lw s2, 8(t0)",
      "li t0, 0x10009000; lw t1, 0(t0)",
      "wait:", "wfi", "j wait",
      ".align 4", "handler:", "csrr s3, mcause; csrr s4, mtval", "end:", "wfi", "j end",
    );
    machine.run(1000);
    expect([9, 18, 19, 20].map((x) => machine.harts[0]?.readRegister(x))).toEqual([0x7472_6976n, 0n, 5n, 0x1000_9000n]);
  });

  it("saves plain data", () => {
    const { machine } = start(...echoByInterrupt);
    machine.board.uart.receive(new TextEncoder().encode("x"));
    machine.run(60);
    const saved = machine.board.save();
    const other = start(...echoByInterrupt).machine.board;
    other.restore(JSON.parse(JSON.stringify(saved)));
    expect(other.save()).toEqual(saved);
  });
});
