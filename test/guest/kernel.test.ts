// The conformance suite on our machine: programs that hold the kernel to its word, each run as init on the real
// kernel. `typemetal conform` runs the same. On the way: how long the kernel keeps interrupts off at most.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { readElf } from "../../compiler/object/elf-read.js";
import type { HartState } from "../../emulator/cpu/hart-state.js";
import type { HartObserver, Trap } from "../../emulator/cpu/trap.js";
import { InvariantChecker } from "../../emulator/debug/invariant-checker.js";
import { buildGroup, buildKernel, groups, runGroup } from "../../kernel/commands/conformance.js";

/// Instructions from a trap to its sret, with interrupts off all the way: docs/invariants.md says what takes longest.
const WORST = 25_000;
/// Of the machine with several: how long each waits for others then does not depend on how they take turns.
const HARTS = 4, TURN = 200;
/// One of so many returns to user mode is checked for the kernel's invariants.
const CHECKED = 997;
const USER = 0, SUPERVISOR = 1;
/// The ASID of the kernel's own address space, which a hart has while it waits for the kernel lock, or idles.
const KERNEL_ASID = 0n, ASID_AT = 44n, ASID_MASK = 0xffffn;

/// Instructions from a trap to its sret, at most: what a hart does itself, and how long it waits for others.
class InterruptsOff implements HartObserver {
  work = 0;
  waiting = 0;
  readonly #current = new Map<HartState, { trapped: number; waited: number; waits?: number }>();

  constructor(private readonly checker: InvariantChecker) {}

  trapped(hart: HartState, trap: Trap): void {
    this.checker.trapped(hart, trap);
    if (trap.from === USER) this.#current.set(hart, { trapped: hart.retired, waited: 0 });
  }

  returned(hart: HartState, from: number): void {
    this.checker.returned(hart, from);
    const current = this.#current.get(hart);
    if (from !== SUPERVISOR || !current) return;
    this.#current.delete(hart);
    this.work = Math.max(this.work, hart.retired - current.trapped - current.waited);
  }

  /// Sees when a hart waits: the interpreter then runs all.
  withWaiting(): HartObserver {
    return {
      trapped: (hart, trap) => this.trapped(hart, trap),
      returned: (hart, from) => this.returned(hart, from),
      csrAccessed: (hart, name, _old, written) => {
        const current = this.#current.get(hart);
        if (name !== "satp" || written === undefined || !current) return;
        if (current.waits !== undefined) {
          const waited = hart.retired - current.waits;
          current.waited += waited;
          this.waiting = Math.max(this.waiting, waited);
        }
        if (((written >> ASID_AT) & ASID_MASK) === KERNEL_ASID) current.waits = hart.retired;
        else delete current.waits;
      },
    };
  }
}

let kernel = new Uint8Array();
beforeAll(async () => {
  kernel = await buildKernel();
});

test.each([...groups().map((group) => ({ group, harts: 1 })), { group: "multicore", harts: HARTS }])("$group, harts: $harts", async ({ group, harts }) => {
  const checker = new InvariantChecker(readElf(kernel, "kernel.elf"), CHECKED);
  const watch = new InterruptsOff(checker);
  const { checks, died } = runGroup(group, { kernel, initrd: await buildGroup(group), harts, ...(harts === 1 ? { engine: "jit" } : { turn: TURN }), observer: harts === 1 ? watch : watch.withWaiting(), prepare: (machine) => checker.attach(machine) });
  expect(died).toBeUndefined();
  expect(checks.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(checks.length).toBeGreaterThan(0);
  expect(checker.violations).toEqual([]);
  expect(watch.work).toBeLessThanOrEqual(WORST);
  expect(watch.waiting).toBeLessThanOrEqual((harts - 1) * WORST);
});

test("plain tsc accepts the programs", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", fileURLToPath(new URL("kernel", import.meta.url))], { encoding: "utf8" });
  expect(stdout).toBe("");
});
