// `build --emit obj`: a part of a program in the dialect, the rest in C, linked by GNU ld, on our machine and on
// QEMU. C's own compiler says what the results are.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Chalk } from "chalk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildFile } from "../../../compiler/commands/build.js";
import { formatDiagnostics } from "../../../compiler/frontend/index.js";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { compile } from "../../../compiler/pipeline.js";
import { runByMachine, runByQemu } from "../../differential/batch.js";
import { hasTools } from "../../tools.js";
import { randomValues } from "./random-values.js";

const GCC = "riscv64-unknown-elf-gcc";
const found = hasTools(GCC, "riscv64-unknown-elf-readelf");
const folder = fileURLToPath(new URL(".", import.meta.url));
const terminal = { write: () => {}, writeError: () => {}, colors: new Chalk({ level: 0 }) };

describe.skipIf(!found)("with C", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "typemetal-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const build = async (optimise: 0 | 2, file = `${folder}part.ts`) => {
    const object = join(directory, `part${optimise}.o`);
    expect(await buildFile({ file, target: "bare", emit: "obj", optimise, out: object, ...terminal })).toBe(0);
    return object;
  };
  const link = (object: string, main = `${folder}main.c`, ...flags: string[]) => {
    const out = `${object}.elf`;
    const all = ["-O2", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "-ffreestanding", "-nostdlib", "-static", "-Wl,-N,-Ttext=0x80000000,--fatal-warnings,--no-warn-rwx-segments"];
    execFileSync(GCC, [...all, ...flags, "-o", out, main, object], { stdio: "pipe" });
    return readFileSync(out);
  };

  test.each([0, 2] as const)("calls both ways, at -O%i", async (optimise) => {
    const elf = link(await build(optimise));
    const lines = runByMachine(elf);
    expect(lines.at(-1)).toBe("0".repeat(16));
    expect(lines).toHaveLength(14);
    if (hasTools("qemu-system-riscv64")) expect(runByQemu(elf)).toEqual(lines);
  });

  // VALUE_PROGRAMS=100: so many, each of 40 functions.
  const programs = Number(process.env.VALUE_PROGRAMS ?? 0);
  test.each(programs > 0 ? Array.from({ length: programs }, (_, seed) => [seed + 1, 40] as const) : [[1, 12] as const])("values of structs and unions go both ways, program %i", async (seed, functions) => {
    const { ts, c, checks } = randomValues(seed, functions);
    const [part, main] = [join(directory, `values${seed}.ts`), join(directory, `values${seed}.c`)];
    writeFileSync(part, ts);
    writeFileSync(main, c);
    for (const optimise of [0, 2] as const) {
      const elf = link(await build(optimise, part), main, "-Wno-psabi");
      expect(runByMachine(elf)).toEqual(Array(checks).fill("ok"));
      if (programs > 0 && hasTools("qemu-system-riscv64")) expect(runByQemu(elf)).toEqual(Array(checks).fill("ok"));
    }
  });

  test("what the object has, and debug information that is still right after linking", async () => {
    const object = await build(2);
    const readelf = (...args: string[]) => execFileSync("riscv64-unknown-elf-readelf", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    expect(readelf("-hW", object)).toMatch(/REL \(Relocatable file\)[\s\S]*RVC, double-float ABI/);
    const symbols = readelf("-sW", object);
    expect(symbols).toMatch(/FUNC +GLOBAL DEFAULT +1 ts_area/);
    expect(symbols).toMatch(/FUNC +GLOBAL DEFAULT +1 ts_counter/);
    expect(symbols).toMatch(/FUNC +LOCAL +DEFAULT +1 negate/);
    expect(symbols).toMatch(/NOTYPE +GLOBAL DEFAULT +UND c_mix/);
    expect(readelf("-rW", object)).toMatch(/R_RISCV_CALL_PLT[^\n]*c_apply/);
    link(object, undefined, "-g");
    const place = execFileSync("riscv64-unknown-elf-addr2line", ["-f", "-e", `${object}.elf`, addressOf(readelf("-sW", `${object}.elf`), "ts_area")], { encoding: "utf8" });
    expect(place).toMatch(/^ts_area\n.*part\.ts:54\n$/);
  });
});

const addressOf = (symbols: string, name: string) => new RegExp(`\\d+: ([0-9a-f]+) .* ${name}$`, "m").exec(symbols)?.[1] ?? "";

test("without an object to link, what is only declared is refused where it is called", async () => {
  const { diagnostics } = await compile(`${folder}part.ts`, { target: "bare" }, nodeHost());
  expect(diagnostics.map(({ code }) => code)).toContain("TM3011");
  expect(formatDiagnostics(diagnostics)).toContain("--emit obj");
});

test("C cannot be called while compiling", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "typemetal-")), "early.ts");
  writeFileSync(file, "declare function c(): u32;\nconst early: Arr<u32, 1> = comptime(() => {\n  const made = zeroed<Arr<u32, 1>>();\n  made[0] = c();\n  return made;\n});\nexport const f = (): u32 => early[0];\nexport function g(): u32 {\n  return f();\n}\n");
  const { diagnostics } = await compile(file, { target: "bare", isObject: true }, nodeHost());
  expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([["TM3006", 4]]);
});

test("C has no arrays by value", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "typemetal-")), "value.ts");
  writeFileSync(file, "declare function take(pair: Arr<u32, 2>): void;\nexport function f(): void {\n  take([1, 2]);\n}\nexport function g(pair: Arr<u32, 2>): u32 {\n  return pair[0];\n}\n");
  const { diagnostics } = await compile(file, { target: "bare", isObject: true }, nodeHost());
  expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([["TM3012", 1], ["TM3012", 5]]);
});
