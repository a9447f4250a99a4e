// The privileged programs on our machine. What they print was taken from QEMU
// (UPDATE=1 npx vitest run test/isa/privileged.qemu.test.ts).

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runOurs } from "./guest.js";
import { privilegedPrograms } from "./privileged-programs.js";

describe("privileged programs", () => {
  for (const [name, image] of Object.entries(privilegedPrograms)) {
    test(name, () => {
      expect(runOurs(image)).toBe(readFileSync(new URL(`expected/${name}.txt`, import.meta.url), "utf8"));
    });
  }
});
