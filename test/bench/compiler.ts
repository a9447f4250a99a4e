// The compiler against gcc -O2: executed instructions (checks off and on) and
// code size, for the kernels of test/bench/c and the same algorithms in the
// dialect in test/bench/compiler. Each run is also a differential test: the
// evaluator after every pass, QEMU, and gcc's program must agree.
//
//     npm run bench:compiler -- [--json] [--passes] [--small] [kernel …]
//
// `--passes` also measures what leaving each pass out costs; `--small` compares -Os with gcc -Os.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Module } from "../../compiler/ir/types.js";
import { compileModule, passNames } from "../../compiler/pipeline.js";
import { hex, runOnQemu } from "../differential/bare-metal.js";
import { evaluate } from "../../compiler/ir/evaluate.js";

import { load, seven, sources } from "./load.js";

const here = dirname(fileURLToPath(import.meta.url));
const C = join(here, "c");

interface Measured {
  readonly result: string;
  readonly instructions: number;
  readonly bytes: number;
}

const options = process.argv.slice(2);
const isSmall = options.includes("--small");
const level = isSmall ? "-Os" : "-O2";

function runGcc(kernel: string): Measured {
  const scratch = mkdtempSync(join(tmpdir(), "typemetal-"));
  try {
    const object = join(scratch, "kernel.o");
    const flags = [level, "-ffreestanding", "-fno-builtin", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany"];
    execFileSync("riscv64-unknown-elf-gcc", [...flags, "-c", "-o", object, join(C, `k_${kernel}.c`)]);
    const [, sizes = ""] = execFileSync("riscv64-unknown-elf-size", [object]).toString().trim().split("\n");
    const [result = "", count = ""] = execFileSync(join(C, "build.sh"), [kernel, level]).toString().trim().split(" ");
    return { result, instructions: Number.parseInt(count, 16), bytes: Number(sizes.trim().split(/\s+/)[0]) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function runOurs(kernel: string, boundsChecks: boolean, without: ReadonlySet<string> = new Set(), checked = true): Measured {
  let expected: string | undefined;
  const after = (pass: string, module: Module) => {
    if (!checked) return;
    const result = hex(evaluate(module, "run"));
    expected ??= result;
    if (result !== expected) throw new Error(`${kernel}: ${pass} changed the result`);
  };
  const { elf, image } = compileModule(load(kernel, boundsChecks), { check: true, without, after, optimise: isSmall ? "s" : 2 });
  const { result, instructions } = runOnQemu(elf);
  if (expected !== undefined && result !== expected) throw new Error(`${kernel}: the machine has ${result}, the evaluator ${expected}`);
  const own = image.symbols.filter(({ name, kind }) => kind === "function" && name !== "_start" && name !== "on_trap");
  return { result, instructions, bytes: own.reduce((sum, { size }) => sum + size, 0) };
}

const mean = (ratios: readonly number[]) => Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
const rounded = (ratio: number) => Number(ratio.toFixed(3));

const json = options.includes("--json");
const named = options.filter((option) => !option.startsWith("--"));
const all = readdirSync(sources).filter((name) => name.endsWith(".ts") && existsSync(join(C, `k_${name.replace(".ts", ".c")}`)));
const kernels = named.length > 0 ? named : all.map((name) => name.replace(".ts", ""));
const measuredPasses = options.includes("--passes") ? passNames : [];

const rows = kernels.map((kernel) => {
  const gcc = runGcc(kernel);
  const [off, on] = [runOurs(kernel, false), runOurs(kernel, true)];
  const fewer = measuredPasses.map((name) => runOurs(kernel, false, new Set([name]), false));
  for (const run of [off, on, ...fewer]) if (run.result !== gcc.result) throw new Error(`${kernel}: ${run.result}, gcc ${gcc.result}`);
  const row = {
    kernel,
    gcc: gcc.instructions,
    instructions: rounded(off.instructions / gcc.instructions),
    checked: rounded(on.instructions / gcc.instructions),
    size: rounded(off.bytes / gcc.bytes),
    without: Object.fromEntries(measuredPasses.map((name, index) => [name, rounded(fewer[index]!.instructions / gcc.instructions)])),
  };
  if (!json) console.log(kernel.padEnd(8), String(row.gcc).padStart(8), row.instructions.toFixed(3), row.checked.toFixed(3), row.size.toFixed(3), ...Object.entries(row.without).map(([name, ratio]) => `-${name} ${ratio}`));
  return row;
});
const meanOf = (some: typeof rows) => ({
  instructions: rounded(mean(some.map(({ instructions }) => instructions))),
  checked: rounded(mean(some.map(({ checked }) => checked))),
  size: rounded(mean(some.map(({ size }) => size))),
});
// The seven are the gate; the others show what it does with programs that it was not made for.
const isOfSeven = ({ kernel }: { kernel: string }) => seven.includes(kernel);
const [first, further] = [rows.filter(isOfSeven), rows.filter((row) => !isOfSeven(row))];
const geomean = meanOf(first.length > 0 ? first : rows);
if (json) console.log(JSON.stringify({ geomean, rows: first, further: { geomean: meanOf(further), rows: further } }));
else
  for (const [name, some] of [["the seven", first], ["further", further]] as const) {
    const { instructions, checked, size } = meanOf(some);
    if (some.length > 0) console.log(name.padEnd(17), instructions.toFixed(3), checked.toFixed(3), size.toFixed(3), `(instructions, with checks, size; gcc ${level} is 1)`);
  }
