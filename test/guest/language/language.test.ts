// Each program here is compiled, run on the emulator, and must print what the file beside it says; a last
// line "exit N" says how it ends. With and without optimisation, so that the passes have no say in it.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse, formatDiagnostics } from "../../../compiler/frontend/index.js";
import { compileModule } from "../../../compiler/pipeline.js";
import { planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";

const RAM_BYTES = 16 * 2 ** 20;
const MAX_INSTRUCTIONS = 50_000_000;
const folder = fileURLToPath(new URL(".", import.meta.url));

function compile(path: string, optimise: 0 | 2): Uint8Array {
  const { module, diagnostics, layout } = analyse(path, { target: "bare", boundsChecks: true }, nodeHost());
  if (!module) throw new Error(formatDiagnostics(diagnostics));
  return compileModule(module, { check: true, optimise, virtualBase: layout.virtual, entry: layout.entry }).elf;
}

function run(elf: Uint8Array): string {
  const output: number[] = [];
  const boot = planBoot({ kernel: { name: "program.elf", bytes: elf }, ramBytes: RAM_BYTES, harts: 1 });
  const machine = new Machine({ boot, transmit: (byte) => output.push(byte) });
  const outcome = machine.run(MAX_INSTRUCTIONS);
  const text = new TextDecoder().decode(Uint8Array.from(output));
  if (outcome.kind !== "finished") return `${text}${outcome.kind}\n`;
  return outcome.how.kind === "fail" ? `${text}exit ${outcome.how.code}\n` : text;
}

const programs = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));

test.each(
  programs.flatMap(
    (name) =>
      [
        [name, 2],
        [name, 0],
      ] as const,
  ),
)("%s at -O%i", (name, optimise) => {
  const expected = readFileSync(`${folder}${name.replace(/\.ts$/, ".out")}`, "utf8");
  expect(run(compile(`${folder}${name}`, optimise))).toBe(expected.replaceAll("FOLDER/", folder));
});

test("entries cost what a counter costs", () => {
  const loops = ["for (const [i, x] of xs.entries())", "for (let i: u64 = 0, x: u32; i < xs.length; i++) if ((x = xs[i]) >= 0)"];
  const code = loops.map((loop) => {
    const text = `export function sum(xs: readonly u32[]): u64 { let total: u64 = 0; ${loop} total += i * x; return total; }\nexport function main(): void {}\n`;
    const { module, diagnostics } = analyse("/sum.ts", { target: "bare", boundsChecks: true, form: "object" }, nodeHost("", new Map([["/sum.ts", text]])));
    if (!module) throw new Error(formatDiagnostics(diagnostics));
    // Labels are numbered as the blocks were made.
    return compileModule(module, { check: true }).assembly().replaceAll(/sum\.\d+/g, "sum.");
  });
  expect(code[0]).toContain("sum");
  expect(code[0]).toBe(code[1]);
});

test("plain tsc accepts what we accept", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  expect(stdout).toBe("");
});
