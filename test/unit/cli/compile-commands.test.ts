// The bodies of the compile commands, without a process for each.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chalk } from "chalk";
import { afterAll, describe, expect, it } from "vitest";
import { buildFile, compileFile } from "../../../compiler/commands/build.js";
import { checkFiles } from "../../../compiler/commands/check.js";
import { disassembleFile } from "../../../compiler/commands/disasm.js";
import { testFile } from "../../../compiler/commands/test.js";
import { createProject } from "../../../compiler/commands/new.js";
import { readElf } from "../../../compiler/object/elf-read.js";
import { planBoot } from "../../../emulator/machine/loader.js";
import { Machine } from "../../../emulator/machine/machine.js";

const folder = mkdtempSync(join(tmpdir(), "typemetal-compile-"));
afterAll(() => rmSync(folder, { recursive: true }));
const timeout = 60_000;
const colors = new Chalk({ level: 0 });

function source(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function terminal() {
  const said = { out: "", err: "" };
  const write = (content: string | Uint8Array) => void (said.out += content);
  return { said, terminal: { write, writeError: (text: string) => void (said.err += text), colors } };
}

const good = () => source("good.ts", 'export function main(): u64 {\n  print("good\\n");\n  return 3;\n}\n');
const bad = () => source("bad.ts", "export function main(): u64 {\n  return nothing;\n}\n");

function runImage(bytes: Uint8Array) {
  const ramBytes = 16 << 20;
  const boot = planBoot({ kernel: { name: "image", bytes }, ramBytes });
  let console = "";
  const machine = new Machine({ boot, transmit: (byte) => (console += String.fromCharCode(byte)) });
  return { outcome: machine.run(10_000_000), console };
}

describe("test", () => {
  it("runs tests on the host and on the machine", { timeout }, async () => {
    const { said, terminal: to } = terminal();
    const file = source(
      "tests.ts",
      'function half(x: u64): u64 {\n  return x / 2;\n}\ntest("halves", () => {\n  assert(half(8) === 4);\n});\ntest("fails", () => {\n  assert(half(1) === 1, "one");\n});\ntest("has a device", () => {\n  assert(csr.mhartid.read() === 0);\n});\n',
    );
    const run = (elf: Uint8Array) => {
      const { outcome, console } = runImage(elf);
      return { output: console, passed: outcome.kind === "finished" && outcome.how.kind === "pass" };
    };
    expect(await testFile({ file, target: "bare", run, outColors: colors, ...to })).toBe(1);
    expect(said.out).toBe(`ok   halves\nFAIL fails: ${file}:8:3: one\nok   has a device\n2 passed, 1 failed\n`);
  });

  it("says where there are none", { timeout }, async () => {
    const { said, terminal: to } = terminal();
    expect(await testFile({ file: good(), target: "bare", run: () => ({ output: "", passed: true }), outColors: colors, ...to })).toBe(0);
    expect(said.out).toContain("has no tests");
  });
});

describe("build", () => {
  it("writes an ELF beside the source, which runs", { timeout }, async () => {
    const { said, terminal: to } = terminal();
    expect(await buildFile({ file: good(), target: "bare", emit: "elf", ...to })).toBe(0);
    expect(said).toEqual({ out: "", err: "" });
    const { outcome, console } = runImage(readFileSync(join(folder, "good.elf")));
    expect([outcome, console]).toEqual([{ kind: "finished", how: { kind: "fail", code: 3 } }, "good\n"]);
  });

  it("writes C and WebAssembly, and the IR after a pass", { timeout }, async () => {
    const { said, terminal: to } = terminal();
    expect(await buildFile({ file: good(), target: "bare", emit: "c", dump: ["after:gvn"], ...to })).toBe(0);
    expect(said.out).toMatch(/^\/\/ after gvn\n.*function @main.*#include <stdint.h>/s);
    expect(await buildFile({ file: good(), target: "bare", emit: "wasm", ...to })).toBe(0);
    expect(WebAssembly.validate(readFileSync(join(folder, "good.wasm")))).toBe(true);
    await expect(buildFile({ file: good(), target: "bare", emit: "elf", dump: ["after:none"], ...to })).rejects.toThrow("there is no pass none");
  });

  it("traps on overflow where that is asked for, and is smaller with -Os", { timeout }, async () => {
    const { terminal: to } = terminal();
    const file = source(
      "overflow.ts",
      'function next(x: u8): u8 {\n  return x + 1;\n}\nexport function main(): void {\n  print(u8(next(254) + 1), "\\n");\n  print(next(255), "\\n");\n}\n',
    );
    const shown = async (choices: object) => runImage((await compileFile({ file, target: "bare", ...choices, ...to }))!.bytes).console;
    expect(await shown({})).toBe("0\n0\n");
    expect(await shown({ overflowChecks: true })).toBe(`0\npanic: ${file}:2:10: arithmetic overflow, in next\n`);
    const textOf = async (optimise: 2 | "s") => {
      const compiled = await compileFile({ file, target: "bare", optimise, ...to });
      return readElf(compiled!.bytes, "built").sections.find(({ name }) => name === ".text")!.size;
    };
    expect(await textOf("s") < await textOf(2)).toBe(true);
  });

  it("links for each target where that target's programs lie", { timeout }, async () => {
    const { terminal: to } = terminal();
    const file = source("quiet.ts", "export function main(): u64 {\n  return 3;\n}\n");
    const lowest = async (target: "bare" | "kernel" | "user") => {
      const compiled = await compileFile({ file, target, ...to });
      return readElf(compiled?.bytes ?? new Uint8Array(0), "built").segments[0]?.paddr;
    };
    expect([await lowest("bare"), await lowest("kernel"), await lowest("user")]).toEqual([0x8000_0000n, 0x8020_0000n, 0x1_0000n]);
  });

  it("prints IR and assembly", { timeout }, async () => {
    for (const [emit, text] of [["ir", "function @"], ["asm", "_start:"]] as const) {
      const { said, terminal: to } = terminal();
      expect(await buildFile({ file: good(), target: "bare", emit, ...to })).toBe(0);
      expect(said.out).toContain(text);
    }
  });

  it("says what is wrong, and writes nothing", { timeout }, async () => {
    const { said, terminal: to } = terminal();
    expect(await buildFile({ file: bad(), target: "bare", emit: "elf", ...to })).toBe(1);
    expect(said.err).toMatch(/bad\.ts:2:10: error TS2304.*\n2 \| {3}return nothing;\n {2}\| {10}\^{7}\n[\s\S]*\n1 error\n$/);
    expect(existsSync(join(folder, "bad.elf"))).toBe(false);
  });

  it.each([
    ["missing.ts", /does not exist/],
    [".", /is a directory/],
  ])("refuses %s", async (name, message) => {
    const { terminal: to } = terminal();
    await expect(buildFile({ file: join(folder, name), target: "bare", emit: "elf", ...to })).rejects.toThrow(message);
  });
});

describe("check", () => {
  it("is silent about good programs, and counts the mistakes of bad ones", { timeout }, async () => {
    const quiet = terminal();
    expect(await checkFiles({ files: [good()], target: "bare", ...quiet.terminal })).toBe(0);
    expect(quiet.said).toEqual({ out: "", err: "" });
    const loud = terminal();
    expect(await checkFiles({ files: [bad(), good(), bad()], target: "bare", ...loud.terminal })).toBe(1);
    expect(loud.said.err).toMatch(/\n1 error\n$/);
  });
});

describe("disasm", () => {
  it("shows source lines between instructions, and one function where asked", { timeout }, async () => {
    const { terminal: to } = terminal();
    const compiled = await compileFile({ file: good(), target: "bare", ...to });
    const path = join(folder, "shown.elf");
    writeFileSync(path, compiled?.bytes ?? new Uint8Array(0));
    let all = "";
    await disassembleFile({ file: path, colors, write: (text) => void (all += text) });
    expect(all).toMatch(/^_start:\n/);
    expect(all).toContain("good.ts:2  print(");
    let one = "";
    await disassembleFile({ file: path, function: "finish", colors, write: (text) => void (one += text) });
    expect(one).toMatch(/^finish:\n/);
    expect(one).not.toContain("_start:");
    await expect(disassembleFile({ file: path, function: "absent", colors, write: () => {} })).rejects.toThrow(/no function absent/);
  });
});

describe("new", () => {
  it("makes a kernel that compiles and runs", { timeout }, async () => {
    const dir = join(folder, "My Kernel");
    const { said, terminal: to } = terminal();
    expect(await createProject({ dir, write: to.write })).toBe(0);
    expect(said.out).toContain("npm start");
    expect(readdirSync(dir).sort()).toEqual([".gitignore", "README.md", "kernel.ts", "package.json", "tsconfig.json"]);
    expect(JSON.parse(readFileSync(join(dir, "package.json"), "utf8"))).toMatchObject({
      name: "my-kernel",
      scripts: { start: "typemetal run kernel.ts" },
    });
    const compiled = await compileFile({ file: join(dir, "kernel.ts"), target: "bare", ...to });
    const { outcome, console } = runImage(compiled?.bytes ?? new Uint8Array(0));
    expect(outcome).toEqual({ kind: "finished", how: { kind: "pass" } });
    expect(console).toBe("hello from hart 0\n1 s\n2 s\n3 s\n4 s\n5 s\n");
  });

  it("refuses a directory that holds anything, and a file", async () => {
    source("taken.txt", "");
    const { terminal: to } = terminal();
    await expect(createProject({ dir: folder, write: to.write })).rejects.toThrow(/not empty/);
    await expect(createProject({ dir: join(folder, "taken.txt"), write: to.write })).rejects.toThrow(/is a file/);
  });
});
