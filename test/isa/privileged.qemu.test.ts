// The privileged programs print on QEMU what is written down for ours.

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findQemu, qemuVersion, runQemu } from "./guest.js";
import { findQemu10 } from "../world/debian.js";
import { newPrograms, privilegedPrograms } from "./privileged-programs.js";

const qemu = findQemu();
if (!qemu) console.warn("skipped: no qemu-system-riscv64 on PATH, so privileged programs are not compared with QEMU");

const qemu10 = findQemu10();

describe.skipIf(!qemu)(`privileged programs on ${qemu ? qemuVersion() : "QEMU"}`, () => {
  for (const [name, image] of Object.entries(privilegedPrograms)) {
    test.skipIf(newPrograms.has(name) && !qemu10)(name, () => {
      const file = new URL(`expected/${name}.txt`, import.meta.url);
      const output = newPrograms.has(name) ? runQemu(image, [], { path: qemu10 as string, cpu: "rv64,h=off,svnapot=on,svpbmt=on" }) : runQemu(image);
      if (process.env.UPDATE) writeFileSync(file, output);
      expect(output).toBe(readFileSync(file, "utf8"));
    }, 30_000);
  }
});
