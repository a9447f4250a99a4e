// The command as a process: exit codes, and which stream says what. Few tests, since each starts Node.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { builtCli } from "../../built-cli.js";
import { assemble } from "../../isa/assembler.js";
import { makeElf } from "../machine/make-elf.js";
import { readTree } from "../machine/read-tree.js";

const root = new URL("../../../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "typemetal-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const timeout = 60_000;
const UART = "lui s0, 0x10000";
const finish = (word: number) => `lui t0, 0x100; li t1, ${word}; sw t1, 0(t0)`;

function guest(name: string, ...lines: string[]): string {
  const base = 0x8000_0000;
  const path = join(folder, name);
  writeFileSync(path, makeElf({ segments: [{ paddr: BigInt(base), bytes: assemble(lines, base).bytes }] }));
  return path;
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/// `input` null: nothing is piped in, and the pipe stays open.
function run(args: readonly string[], { input = "" as string | null, signalOn = "" } = {}): Promise<Ran> {
  const child = spawn(process.execPath, [builtCli, ...args], { cwd: root });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
    if (signalOn && out.includes(signalOn)) child.kill("SIGINT");
  });
  child.stderr.on("data", (chunk) => (err += chunk));
  if (input !== null) child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

const result = ({ err }: Ran) => JSON.parse(err) as { exitCode: number; reason: string; instructions: number };

describe("typemetal run", () => {
  it("passes the guest's code on, and keeps stdout for the guest", { timeout }, async () => {
    const image = guest("code.elf", UART, "li t0, 104; sb t0, 0(s0)", finish(0x002a_3333));
    const ran = await run(["run", image, "--json"]);
    expect([ran.code, ran.out]).toEqual([42, "h"]);
    expect(result(ran)).toMatchObject({ exitCode: 42, reason: "finished" });
  });

  it.runIf(process.platform === "linux")("lets V8's helper threads come after its own", { timeout }, async () => {
    const child = spawn(process.execPath, [builtCli, "run", guest("spins.elf", UART, "li t0, 104; sb t0, 0(s0)", "self:", "j self")]);
    await Promise.race([once(child.stdout, "data"), once(child, "close")]);
    const main = getPriority(child.pid);
    const later = readdirSync(`/proc/${child.pid}/task`).filter((thread) => getPriority(Number(thread)) > main);
    child.kill();
    expect(main).toBe(getPriority());
    expect(later.length).toBeGreaterThanOrEqual(4);
  });

  it("says so where the guest dies, and shows traps where asked", { timeout }, async () => {
    const ran = await run(["run", guest("dies.elf", "ebreak"), "--trace"]);
    expect([ran.code, ran.out]).toEqual([125, ""]);
    expect(ran.err).toMatch(/trap: hart 0 M to M: breakpoint at 0x80000000/);
    expect(ran.err).toMatch(/the guest died: .*breakpoint at 0x80000000/);
  });

  it("stops at the limit, to the instruction", { timeout }, async () => {
    const ran = await run(["run", guest("spins.elf", "loop:", "j loop"), "--max-instructions", "12_345", "--json"]);
    expect(ran.code).toBe(124);
    expect(result(ran)).toMatchObject({ reason: "limit", instructions: 12_345 });
  });

  it("feeds what is piped in, more than the FIFO holds, and ends where nothing can happen any more", { timeout }, async () => {
    // Echoes until a newline, then waits without any interrupt enabled.
    const image = guest(
      "echo.elf",
      UART,
      "loop:", "lbu t0, 5(s0); andi t0, t0, 1; beqz t0, loop",
      "lbu t0, 0(s0); sb t0, 0(s0); addi t1, zero, 10; bne t0, t1, loop",
      "wait:", "wfi", "j wait",
    );
    const line = `${"typemetal ".repeat(10)}\n`;
    const ran = await run(["run", image], { input: line });
    expect([ran.code, ran.out]).toEqual([125, line]);
    expect(ran.err).toContain("nothing can happen any more");
  });

  it("ends with 130 by Ctrl-C where the console is no terminal", { timeout }, async () => {
    const image = guest("hi.elf", UART, "li t0, 33; sb t0, 0(s0)", "wait:", "wfi", "j wait");
    const ran = await run(["run", image], { input: null, signalOn: "!" });
    expect([ran.code, ran.err]).toEqual([130, "error: interrupted\n"]);
  });

  it("gives the same run for the same image and seed", { timeout }, async () => {
    const image = guest("time.elf", "csrr s1, time", "loop:", "csrr t0, time; beq t0, s1, loop", finish(0x5555));
    const [first, second] = await Promise.all([run(["run", image, "--json"]), run(["run", image, "--json"])]);
    expect(result(first).instructions).toBe(result(second).instructions);
  });

  it("starts over on reset, with its input kept", { timeout }, async () => {
    // "r" resets, anything else ends.
    const image = guest(
      "reset.elf",
      UART,
      "loop:", "lbu t0, 5(s0); andi t0, t0, 1; beqz t0, loop",
      "lbu t0, 0(s0); sb t0, 0(s0); addi t1, zero, 114; bne t0, t1, end",
      finish(0x7777),
      "end:",
      finish(0x5555),
    );
    const ran = await run(["run", image], { input: "rrq" });
    expect([ran.code, ran.out]).toEqual([0, "rrq"]);
  });

  it("writes the device tree", { timeout }, async () => {
    const path = join(folder, "board.dtb");
    const ran = await run(["run", "--dump-dtb", path, "--harts", "4"]);
    expect(ran).toEqual({ code: 0, out: "", err: "" });
    expect(readTree(readFileSync(path)).children.find(({ name }) => name === "cpus")?.children).toHaveLength(5);
  });

  const spins = guest("spin.elf", "loop:", "j loop");
  const odd = join(folder, "odd.img");
  writeFileSync(odd, new Uint8Array(700));
  it.each([
    ["a missing file", [join(folder, "nothing.elf")], 1, /does not exist/],
    ["a directory", [folder], 1, /is a directory/],
    ["a text file", [join(root, "package.json")], 1, /is not an ELF file/],
    ["a missing firmware", ["--bios", join(folder, "fw.bin")], 1, /does not exist/],
    ["a missing disk", ["--drive", join(folder, "x.img"), spins], 1, /x.img does not exist/],
    ["a disk of half a sector", [spins, "--drive", odd], 1, /odd.img has 700 bytes.*\n.*truncate -s 1024/],
    ["a disk with a fault in its options", [spins, "--drive", `${odd},fast`], 2, /not fast/],
    ["nothing", [], 2, /nothing to run/],
  ])("refuses %s with one message", { timeout }, async (_what, args, code, message) => {
    const ran = await run(["run", ...args]);
    expect([ran.code, ran.out]).toEqual([code, ""]);
    expect(ran.err).toMatch(message);
    expect(ran.err).not.toContain("    at ");
  });
});

describe("typemetal", () => {
  it.each([
    ["no command", []],
    ["an unknown command", ["fly"]],
    ["an unknown option", ["run", "x.elf", "--fast"]],
    ["a missing argument", ["disasm"]],
  ])("exits with 2 on %s", { timeout }, async (_what, args) => {
    const ran = await run(args);
    expect([ran.code, ran.out]).toEqual([2, ""]);
    expect(ran.err).toContain("typemetal --help");
  });

  it("prints help and its version on stdout, without colours where they are not wanted", { timeout }, async () => {
    const [help, version] = await Promise.all([run(["--help"]), run(["--version"])]);
    expect([help.code, help.err, version.code]).toEqual([0, "", 0]);
    for (const command of ["run", "build", "check", "disasm", "new", "start"]) expect(help.out).toContain(`\n  ${command} `);
    expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("disassembles by function", { timeout }, async () => {
    const ran = await run(["disasm", guest("code2.elf", "addi a0, zero, 7", "ecall")]);
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/code:\n +80000000: +00700513 +addi a0, zero, 7\n +80000004: +00000073 +ecall/);
  });
});
