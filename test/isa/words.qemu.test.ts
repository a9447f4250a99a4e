// Every compressed word and random 4-byte words on QEMU.

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { instructionsQemu, runQemu } from "./guest.js";
import { wordGroups, wordsImage } from "./words-program.js";

const qemu = instructionsQemu();
if (!qemu) console.warn("skipped: no qemu-system-riscv64 on PATH, so words are not compared with QEMU");

test.skipIf(!qemu)("words do on QEMU what is written down", () => {
  const file = new URL("expected/words.txt", import.meta.url);
  // An older QEMU has other extensions than ours, of 4-byte instructions only.
  const groups = qemu?.isNew ? wordGroups : wordGroups.filter((words) => words.every((word) => (word & 3) !== 3));
  const output = runQemu(wordsImage(groups.flat()), [], qemu);
  if (process.env.UPDATE && qemu?.isNew) writeFileSync(file, output);
  expect(output.split("\n")).toEqual([...readFileSync(file, "utf8").split("\n").slice(0, groups.length), ""]);
}, 120_000);
