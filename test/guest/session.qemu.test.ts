// The very same image on QEMU with Debian's OpenSBI: the same session, and gdb shows the TypeScript.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../compiler/commands/package-root.js";
import { freePort } from "../free-port.js";
import { hasTools } from "../tools.js";
import { kernelImage } from "./boot.js";

const QEMU = "qemu-system-riscv64", GDB = "gdb-multiarch";
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

  test.skipIf(!hasTools(GDB))("gdb stops at a line of the kernel and shows it", async () => {
    const port = await freePort();
    const machine = start("-S", "-gdb", `tcp::${port}`);
    const ended = session(machine, "");
    try {
      const source = readFileSync(join(packageRoot(), "kernel/boot/init.ts"), "utf8").split("\n");
      const line = source.findIndex((text) => text.includes("boot.cnode = unsafe.container")) + 1;
      const stdout = await gdb(port, `break init.ts:${line}`, "continue", "list", "backtrace");
      expect(stdout).toMatch(new RegExp(`Breakpoint 1, .*startInit .*at kernel/boot/init.ts:${line}`));
      expect(stdout).toContain(`${line}\t${source[line - 1]}`);
      expect(stdout).toMatch(/#1 .*kernelMain .*at kernel\/main.ts:/);
    } finally {
      machine.kill();
      await ended;
    }
  });
});

/// The port opens a moment after QEMU starts.
async function gdb(port: number, ...commands: string[]): Promise<string> {
  const steps = [`target remote :${port}`, ...commands].flatMap((command) => ["-ex", command]);
  for (let attempt = 0; ; attempt++) {
    const debug = spawn(GDB, ["-nx", "-batch", ...steps, kernel], { cwd: packageRoot(), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [debug.stdout, debug.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await new Promise((resolve) => debug.on("close", resolve));
    if (!output.includes("Connection refused") || attempt === 20) return output;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
