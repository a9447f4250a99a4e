// Every row on our machine, with random and edge operands. The checksums were
// taken from QEMU (UPDATE=1 npx vitest run test/isa/rows.qemu.test.ts); that
// test also names the case where a checksum differs.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runOurs } from "./guest.js";
import { allRowsImage, testedRows } from "./row-program.js";

const expected = readFileSync(new URL("expected/rows.txt", import.meta.url), "utf8").trim().split("\n");

test.each([["at once", undefined], ["in pieces", 1000]])("every row leaves the registers and memory that it leaves on QEMU, run %s", (_, pieces) => {
  const ours = runOurs(allRowsImage(), undefined, pieces).trim().split("\n");
  expect(testedRows.filter((_, index) => ours[index] !== expected[index]).map(({ text }) => text)).toEqual([]);
  expect(ours.length).toBe(testedRows.length);
}, 30_000);
