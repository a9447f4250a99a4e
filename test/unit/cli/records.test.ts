// Recordings and saved states by the command line: a guest that echoes what is typed and counts, in M-mode.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtCli } from "../../built-cli.js";
import { assemble } from "../../isa/assembler.js";
import { BASE, prelude } from "../../isa/guest.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
let folder: string, image: string;
const file = (name: string) => join(folder, name);

/// Adds up what comes, and prints the sum and the time at each line's end; "q" ends it.
const guest = [
  prelude, "start:", "addi s0, zero, 0", "next:", "lui s1, 0x10000", "wait:", "addi s3, s3, 1; lbu t0, 5(s1); andi t0, t0, 1; beqz t0, wait; lbu s2, 0(s1); add s0, s0, s2",
  "addi t0, zero, 113; beq s2, t0, leave; addi t0, zero, 10; bne s2, t0, next", "mv a0, s0; call print; csrr a0, time; call print; mv a0, s3; call print; j next", "leave:", "farjump exit",
];

function run(options: readonly string[], input = "") {
  const { stdout, stderr, status } = spawnSync(process.execPath, [builtCli, "run", ...options], { input, encoding: "utf8", cwd: root });
  return { stdout, stderr, status };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "typemetal-"));
  image = file("guest.bin");
  writeFileSync(image, assemble(guest, BASE).bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));
const machine = () => [image, "--bios", "none", "--memory", "16M"];

describe("a recording", () => {
  test("gives the same run without input, with either engine", () => {
    const recorded = run([...machine(), "--record", file("r1")], "ab\ncd\nq");
    expect(recorded).toMatchObject({ status: 0, stderr: "" });
    for (const engine of ["interpreter", "jit"]) expect(run([...machine(), "--replay", file("r1"), "--engine", engine])).toEqual(recorded);
  });

  test("goes as far as the recorded run went", () => {
    const recorded = run([...machine(), "--record", file("r2"), "--max-instructions", "100000"], "ab\n");
    expect(recorded.status).toBe(124);
    const replayed = run([...machine(), "--replay", file("r2")]);
    expect(replayed).toMatchObject({ status: 124, stdout: recorded.stdout });
    expect(replayed.stderr).toContain("the recording ends here");
  });

  test("is refused where the image or the options are others, or it is no recording", () => {
    run([...machine(), "--record", file("r3")], "q");
    const others = [[...machine(), "--replay", file("r3"), "--harts", "2"], [...machine(), "--replay", file("r3"), "--seed", "5"], [...machine(), "--replay", image]];
    const messages = others.map((options) => run(options)).map(({ status, stderr }) => `${status} ${stderr}`);
    expect(messages[0]).toMatch(/^1 .*another harts: 1, not 2[\s\S]*help: /);
    expect(messages[1]).toMatch(/^1 .*another seed: 0, not 5/);
    expect(messages[2]).toMatch(/^1 .*cannot be read/);
    expect(run([...machine(), "--record", file("r4"), "--real-time"]).status).toBe(2);
  });

  test("that was tampered with is not the recorded run", () => {
    run([...machine(), "--record", file("r5")], "ab\nq");
    writeFileSync(file("r5"), readFileSync(file("r5"), "utf8").replace(Buffer.from("ab\nq").toString("base64"), Buffer.from("ac\nq").toString("base64")));
    expect(run([...machine(), "--replay", file("r5")])).toMatchObject({ status: 1, stderr: expect.stringContaining("is not the recorded run") });
  });
});

describe("a saved state", () => {
  test("goes on as the run would have, with either engine, and without the image", () => {
    const whole = run(machine(), "ab\ncd\nq");
    const half = run([...machine(), "--save", file("s1"), "--max-instructions", "1000"], "ab\ncd\nq");
    expect(half.status).toBe(124);
    for (const engine of ["interpreter", "jit"]) {
      const rest = run(["--restore", file("s1"), "--engine", engine]);
      expect(rest).toMatchObject({ status: 0, stdout: whole.stdout.slice(half.stdout.length) });
    }
  });

  test("that is damaged, cut off or none says so", () => {
    run([...machine(), "--save", file("s2"), "--max-instructions", "1000"], "ab\n");
    truncateSync(file("s2"), 500);
    for (const [path, reason] of [[file("s2"), "is not a state of a machine, or is cut off"], [image, "is not a state of a machine"], [file("none"), "none"]] as const)
      expect(run(["--restore", path])).toMatchObject({ status: 1, stderr: expect.stringContaining(reason) });
  });

  test("is not written where the guest has ended", () => {
    expect(run([...machine(), "--save", file("s3")], "q")).toMatchObject({ status: 0, stderr: expect.stringContaining("the guest has ended") });
  });
});

describe("engines", () => {
  test("in lockstep come to the same end, from an image or a state", () => {
    const whole = run(machine(), "ab\ncd\nq");
    expect(run([...machine(), "--engine", "lockstep"], "ab\ncd\nq")).toEqual(whole);
    const half = run([...machine(), "--engine", "lockstep", "--save", file("s4"), "--max-instructions", "1000"], "ab\ncd\nq");
    expect(half.status).toBe(124);
    expect(run(["--restore", file("s4"), "--engine", "lockstep"])).toEqual({ ...whole, stdout: whole.stdout.slice(half.stdout.length) });
  });

  test("say what a run was made of", () => {
    const { stderr } = run([...machine(), "--stats"], "q");
    expect(stderr).toMatch(/^compiled: \d+ instructions in \d+ ms\ninterpreter: \d+ instructions in \d+ ms\njit: /);
    expect(stderr).toMatch(/^tlb: filled for \d+ load \(\d+ by TypeScript\), /m);
    expect(stderr).toMatch(/^memory: \d+ MiB resident/m);
    expect(run([...machine(), "--stats", "--engine", "interpreter"], "q").stderr).toMatch(/^interpreter: \d+ instructions\ntlb: /);
  });
});

describe("a trace", () => {
  test("shows what is asked for, a line each", () => {
    const all = run([...machine(), "--trace", "instructions,devices,csrs,traps", "--max-instructions", "60"], "q").stderr;
    expect(all).toMatch(/^inst: hart 0 M 0x1000: auipc t0, 0/m);
    expect(all).toMatch(/^csr: hart 0 mhartid 0x0 before 0x100c/m);
    expect(all).toMatch(/^device: hart 0 load uart\+0x5 8 bits 0x6/m);
    expect(run([...machine(), "--trace", "devices"], "q").stderr).toMatch(/^(device: .*\n)+$/);
    expect(run([...machine(), "--trace", "loads"], "q")).toMatchObject({ status: 2, stderr: expect.stringContaining("give some of instructions,traps,csrs,devices") });
  });
});
