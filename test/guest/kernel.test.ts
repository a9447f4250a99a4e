// Programs that hold the kernel to its word, each run as init on the real kernel. They print "ok" or
// "FAILED" and what they checked, and how many of each at the end.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { conformanceImage, conformancePrograms, RAM_BYTES, TYPED } from "./conformance.js";

/// Bounds a guest that hangs.
const MAX_INSTRUCTIONS = 4_000_000_000;

test.each(conformancePrograms)("%s", async (name) => {
  const output: number[] = [];
  const boot = planBoot({ kernel: { name: "kernel.elf", bytes: await conformanceImage(name) }, ramBytes: RAM_BYTES, harts: 1 });
  const machine = new Machine({ boot, ramBytes: RAM_BYTES, transmit: (byte) => output.push(byte) });
  machine.board.uart.receive(new TextEncoder().encode(TYPED));
  const outcome = machine.run(MAX_INSTRUCTIONS);
  const lines = new TextDecoder().decode(Uint8Array.from(output)).trimEnd().split("\n");
  const passed = lines.filter((line) => line.startsWith("ok ")).length;
  expect(lines.filter((line) => !line.startsWith("ok "))).toEqual(["typemetal", `${passed} passed, 0 failed`]);
  expect(passed).toBeGreaterThan(0);
  expect(outcome).toEqual({ kind: "finished", how: { kind: "pass" } });
});

test("plain tsc accepts the programs", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", fileURLToPath(new URL("kernel", import.meta.url))], { encoding: "utf8" });
  expect(stdout).toBe("");
});
