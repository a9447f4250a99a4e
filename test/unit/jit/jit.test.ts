// The JIT from outside: what gets compiled, when it goes stale, and that the
// run is the interpreter's whatever happens.

import { expect, test } from "vitest";
import type { Machine } from "../../../emulator/machine/machine.js";
import { assemble, type Line } from "../../isa/assembler.js";
import { BASE, makeMachine, openProtection, prelude, type TestMachineOptions } from "../../isa/guest.js";

const eager: TestMachineOptions = { engine: "jit", jit: { threshold: 0, batch: 1 } };

function start(lines: readonly Line[], options: TestMachineOptions = eager) {
  const output: string[] = [];
  const machine = makeMachine(assemble([prelude, "start:", ...lines, "farjump exit"], BASE).bytes, { transmit: (byte) => output.push(String.fromCharCode(byte)), ...options });
  const hart = machine.harts[0] as Machine["harts"][number];
  return { machine, hart, statistics: machine.jit?.statistics, text: () => output.join("") };
}

/// Registers, counters and output at the end, with either engine.
function sameInBoth(lines: readonly Line[], options: TestMachineOptions = eager) {
  const [mine, its] = [start(lines, { ...options, engine: "interpreter" }), start(lines, options)].map((run) => {
    expect(run.machine.run(20_000_000)).toMatchObject({ kind: "finished" });
    return run;
  }) as [ReturnType<typeof start>, ReturnType<typeof start>];
  expect([its.text(), its.machine.retired, its.machine.ticks()]).toEqual([mine.text(), mine.machine.retired, mine.machine.ticks()]);
  expect(its.hart.save()).toEqual(mine.hart.save());
  return its;
}

const loop = (times: number, ...body: Line[]): Line[] => [`li s1, ${times}`, "loop:", ...body, "addi s1, s1, -1; beqz s1, done; farjump loop", "done:"];

test("the JIT is off unless it is asked for", () => {
  expect(start(["nop"], {}).machine.jit).toBe(undefined);
});

test("code gets hot by being run, and cold code is never compiled", () => {
  const { statistics } = sameInBoth(loop(300_000, "addi s2, s2, 3"), { engine: "jit", jit: { batch: 1 } });
  expect(statistics).toMatchObject({ regions: 1, modules: 1, invalidated: 0, evicted: 0 });
  expect(sameInBoth(loop(100, "addi s2, s2, 3"), { engine: "jit" }).statistics?.regions).toBe(0);
});

test("hot code waits for company, but not for ever", () => {
  const { statistics } = sameInBoth(loop(300_000, "addi s2, s2, 3"), { engine: "jit", jit: { batch: 32 } });
  expect(statistics?.modules).toBe(1);
});

test("a limit is exact, wherever it falls", () => {
  const lines = ["addi s0, zero, 0", "again:", "addi s0, s0, 1; andi t0, s0, 7; bnez t0, again; c.addi s1, 1; call double; j again", "double:", "add s2, s2, s0; ret"];
  const whole = start(lines, { engine: "interpreter" }), cut = start(lines);
  whole.machine.run(30_000);
  for (const part of [1, 2, 399, 400, 401, 402, 403, 5000, 7000, 1, 15_991]) expect(cut.machine.run(part)).toEqual({ kind: "budget" });
  expect(cut.machine.retired).toBe(30_000);
  expect(cut.hart.save()).toEqual(whole.hart.save());
});

test("a counter that is read in compiled code shows every instruction", () => {
  const { hart } = sameInBoth(loop(1000, "csrr s2, minstret; nop; csrr s3, minstret; sub s3, s3, s2; add s4, s4, s3"));
  expect(hart.readRegister(20)).toBe(2000n);
});

test("a store to code drops the regions that have it, and no other", () => {
  // Each round changes the immediate of an instruction, and data close to it.
  const { statistics, hart } = sameInBoth([
    ...loop(50, "la t0, patched; li t1, 0x00090913; slli t2, s1, 20; add t1, t1, t2; sw t1, 0(t0)", "patched:", "addi s2, s2, 0", "la t0, beside; sd s2, 0(t0); call other"),
    "farjump exit", "other:", "addi s3, s3, 1; ret", ".align 8", "beside:", 0n,
  ]);
  expect(hart.readRegister(18)).toBe(BigInt((50 * 51) / 2));
  expect(statistics?.invalidated).toBeGreaterThanOrEqual(49);
  expect(statistics?.invalidated).toBeLessThan(200);
});

test("a page that had code once is soon as quick to store to as any", () => {
  // It is called, then filled with data again and again, then has code anew.
  const { machine, hart } = sameInBoth([
    "la s0, page; jalr ra, 0(s0)", ...loop(5000, "sd s1, 8(s0); sd s1, 2040(s0)"),
    "li t0, 0x8067_0090_0913; sd t0, 8(s0); fence.i; addi t0, s0, 8; jalr ra, 0(t0)".replaceAll("_", ""),
    "farjump exit", ".align 4096", "page:", "addi s3, s3, 7; ret", ".align 4096",
  ]);
  expect([hart.readRegister(18), hart.readRegister(19)]).toEqual([9n, 7n]);
  expect(machine.jit?.exits.storeMiss).toBeLessThan(300);
});

test("code and data in one page stay right, and are compiled anew a few times only", () => {
  const { statistics, hart } = sameInBoth(loop(20_000, "la t0, beside; ld t1, 0(t0); addi t1, t1, 3; sd t1, 0(t0); mv s2, t1; j over", ".align 8", "beside:", 0n, "over:"));
  expect(hart.readRegister(18)).toBe(60_000n);
  expect(statistics?.regions).toBeLessThan(60);
});

test("code that the host changes is compiled anew", () => {
  const { machine, hart } = start(["spin:", "addi s2, s2, 1", "j spin"]);
  machine.run(10_000);
  const pc = Number(hart.pc);
  const at = [pc - 4, pc].find((address) => machine.readPhysical(address, 4)?.join() === "19,9,25,0") as number;
  machine.writePhysical(at, Uint8Array.of(0x13, 0x09, 0x29, 0x00));
  const before = hart.readRegister(18);
  machine.run(10_000);
  expect(hart.readRegister(18) - before).toBe(10_000n);
});

const many = (count: number): { calls: string[]; functions: Line[] } => ({
  calls: Array.from({ length: count }, (_, index) => `farcall f${index}`),
  functions: Array.from({ length: count }, (_, index): Line[] => [`f${index}:`, `addi s2, s2, ${index}; csrr t0, minstret; jalr zero, 0(ra)`]).flat(),
});

test("for want of room those regions go that nobody came to", () => {
  const { calls, functions } = many(20);
  const { machine, statistics } = sameInBoth([...loop(20, ...calls), "farjump exit", ...functions], { engine: "jit", jit: { threshold: 0, batch: 1, capacity: 6 } });
  expect(statistics?.evicted).toBeGreaterThan(20);
  expect(machine.jit?.store.size).toBeLessThanOrEqual(6);
});

test("what is used while room is made stays", () => {
  // Each round calls one of many functions that no other round calls, and one that all call.
  const { functions } = many(40);
  const lines = ["la s3, f0; li s1, 40", "again:", "farcall hot; jalr ra, 0(s3); addi s3, s3, 12; addi s1, s1, -1; beqz s1, done; farjump again", "done:", "farjump exit", ...functions, "hot:", "addi s4, s4, 1; csrr t0, minstret; jalr zero, 0(ra)"];
  const { statistics } = sameInBoth(lines, { engine: "jit", jit: { threshold: 0, batch: 1, capacity: 12 } });
  // The loop is some regions; without memory of use, all of them would go and come back at each eviction.
  expect(statistics?.evicted).toBeGreaterThan(40);
  expect(statistics?.regions).toBeLessThan(40 * 2 + 16);
});

test("one page of code at two addresses is two pieces of compiled code", () => {
  const tables = BASE + 0x10_0000;
  const entry = (paddr: number, flags: number) => (BigInt(paddr) >> 12n << 10n) | BigInt(flags);
  const set = (address: number, value: bigint) => `li t0, ${address}; li t1, ${value}; sd t1, 0(t0)`;
  const { hart } = sameInBoth([
    // The gigabyte at 0x4000_0000 is RAM too.
    openProtection,
    set(tables, entry(0, 0xcf)), set(tables + 8, entry(BASE, 0xcf)), set(tables + 16, entry(BASE, 0xcf)),
    `li t0, ${(8n << 60n) - (1n << 64n) + BigInt(tables / 4096)}; csrw satp, t0; la t0, supervisor; csrw mepc, t0; li t0, 0x1000; csrc mstatus, t0; li t0, 0x800; csrs mstatus, t0; mret`,
    "supervisor:", ...loop(200, "la t0, where; jalr ra, 0(t0); add s2, s2, a0; li t1, 0x40000000; sub t0, t0, t1; jalr ra, 0(t0); add s3, s3, a0"), "farjump exit", "where:", "auipc a0, 0; jalr zero, 0(ra)",
  ]);
  expect(hart.readRegister(18) - hart.readRegister(19)).toBe(200n * 0x4000_0000n);
});

test("harts share compiled code", () => {
  const lines: Line[] = ["csrr s0, mhartid; la s1, word; li s2, 3000", "add_one:", "lr.d t0, (s1); addi t0, t0, 1; add t0, t0, s0; sc.d t1, t0, (s1); bnez t1, add_one; addi s2, s2, -1; bnez s2, add_one", "la s1, done; addi t0, zero, 1; amoadd.w t0, t0, (s1)", "park:", "bnez s0, park", "others:", "lw t0, 0(s1); addi t0, t0, -4; bnez t0, others", "la s1, word; ld a0, 0(s1); call print", "farjump exit", ".align 8", "word:", 0n, "done:", 0n];
  const { text, statistics } = sameInBoth(lines, { engine: "jit", harts: 4, jit: { threshold: 16, batch: 1 } });
  expect(text()).toBe(`${(3000 * 10).toString(16).padStart(16, "0")}\n`);
  expect(statistics?.regions).toBeLessThan(20);
});

test("a state goes on with compiled code of another", () => {
  const { machine, hart, text } = start(["again:", "addi s0, s0, 1; mv a0, s0; andi t0, s0, 1023; bnez t0, again; call print; li t0, 20480; bne s0, t0, again"]);
  machine.run(9000);
  const state = machine.save(), printed = text().length;
  machine.run(30_000);
  machine.restore(state);
  expect(machine.run()).toMatchObject({ kind: "finished" });
  expect(hart.readRegister(8)).toBe(20480n);
  expect(text().slice(printed)).toContain("0000000000005000");
});

test("exits are counted by reason", () => {
  const { machine } = sameInBoth(loop(500, "csrr s2, time", "li t0, 0x10000005; lbu t0, 0(t0)"));
  expect(machine.jit?.exits.host).toBeGreaterThanOrEqual(499);
  expect(machine.jit?.exits.loadMiss).toBeGreaterThanOrEqual(499);
});
