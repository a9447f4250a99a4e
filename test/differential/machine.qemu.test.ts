// Random programs on QEMU against the evaluator.

import { describe, expect, test } from "vitest";
import { allocatable } from "../../compiler/rv64/machine.js";
import { hasTools } from "../tools.js";
import { runOnQemu } from "./bare-metal.js";
import { randomModule } from "./random-module.js";
import { compileAndCompare } from "./run-all.js";

const PROGRAMS = 12;

describe.skipIf(!hasTools("qemu-system-riscv64"))("random programs on QEMU", () => {
  test.each([
    ["optimised", { optimise: 2 }],
    ["not optimised", { optimise: 0 }],
    ["with few registers", { optimise: 2, registers: allocatable.slice(0, 9) }],
  ] as const)("%s", (_, options) => {
    const different: string[] = [];
    for (let seed = 1001; seed < 1001 + PROGRAMS; seed++) {
      const { elf, expected } = compileAndCompare(randomModule(seed, 8), options);
      const { result } = runOnQemu(elf);
      if (result !== expected) different.push(`seed ${seed}: QEMU ${result}, evaluator ${expected}`);
    }
    expect(different).toEqual([]);
  });
});
