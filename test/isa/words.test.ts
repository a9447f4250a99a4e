// Every compressed word and random 4-byte words on our machine. The checksums
// were taken from QEMU (UPDATE=1 npx vitest run test/isa/words.qemu.test.ts).

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runOurs } from "./guest.js";
import { wordsImage } from "./words-program.js";

test("words are legal, as long, and do what they do on QEMU", () => {
  const expected = readFileSync(new URL("expected/words.txt", import.meta.url), "utf8");
  expect(runOurs(wordsImage(), 1_000_000_000)).toBe(expected);
}, 120_000);
