// The machine as a whole: limits, time, waiting, endings, states to come back to.

import { expect, test } from "vitest";
import { TrapMeter } from "../../../emulator/cpu/trap-meter.js";
import { planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";
import { assemble, type Line } from "../../isa/assembler.js";
import { BASE, makeMachine, openProtection, prelude, type TestMachineOptions } from "../../isa/guest.js";

function start(lines: readonly Line[], options: TestMachineOptions = {}) {
  const output: string[] = [];
  const machine = makeMachine(assemble([prelude, "start:", ...lines, "farjump exit"], BASE).bytes, { transmit: (byte) => output.push(String.fromCharCode(byte)), ...options });
  return { machine, output, hart: machine.harts[0] as Machine["harts"][number], text: () => output.join("") };
}

const counting = ["addi s0, zero, 0", "loop:", "addi s0, s0, 1", "andi t0, s0, 7", "bnez t0, loop", "c.addi s1, 1", "j loop"];
/// Every hart adds its own number to one word by LR and SC, and hart 0 prints it when all are done.
const sharing = [
  "csrr s0, mhartid; la s1, word; addi s2, zero, 500", "add_one:", "lr.d t0, (s1); add t0, t0, s0; addi t0, t0, 1; sc.d t1, t0, (s1); bnez t1, add_one", "addi s2, s2, -1; bnez s2, add_one",
  "la s1, done; addi t0, zero, 1; amoadd.w t0, t0, (s1)", "park:", "bnez s0, park", "others:", "lw t0, 0(s1); addi t0, t0, -3; bnez t0, others", "la s1, word; ld a0, 0(s1); call print", "farjump exit", ".align 8", "word: ", 0n, "done:", 0n,
];

test("a limit is exact, however the run is cut", () => {
  const whole = start(counting), cut = start(counting);
  expect(whole.machine.run(10_007)).toEqual({ kind: "budget" });
  for (const part of [1, 1, 2, 3, 500, 5000, 4500]) expect(cut.machine.run(part)).toEqual({ kind: "budget" });
  expect(cut.hart.retired).toBe(10_007);
  expect([cut.hart.pc, cut.hart.save()]).toEqual([whole.hart.pc, whole.hart.save()]);
});

test("harts share memory, and a run does not depend on how it is cut", () => {
  const whole = start(sharing, { harts: 3 }), cut = start(sharing, { harts: 3 });
  expect(whole.machine.run(5_000_000)).toMatchObject({ kind: "finished" });
  while (cut.machine.run(7919).kind === "budget");
  expect(whole.text()).toBe(`${(500 * (1 + 2 + 3)).toString(16).padStart(16, "0")}\n`);
  expect([cut.text(), cut.machine.retired, cut.machine.ticks()]).toEqual([whole.text(), whole.machine.retired, whole.machine.ticks()]);
});

test("counters count instructions, and time is a hundredth of them", () => {
  const { machine, hart } = start(["csrr s0, minstret; csrr s1, minstret; nop; nop; csrr s2, minstret", "li t0, 1000; csrw minstret, t0; csrr s3, minstret", "li t0, 5; csrw mcountinhibit, t0; csrr s4, minstret; nop; csrr s5, minstret; csrw mcountinhibit, zero; csrr s6, minstret",
    ...Array.from({ length: 300 }, () => "nop"), "csrr s7, time"]);
  machine.run(1_000_000);
  const s = [8, 9, 18, 19, 20, 21, 22, 23].map((x) => Number(hart.readRegister(x)));
  expect(s[1]! - s[0]!).toBe(1);
  expect(s[2]! - s[1]!).toBe(3);
  expect(s[3]).toBe(1000);
  expect(s[5]).toBe(s[4]);
  expect(s[7]).toBeGreaterThanOrEqual(3);
  expect(s[7]).toBeLessThanOrEqual(4);
});

test("when all harts wait, time jumps to the timer", () => {
  const { machine, hart } = start(["la t0, woken; csrw mtvec, t0; li t0, 0x2004000; li t1, 123456789; sd t1, 0(t0); li t0, 0x80; csrw mie, t0; csrrsi zero, mstatus, 8", "sleep:", "wfi", "j sleep", ".align 4", "woken:", "csrr s0, mcause; csrr s1, time"]);
  expect(machine.run(10_000)).toEqual({ kind: "finished", how: { kind: "pass" } });
  expect(hart.readRegister(8)).toBe((1n << 63n) | 7n);
  expect(hart.readRegister(9)).toBe(123456789n);
  expect(machine.retired).toBeLessThan(100);
});

test("a timer interrupt is taken at its very instruction", () => {
  // A straight line of instructions: nothing but time ends it. mtime 40 is instruction 4000.
  const { machine, hart } = start(["la t0, woken; csrw mtvec, t0; li t0, 0x2004000; addi t1, zero, 40; sd t1, 0(t0); li t0, 0x80; csrw mie, t0; csrrsi zero, mstatus, 8", ...Array.from({ length: 5000 }, () => "addi s2, s2, 1"), ".align 4", "woken:", "csrr s0, minstret"]);
  machine.run(100_000);
  expect(hart.readRegister(8)).toBe(4000n);
});

test("without a timer a machine that waits is idle", () => {
  const { machine, hart } = start(["wfi"]);
  expect(machine.run()).toEqual({ kind: "idle" });
  hart.line(11).set(true);
  hart.setCsr("mie", 1n << 11n);
  hart.interruptsChanged();
  expect(machine.run()).toMatchObject({ kind: "finished" });
});

test("a host clock says how long to sleep", () => {
  let now = 500n;
  const { machine } = start(["li t0, 0x2004000; li t1, 2000; sd t1, 0(t0); li t0, 0x80; csrw mie, t0; wfi"], { hostClock: { ticks: () => now } });
  expect(machine.run()).toEqual({ kind: "idle", deadline: 2000n });
  now = 2001n;
  expect(machine.run()).toMatchObject({ kind: "finished" });
});

test("the finisher's code comes back", () => {
  const { machine } = start(["li t0, 0x100000; li t1, 0x2a3333; sw t1, 0(t0)", "spin: ", "j spin"]);
  expect(machine.run()).toEqual({ kind: "finished", how: { kind: "fail", code: 42 } });
});

test("a guest that faults at its own trap vector died, where the first fault was", () => {
  const { machine } = start(["csrw mtvec, zero", "addi a0, zero, 3", "ebreak"]);
  const outcome = machine.run(1_000_000);
  expect(outcome).toMatchObject({ kind: "died", hart: 0, cause: 3n, detail: 0n });
  expect(start(["la t0, here; csrw mtvec, t0", ".align 4", "here:", 0]).machine.run(1_000_000)).toMatchObject({ kind: "died", cause: 2n });
});

test("a saved state goes on as the machine did", () => {
  const { machine, output } = start(["addi s0, zero, 0", "again:", "mv a0, s0; call print; addi s0, s0, 1; addi t0, zero, 9; blt s0, t0, again"]);
  machine.run(900);
  const state = machine.save(), printed = output.length;
  machine.run();
  const rest = output.slice(printed).join("");
  output.length = 0;
  machine.restore(state);
  expect(machine.run()).toMatchObject({ kind: "finished" });
  expect(output.join("")).toBe(rest);
});

test("a debugger reads memory by virtual address, and steps", () => {
  const { machine, hart } = start([openProtection, "li t0, 0x80100010; li t1, 0x200400cf; sd t1, 0(t0); li t0, 0x80100; li t1, 1; slli t1, t1, 63; or t0, t0, t1; csrw satp, t0; li t0, 0x20800; csrs mstatus, t0", "spin:", "j spin"]);
  machine.run(80);
  expect(hart.translate("load", 0x8010_0010n)).toBe(undefined);
  machine.writePhysical(0x8010_0010, Uint8Array.of(0xcf, 0, 0, 0x20, 0, 0, 0, 0));
  expect(hart.translate("load", 0x8010_0010n)).toBe(0x8010_0010);
  expect([...(machine.readVirtual(hart, 0x8010_0010n, 4) ?? [])]).toEqual([0xcf, 0, 0, 0x20]);
  expect(machine.readVirtual(hart, 0n, 4)).toBe(undefined);
  expect(machine.readPhysical(0x9000_0000 - 2, 4)).toBe(undefined);
  const before = hart.retired;
  machine.run(1);
  expect(hart.retired).toBe(before + 1);
  expect(hart.csrs()).toMatchObject({ mhartid: 0n, satp: (8n << 60n) | 0x80100n });
});

test("a trap meter counts from the trap to its return", () => {
  const meter = new TrapMeter();
  const { machine } = start(["la t0, handler; csrw mtvec, t0; ecall", "farjump exit", ".align 4", "handler:", "csrr t0, mepc; addi t0, t0, 4; csrw mepc, t0; mret"], { observer: meter });
  machine.run();
  expect(meter.finished).toMatchObject([{ interrupt: false, cause: 11, instructions: 4 }]);
});

test("stores to the boot ROM are reported, and change nothing", () => {
  const stores: number[] = [];
  const { machine } = start(["lui t0, 0x1; lw s0, 0(t0); sw zero, 0(t0); lw s1, 0(t0)"], { romStore: (_, paddr) => stores.push(paddr) });
  machine.run();
  expect(stores).toEqual([0x1000]);
  expect(machine.harts[0]?.readRegister(9)).toBe(machine.harts[0]?.readRegister(8));
});

test("the built-in SBI takes environment calls from S-mode", () => {
  const call = (extension: number, number: number) => `li a7, ${extension}; li a6, ${number}; ecall`;
  const code = [
    "addi s0, a0, 0; addi a0, zero, 65", call(1, 0),
    // A timer, a wait for it, its interrupt.
    "la t0, ticked; csrw stvec, t0; li a0, 5000", call(0x54494d45, 0), "addi t0, zero, 32; csrw sie, t0; csrrsi zero, sstatus, 2", "wait:", "wfi; j wait",
    ".align 4", "ticked:", "csrr s1, scause; csrr s2, time; li a0, -1", call(0x54494d45, 0), "csrr s3, sip; addi a0, zero, 0; addi a1, zero, 0", call(0x53525354, 0),
  ];
  const image = assemble(code, 0x8020_0000).bytes;
  let output = "";
  const boot = planBoot({ bios: "builtin", kernel: { name: "kernel.bin", bytes: image }, ramBytes: 64 << 20, harts: 2 });
  const machine = new Machine({ boot, transmit: (byte) => { output += String.fromCharCode(byte); } });
  expect(machine.run(100_000)).toEqual({ kind: "finished", how: { kind: "pass" } });
  expect(output).toBe("A");
  expect([8, 9, 18, 19].map((x) => machine.harts[0]?.readRegister(x))).toEqual([0n, (1n << 63n) | 5n, 5000n, 0n]);
});
