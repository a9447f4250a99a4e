// The conformance suite on our machine: programs that hold the kernel to its word, each run as init on the real
// kernel. `typemetal conform` runs the same. On the way: how long the kernel keeps interrupts off at most.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { readElf } from "../../compiler/object/elf-read.js";
import { InvariantChecker } from "../../emulator/debug/invariant-checker.js";
import type { HartObserver } from "../../emulator/cpu/trap.js";
import { buildGroup, buildKernel, groups, runGroup } from "../../kernel/commands/conformance.js";

/// Instructions from a trap to its sret, with interrupts off all the way: docs/invariants.md says what takes longest.
const WORST = 25_000;
/// One of so many returns to user mode is checked for the kernel's invariants.
const CHECKED = 997;
const USER = 0, SUPERVISOR = 1;

let kernel = new Uint8Array();
beforeAll(async () => {
  kernel = await buildKernel();
});

test.each([...groups().map((group) => ({ group, harts: 1 })), { group: "multicore", harts: 4 }])("$group, harts: $harts", async ({ group, harts }) => {
  let trappedAt = -1, worst = 0;
  const checker = new InvariantChecker(readElf(kernel, "kernel.elf"), CHECKED);
  const observer: HartObserver = {
    trapped: (hart, trap) => {
      checker.trapped(hart, trap);
      if (trap.from === USER) trappedAt = hart.retired;
    },
    returned: (hart, from) => {
      checker.returned(hart, from);
      if (from !== SUPERVISOR || trappedAt < 0) return;
      worst = Math.max(worst, hart.retired - trappedAt);
      trappedAt = -1;
    },
  };
  const { checks, died } = runGroup(group, { kernel, initrd: await buildGroup(group), harts, engine: "jit", observer, prepare: (machine) => checker.attach(machine) });
  expect(died).toBeUndefined();
  expect(checks.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(checks.length).toBeGreaterThan(0);
  expect(checker.violations).toEqual([]);
  // With several harts it has waiting for each other in it.
  if (harts === 1) expect(worst).toBeLessThanOrEqual(WORST);
});

test("plain tsc accepts the programs", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", fileURLToPath(new URL("kernel", import.meta.url))], { encoding: "utf8" });
  expect(stdout).toBe("");
});
