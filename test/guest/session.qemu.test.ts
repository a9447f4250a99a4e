// The very same image on QEMU with Debian's OpenSBI: the same session.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasTools } from "../tools.js";
import { kernelImage } from "./boot.js";

const QEMU = "qemu-system-riscv64";
const expected = readFileSync(new URL("session.expected", import.meta.url), "utf8");
const SCRIPT = "help\nps\necho hi\nfault\nps\nexit\n";

let directory = "", kernel = "";
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "typemetal-"));
  kernel = join(directory, "kernel.elf");
  writeFileSync(kernel, (await kernelImage()).kernel);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const start = (...options: string[]) => spawn(QEMU, ["-M", "virt", "-nographic", "-kernel", kernel, ...options], { stdio: ["pipe", "pipe", "inherit"] });

/// What it prints from the kernel's first word on. OpenSBI throws away what is typed before it is done, so
/// the script waits for the prompt.
function session(machine: ChildProcess, script: string): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve) => {
    let output = "";
    machine.stdout?.on("data", (chunk: Buffer) => {
      const before = output;
      output += chunk.toString("latin1");
      if (!before.includes("$ ") && output.includes("$ ")) machine.stdin?.write(script);
    });
    machine.on("close", (code) => {
      const text = output.replaceAll("\r", "");
      resolve({ output: text.slice(text.indexOf("typemetal\n")), code });
    });
  });
}

describe.skipIf(!hasTools(QEMU))("the image on QEMU", () => {
  test.each([["one hart", "1"], ["four harts", "4"]])("prints the same session with %s", async (_, harts) => {
    const { output, code } = await session(start("-smp", harts), SCRIPT);
    expect(output).toBe(expected);
    expect(code).toBe(0);
  });
});
