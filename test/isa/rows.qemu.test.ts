// Every row on our machine against QEMU, with random and edge operands.

import { describe, expect, test } from "vitest";
import { qemu, runOurs, runQemu } from "./guest.js";
import { rowProgram, testedRows } from "./row-program.js";

const CASES = 60;
const MOST_DIFFERENCES = 5;

if (!qemu) console.warn("skipped: no qemu-system-riscv64 on PATH, so rows are not compared with QEMU");

describe.skipIf(!qemu)("rows against QEMU", () => {
  test("every row leaves the same registers and memory", () => {
    const { image } = rowProgram(testedRows, CASES);
    const theirs = runQemu(image).split("\n"), ours = runOurs(image).split("\n");
    const different = testedRows.filter((_, index) => theirs[index] !== ours[index]);
    expect(theirs.length).toBe(testedRows.length + 1);
    expect(different.slice(0, MOST_DIFFERENCES).flatMap((row) => narrow(row))).toEqual([]);
  }, 60_000);
});

/// The first case of a row that differs.
function narrow(row: (typeof testedRows)[number]): string[] {
  const { image, cases } = rowProgram([row], CASES, true);
  const theirs = runQemu(image).split("\n"), ours = runOurs(image).split("\n");
  const first = cases.findIndex((_, index) => theirs[index] !== ours[index]);
  return [`case ${first}: ${cases[first]}: QEMU ${theirs[first]}, ours ${ours[first]}`];
}
