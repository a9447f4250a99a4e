// `typemetal conform` as a user calls it: a kernel of one's own, good and bad, shards, and where reports go.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Chalk } from "chalk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../../../emulator/commands/host.js";
import { type ConformOptions, conform as runConform } from "../../../kernel/commands/conform.js";
import { groups } from "../../../kernel/commands/conformance.js";
import { builtCli } from "../../built-cli.js";
import { makeElf } from "../machine/make-elf.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const BASE = 0x8020_0000n;
/// The smallest of the groups.
const GROUP = "registers";
let folder: string;
const file = (name: string) => join(folder, name);

/// The command in this process, with what the command line gives by default; what it refuses is thrown.
async function conform(given: Partial<ConformOptions>) {
  const output: string[] = [];
  const host = { stdout: { write: (text: string) => output.push(text) }, colors: new Chalk({ level: 0 }) } as unknown as Host;
  const defaults = { filters: [GROUP], harts: "1", engine: "jit", json: false, tap: false, list: false, invariants: "0", maxInstructions: "4000000000" } as const;
  const code = await runConform({ ...defaults, ...given, host });
  return { code, stdout: output.join("") };
}

function kernelOf(name: string, words: readonly number[]): string {
  writeFileSync(file(name), makeElf({ segments: [{ paddr: BASE, bytes: new Uint8Array(Uint32Array.from(words).buffer) }] }));
  return file(name);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "typemetal-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a kernel of one's own", () => {
  test("that is not there", async () => {
    await expect(conform({ kernel: file("none") })).rejects.toThrow("the kernel cannot be read");
  });

  test("that is no kernel is called by its name", () => {
    writeFileSync(file("text.elf"), "hello\n");
    const { stdout, stderr, status } = spawnSync(process.execPath, [builtCli, "conform", GROUP, "--kernel", file("text.elf")], { encoding: "utf8", cwd: root });
    expect(stderr).toContain(`error: ${file("text.elf")} is not an ELF file`);
    expect(stderr).toContain("help: ");
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
  });

  test("that hangs fails its groups", async () => {
    const { code, stdout } = await conform({ kernel: kernelOf("hangs.elf", [0x6f]), maxInstructions: "100000" });
    expect(stdout).toContain("it comes to its end: no end within 100000 instructions: it printed nothing");
    expect(stdout).toMatch(/0 passed, 1 failed\n$/);
    expect(code).toBe(1);
  });

  test("that dies fails them too, in a report for CI as well", async () => {
    const { code, stdout } = await conform({ kernel: kernelOf("dies.elf", [0]), tap: true, junit: file("dies.xml") });
    expect(stdout).toBe(`TAP version 14\n1..1\nnot ok 1 - ${GROUP}: it comes to its end\n  ---\n  message: "died: it printed nothing"\n  ...\n`);
    expect(readFileSync(file("dies.xml"), "utf8")).toContain('<testsuites tests="1" failures="1">');
    expect(code).toBe(1);
  });
});

describe("shards", () => {
  test("are the whole, each group once", async () => {
    const parts = await Promise.all(["1/3", "2/3", "3/3"].map((shard) => conform({ filters: [], list: true, shard })));
    expect(parts.flatMap(({ stdout }) => stdout.trim().split("\n")).sort()).toEqual(groups());
  });

  test("may be empty", async () => {
    expect(await conform({ filters: [], shard: "99/99", json: true })).toEqual({ code: 0, stdout: '{"passed":0,"failed":0,"groups":[]}\n' });
  });

  test.each(["9/8", "0/8", "two"])("are refused as %s", async (shard) => {
    await expect(conform({ shard })).rejects.toThrow("help: --shard 2/8");
  });
});

test("a report that cannot be written is known before anything runs", async () => {
  await expect(conform({ junit: file("no/such/folder.xml") })).rejects.toThrow("the report cannot be written");
});
