// A few programs over the whole language, in every way there is to run them;
// languages.ts runs as many as one likes.

import { expect, test } from "vitest";
import { hasTool } from "./bare-metal.js";
import { compareFamily, compareSeeds } from "./languages.js";

const ways = { qemu: hasTool("qemu-system-riscv64"), c: hasTool("gcc"), slow: true };
if (!ways.qemu || !ways.c) console.warn(`not compared: ${[ways.qemu ? "" : "QEMU", ways.c ? "" : "gcc"].filter(Boolean).join(", ")}, not on PATH`);

test("whole programs", { timeout: 120_000 }, () => {
  expect(compareSeeds([2], ways)).toEqual([]);
});

test("a family of small ones", { timeout: 120_000 }, () => {
  expect(compareFamily(4, 20, ways)).toEqual([]);
});
