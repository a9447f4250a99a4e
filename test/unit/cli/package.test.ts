// The package as a library: what a program that imports it gets.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compile, Machine, nodeHost, planBoot } from "../../../index.js";

it("compiles a program and runs it", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "typemetal-package-"));
  const file = join(folder, "hello.ts");
  writeFileSync(file, 'export function main(): void {\n  print("hello\\n");\n}\n');
  const { output, diagnostics } = await compile(file, {}, await nodeHost());
  rmSync(folder, { recursive: true });
  expect(diagnostics).toEqual([]);
  const boot = planBoot({ kernel: { name: "hello.elf", bytes: output?.elf ?? new Uint8Array(0) } });
  let console = "";
  const machine = new Machine({ boot, transmit: (byte) => (console += String.fromCharCode(byte)) });
  expect(machine.run()).toEqual({ kind: "finished", how: { kind: "pass" } });
  expect(console).toBe("hello\n");
});
