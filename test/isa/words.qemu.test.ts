// Every compressed word and random 4-byte words on QEMU.

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findQemu, runQemu } from "./guest.js";
import { wordsImage } from "./words-program.js";

const qemu = findQemu();
if (!qemu) console.warn("skipped: no qemu-system-riscv64 on PATH, so words are not compared with QEMU");

test.skipIf(!qemu)("words do on QEMU what is written down", () => {
  const file = new URL("expected/words.txt", import.meta.url);
  const output = runQemu(wordsImage());
  if (process.env.UPDATE) writeFileSync(file, output);
  expect(output).toBe(readFileSync(file, "utf8"));
}, 120_000);
