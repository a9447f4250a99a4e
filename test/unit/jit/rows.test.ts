// Every row, the privileged programs and every word through the JIT, with all
// that can be translated translated at once. What they print was taken from
// QEMU, as for the interpreter.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runOurs, type TestMachineOptions } from "../../isa/guest.js";
import { privilegedPrograms } from "../../isa/privileged-programs.js";
import { allRowsImage, testedRows } from "../../isa/row-program.js";
import { wordsImage } from "../../isa/words-program.js";

const expected = (name: string) => readFileSync(new URL(`../../isa/expected/${name}.txt`, import.meta.url), "utf8");
const eager: TestMachineOptions = { engine: "jit", jit: { threshold: 0, batch: 1 } };
const hasty: TestMachineOptions = { engine: "jit", jit: { threshold: 1, batch: 2, capacity: 8 } };

test("every row leaves the registers and memory that it leaves on QEMU", () => {
  const ours = runOurs(allRowsImage(), undefined, undefined, eager).trim().split("\n");
  const lines = expected("rows").trim().split("\n");
  expect(testedRows.filter((_, index) => ours[index] !== lines[index]).map(({ text }) => text)).toEqual([]);
  expect(ours.length).toBe(testedRows.length);
});

describe.each([["eager", eager, undefined], ["hasty, in pieces, with room for few regions", hasty, 5000]] as const)("%s", (_, options, pieces) => {
  for (const [name, image] of Object.entries(privilegedPrograms)) {
    test(name, () => expect(runOurs(image, undefined, pieces, options)).toBe(expected(name)));
  }
});

test("words are legal, as long, and do what they do on QEMU", () => {
  expect(runOurs(wordsImage(), 1_000_000_000, undefined, { engine: "jit" })).toBe(expected("words"));
});
