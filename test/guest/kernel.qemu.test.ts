// The conformance suite on QEMU with Debian's OpenSBI, the same image and programs. HARTS=4 runs the whole of it on four
// harts.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildGroup, buildKernel, groups, readReport, TYPED } from "../../kernel/commands/conformance.js";
import { hasTools } from "../tools.js";

const QEMU = "qemu-system-riscv64";
const runs = process.env["HARTS"] === undefined
  ? [...groups().map((group) => ({ group, harts: 1 })), { group: "multicore", harts: 4 }]
  : groups().map((group) => ({ group, harts: Number(process.env["HARTS"]) }));
/// A guest that hangs is ended, and fails. Harts that wait for each other are slow where the host has fewer.
const HANGS_AFTER_MS = 60_000, HARTS_HANG_AFTER_MS = 170_000;

let directory = "";
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "typemetal-"));
  writeFileSync(join(directory, "kernel.elf"), await buildKernel());
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/// Time passes with instructions, as on our machine. Busy harts would wait for each other's turns then.
const ONE_CLOCK = ["-icount", "shift=0,sleep=off"];

/// OpenSBI throws away what is typed before it is done.
function theirs(initrd: string, harts: number, isBusy: boolean): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve) => {
    const options = ["-M", "virt", "-m", "128M", "-smp", String(harts), "-nographic", ...(isBusy ? [] : ONE_CLOCK), "-kernel", join(directory, "kernel.elf"), "-initrd", initrd];
    const machine = spawn(QEMU, options, { stdio: ["pipe", "pipe", "inherit"], timeout: isBusy ? HARTS_HANG_AFTER_MS : HANGS_AFTER_MS });
    let output = "";
    machine.stdout.on("data", (chunk: Buffer) => {
      const before = output;
      output += chunk.toString("latin1");
      if (!before.includes("typemetal") && output.includes("typemetal")) machine.stdin.write(TYPED);
    });
    machine.on("close", (code) => resolve({ output: output.slice(output.indexOf("typemetal")), code }));
  });
}

describe.skipIf(!hasTools(QEMU))("on QEMU", () => {
  test.each(runs)("$group, harts: $harts", async ({ group, harts }) => {
    const initrd = join(directory, `${group}.cpio`);
    writeFileSync(initrd, await buildGroup(group));
    const { output, code } = await theirs(initrd, harts, group === "multicore" && harts > 1);
    const { checks, died } = readReport(output, "closed");
    expect(died).toBeUndefined();
    expect(checks.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(code).toBe(0);
  }, HARTS_HANG_AFTER_MS + 30_000);
});
