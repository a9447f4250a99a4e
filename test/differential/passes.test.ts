// Random programs: no pass changes what one does, every allocation is proved,
// and the text form reads back as it was printed.

import { expect, test } from "vitest";
import { parseModule } from "../../compiler/ir/parse.js";
import { printModule } from "../../compiler/ir/print.js";
import { allocatable } from "../../compiler/rv64/machine.js";
import { randomModule } from "./random-module.js";
import { compileAndCompare } from "./run-all.js";

const PROGRAMS = 15;

test.each([
  ["all registers", allocatable],
  ["ten registers", allocatable.slice(0, 10)],
  ["six registers, four of them kept by calls", [...allocatable.slice(0, 2), ...allocatable.slice(-4)]],
])("with %s", (_, registers) => {
  for (let seed = 1; seed <= PROGRAMS; seed++) compileAndCompare(randomModule(seed), { registers });
});

test("what is printed is what is parsed", () => {
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const text = printModule(randomModule(seed), { locations: true });
    expect(printModule(parseModule(text), { locations: true })).toBe(text);
  }
});

test("the same program gives the same bytes", () => {
  const compile = () => compileAndCompare(randomModule(1), {}).elf;
  expect(compile()).toEqual(compile());
});
