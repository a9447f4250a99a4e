// The image that `npm start` boots: kernel, servers and shell, with a script for input. What it prints is
// in session.expected, which the README shows (with what the host says on stderr) and `.ci/run` compares with.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { parseCpu } from "../../emulator/isa/cpu.js";
import { bootImage, type Booted } from "./boot.js";

const expected = readFileSync(new URL("session.expected", import.meta.url), "utf8");
const SCRIPT = "help\nps\necho hi\nfault\nps\nexit\n";

describe("a session with the shell", () => {
  let booted: Booted;
  beforeAll(async () => {
    booted = await bootImage(SCRIPT);
  });

  test("prints what the README shows", () => {
    expect(booted.output).toBe(expected);
  });

  // Programs share their addresses with each other.
  test("the host knows the program whose check failed", () => {
    expect(booted.panics).toEqual(["backtrace:\n  #0 main at userland/apps/faulty/main.ts:8:59"]);
  });

  test("ends by itself with code 0", () => {
    expect(booted.outcome).toEqual({ kind: "finished", how: { kind: "pass" } });
  });

  test("needs no instructions beyond RV64GC", async () => {
    expect((await bootImage(SCRIPT, parseCpu("rv64,zicboz=off,zicbom=off,zba=off,zbb=off"))).output).toBe(expected);
  });

  test("is the same run again, to the instruction", async () => {
    const again = await bootImage(SCRIPT);
    expect(again.output).toBe(booted.output);
    expect(again.instructions).toBe(booted.instructions);
  });
});

describe("isolation", () => {
  test("a program that writes where it may not takes nothing else down", async () => {
    const { output } = await bootImage("run wild\necho still here\nps\nexit\n");
    expect(output).toContain("wild: store page fault at 0xdeadf000");
    expect(output).toContain("still here");
    expect(output).toMatch(/running +shell/);
    expect(output).toMatch(/faulted +wild/);
  });

  test("processes that end give their place to others", async () => {
    const { output } = await bootImage(`${"run wild\n".repeat(40)}ps\nexit\n`);
    expect(output.match(/wild: store page fault/g)).toHaveLength(40);
  });

  test("a program that does not exist is said to", async () => {
    expect((await bootImage("run nothing\nexit\n")).output).toContain("no such program");
  });
});

describe("the shell", () => {
  test("takes lines as they are typed, with backspace", async () => {
    expect((await bootImage("ecxx\b\bho a  b\nnonsense\n\n\nexit\n")).output).toContain("ho a  b\na  b\n$ nonsense\nnonsense: no such command");
  });

  test("answers what it does not know", async () => {
    expect((await bootImage("nonsense\nexit\n")).output).toContain("nonsense: no such command");
  });

  test("loses no byte of a long script", async () => {
    const lines = Array.from({ length: 200 }, (_, index) => `echo line ${index}`);
    const { output } = await bootImage(`${lines.join("\n")}\nexit\n`);
    for (const line of lines) expect(output).toContain(`\n${line.slice(5)}\n`);
  });
});
