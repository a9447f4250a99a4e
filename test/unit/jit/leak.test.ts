// An hour of guest time with hardly any room: what the JIT holds stays bounded,
// and V8 can let go of the rest.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test, vi } from "vitest";
import { assemble, type Line } from "../../isa/assembler.js";
import { BASE, makeMachine, prelude } from "../../isa/guest.js";

afterEach(() => { vi.unstubAllGlobals(); });

const SECONDS = 3600;
const FUNCTIONS = 16;
const CAPACITY = 8;

/// Each second it writes a function of another page anew, calls it, and waits for the timer.
const hour: Line[] = [
  "la t0, handler; csrw mtvec, t0; li t0, 0x80; csrw mie, t0",
  `li s1, ${SECONDS}`, "again:",
  `la s3, functions; andi t0, s1, ${FUNCTIONS - 1}; slli t0, t0, 12; add t0, t0, s3; li t1, 0x00090913; andi t2, s1, 1023; slli t2, t2, 20; add t1, t1, t2; sw t1, 0(t0); fence.i`,
  "jalr ra, 0(t0)",
  "li t0, 0x200bff8; ld t1, 0(t0); li t2, 10000000; add t1, t1, t2; li t0, 0x2004000; sd t1, 0(t0); wfi",
  "addi s1, s1, -1; beqz s1, done; farjump again", "done:", "farjump exit",
  ".align 8", "handler:", "mret",
  ...Array.from({ length: FUNCTIONS }, (_, index): Line[] => [".align 4096", ...(index === 0 ? ["functions:"] : []), "addi s2, s2, 1; jalr zero, 0(ra)"]).flat(),
];

test("modules, tables and memory stay bounded", async () => {
  const made: WeakRef<WebAssembly.Module>[] = [];
  const { Module } = WebAssembly;
  vi.stubGlobal("WebAssembly", Object.create(WebAssembly, { Module: { value: class extends Module { constructor(bytes: BufferSource) { super(bytes); made.push(new WeakRef(this)); } } } }));
  const machine = makeMachine(assemble([prelude, "start:", ...hour], BASE).bytes, { engine: "jit", jit: { threshold: 0, batch: 1, capacity: CAPACITY } });
  const { jit } = machine;
  for (let outcome = machine.run(20_000); outcome.kind === "budget"; outcome = machine.run(20_000)) {
    expect(jit?.store.size).toBeLessThanOrEqual(CAPACITY);
    expect(jit?.store.modules).toBeLessThanOrEqual(CAPACITY);
  }
  expect(machine.run()).toMatchObject({ kind: "finished" });
  expect(Number(machine.ticks()) / 10_000_000).toBeGreaterThan(SECONDS - 1);
  expect(jit?.statistics.modules).toBeGreaterThan(0.9 * SECONDS);
  expect(machine.code.size).toBeLessThan(FUNCTIONS + 4);

  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What is awaited has no frame that could still hold a module.
  for (let time = 0; time < 5; time++) await new Promise<void>((resolve) => setTimeout(() => { collect(); resolve(); }, 0));
  expect(made.length).toBeGreaterThan(0.9 * SECONDS);
  expect(made.filter((module) => module.deref()).length).toBeLessThan(3 * CAPACITY);
}, 60_000);
