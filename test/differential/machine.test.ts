// Random programs on our machine against the evaluator.

import { expect, test } from "vitest";
import { allocatable } from "../../compiler/rv64/machine.js";
import { runOnOurs } from "./bare-metal.js";
import { randomModule } from "./random-module.js";
import { compileAndCompare } from "./run-all.js";

const PROGRAMS = 20;

test.each([
  ["optimised", { optimise: 2 }],
  ["not optimised", { optimise: 0 }],
  ["with few registers", { optimise: 2, registers: allocatable.slice(0, 9) }],
] as const)("%s", (_, options) => {
  const different: string[] = [];
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const { elf, expected } = compileAndCompare(randomModule(seed), options);
    const { result } = runOnOurs(elf);
    if (result !== expected) different.push(`seed ${seed}: our machine ${result}, evaluator ${expected}`);
  }
  expect(different).toEqual([]);
});
