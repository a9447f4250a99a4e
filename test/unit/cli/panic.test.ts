// A panic under `typemetal run`: the guest says what failed and where, and the host, which has the debug
// information, who called whom.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { compile, type Target } from "../../../compiler/pipeline.js";
import { explainPanic, readPanics } from "../../../emulator/debug/panic-reader.js";
import { planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";
import { builtCli } from "../../built-cli.js";

const folder = mkdtempSync(join(tmpdir(), "typemetal-panic-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = `const table: Arr<u32, 4> = [1, 2, 3, 4];
function pick(index: u64): u32 {
  attr({ inline: "never" });
  return table[index];
}
function deeper(index: u64, more: u64): u64 {
  attr({ inline: "never" });
  const block = arr<u64, 300>();
  for (let i: u64 = 0; i < 300; i++) block[i] = i * more;
  return u64(pick(index + more)) + block[more];
}
export function main(hart: u64): u64 {
  return deeper(hart + 1, 7) * 3;
}
`;
const file = join(folder, "fails.ts");
writeFileSync(file, program);
const frames = /^ {2}#0 pick at .*fails\.ts:4:10\n {2}#1 deeper at .*fails\.ts:10:14\n {2}#2 main at .*fails\.ts:13:10\n {2}#3 program_main\n {2}#4 _start at .*\n/m;

test("run says it on stderr", { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [builtCli, "run", file, "--no-cache"], { encoding: "utf8", input: "" });
  expect([status, stdout]).toEqual([125, `panic: ${file}:4:10: index out of bounds, in pick\n`]);
  expect(stderr).toMatch(/^backtrace:\n/);
  expect(stderr).toMatch(frames);
});

/// What is said of each failed check.
function explained(elf: Uint8Array): string[] {
  const [programs, found] = [readPanics(elf), [] as string[]];
  const machine: Machine = new Machine({
    boot: planBoot({ kernel: { name: "kernel.elf", bytes: elf }, ramBytes: 32 << 20 }),
    observer: {
      broke: (state) => found.push(explainPanic(programs, state, machine) ?? "none of ours"),
    },
  });
  machine.run(50_000_000);
  return found;
}

test.each([["kernel", 2], ["bare", 0]] as const)("a %s program at -O%i", async (target: Target, optimise) => {
  const { output } = await compile(file, { target, optimise }, nodeHost());
  const [text] = explained(output!.elf);
  expect(`${text}\n`).toMatch(frames);
});
