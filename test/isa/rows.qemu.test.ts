// Every row on QEMU, with random and edge operands: what it prints is what is
// written down for ours, and where ours differs, the first case that does.

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Row } from "../../emulator/isa/row.js";
import { extensions } from "../../emulator/isa/table.js";
import { instructionsQemu, runOurs, runQemu } from "./guest.js";
import { CASES_PER_ROW, rowProgram, testedRows } from "./row-program.js";

const MOST_DIFFERENCES = 5;

const qemu = instructionsQemu();
// An older QEMU lacks some, and has a wrong ctzw.
const newer = [extensions.Zicond, extensions.Zicbom, extensions.Zicboz, extensions.Zbb].flat();
const compared = qemu?.isNew ? testedRows : testedRows.filter((row) => !newer.includes(row));
if (!qemu) console.warn("skipped: no qemu-system-riscv64 on PATH, so rows are not compared with QEMU");

describe.skipIf(!qemu)("rows against QEMU", () => {
  test("every row leaves the same registers and memory", () => {
    const { image } = rowProgram(compared, CASES_PER_ROW);
    const theirs = runQemu(image, [], qemu), ours = runOurs(image).split("\n");
    const file = new URL("expected/rows.txt", import.meta.url);
    if (process.env.UPDATE && qemu?.isNew) writeFileSync(file, theirs);
    const lines = theirs.split("\n");
    const different = compared.filter((_, index) => lines[index] !== ours[index]);
    expect(different.slice(0, MOST_DIFFERENCES).map(narrow)).toEqual([]);
    if (qemu?.isNew) expect(theirs).toBe(readFileSync(file, "utf8"));
  }, 60_000);
});

/// The first case of a row that differs.
function narrow(row: Row): string {
  const { image, cases } = rowProgram([row], CASES_PER_ROW, true);
  const theirs = runQemu(image, [], qemu).split("\n"), ours = runOurs(image).split("\n");
  const first = cases.findIndex((_, index) => theirs[index] !== ours[index]);
  return `case ${first}: ${cases[first]}: QEMU ${theirs[first]}, ours ${ours[first]}`;
}
