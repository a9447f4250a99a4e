// The same programs on QEMU with Debian's OpenSBI: line for line what they print on our machine.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { hasTools } from "../tools.js";
import { conformanceImage, conformancePrograms, RAM_BYTES, TYPED } from "./conformance.js";

const QEMU = "qemu-system-riscv64";
const MAX_INSTRUCTIONS = 4_000_000_000;
/// A guest that hangs is ended, and fails.
const HANGS_AFTER_MS = 60_000;

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "typemetal-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function ours(kernel: Uint8Array): string {
  const output: number[] = [];
  const boot = planBoot({ kernel: { name: "kernel.elf", bytes: kernel }, ramBytes: RAM_BYTES, harts: 1 });
  const machine = new Machine({ boot, ramBytes: RAM_BYTES, transmit: (byte) => output.push(byte) });
  machine.board.uart.receive(new TextEncoder().encode(TYPED));
  machine.run(MAX_INSTRUCTIONS);
  return new TextDecoder().decode(Uint8Array.from(output));
}

/// OpenSBI throws away what is typed before it is done.
function theirs(path: string): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve) => {
    const machine = spawn(QEMU, ["-M", "virt", "-m", "128M", "-nographic", "-kernel", path], { stdio: ["pipe", "pipe", "inherit"], timeout: HANGS_AFTER_MS });
    let output = "";
    machine.stdout.on("data", (chunk: Buffer) => {
      const before = output;
      output += chunk.toString("latin1");
      if (!before.includes("typemetal") && output.includes("typemetal")) machine.stdin.write(TYPED);
    });
    machine.on("close", (code) => {
      const text = output.replaceAll("\r", "");
      resolve({ output: text.slice(text.indexOf("typemetal\n")), code });
    });
  });
}

describe.skipIf(!hasTools(QEMU))("on QEMU", () => {
  test.each(conformancePrograms)("%s", async (name) => {
    const kernel = await conformanceImage(name);
    const path = join(directory, `${name}.elf`);
    writeFileSync(path, kernel);
    const { output, code } = await theirs(path);
    expect(output).toBe(ours(kernel));
    expect(code).toBe(0);
  });
});
