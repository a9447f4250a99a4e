// A few programs over the whole language, in every way there is to run them;
// languages.ts runs as many as one likes.

import { expect, test } from "vitest";
import { hasTools } from "../tools.js";
import { compareFamily, compareSeeds } from "./languages.js";

const ways = { qemu: hasTools("qemu-system-riscv64"), c: hasTools("gcc"), slow: true };

test("whole programs", { timeout: 120_000 }, () => {
  expect(compareSeeds([2], ways)).toEqual([]);
});

test("a family of small ones", { timeout: 120_000 }, () => {
  expect(compareFamily(4, 20, ways)).toEqual([]);
});
