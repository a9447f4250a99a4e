// What V8 compiled of a script, from one process to the next (kept-script.cjs).

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, expect, it } from "vitest";

const loader = fileURLToPath(new URL("../../../kept-script.cjs", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "typemetal-kept-"));
afterAll(() => rmSync(directory, { recursive: true }));
const folder = join(directory, "node_modules", ".cache", "typemetal");
const script = join(directory, "script.cjs");
const put = (text: string) => writeFileSync(script, `exports.text = () => ${JSON.stringify(text)};\n`);
/// What a process gets that loads it.
const run = () => execFileSync(process.execPath, ["-e", `process.stdout.write(require(${JSON.stringify(loader)}).load(${JSON.stringify(script)}).text())`], { encoding: "utf8" });
const kept = () => {
  const names = readdirSync(folder).filter((name) => name.startsWith("script-"));
  expect(names).toHaveLength(1);
  return join(folder, names[0]!);
};

beforeEach(() => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "node_modules"), { recursive: true });
});

it("keeps what was compiled, and uses it", () => {
  put("one");
  expect(run()).toBe("one");
  const { mtimeMs } = statSync(kept());
  expect(run()).toBe("one");
  expect(statSync(kept()).mtimeMs).toBe(mtimeMs);
});

it("holds the code that ran once, the body above all", () => {
  const functions = Array.from({ length: 2000 }, (_, index) => `exports.f${index} = () => ${index};`);
  writeFileSync(script, `exports.text = () => { for (let i = 0; i < 1e6; i++) exports.last = { i }; };\n${functions.join("\n")}\n`);
  // V8 forgets at each collection, of which there are many, what did not run since the one before.
  const forgetful = ["--gc-global", "--bytecode-old-age=1"];
  execFileSync(process.execPath, [...forgetful, "-e", `require(${JSON.stringify(loader)}).load(${JSON.stringify(script)}).text()`]);
  // Without the body's own code there are 134 KB, the functions' names and places; with it 226 KB.
  expect(statSync(kept()).size).toBeGreaterThan(180_000);
});

it("compiles anew what changed, and forgets the former", () => {
  put("one");
  run();
  const former = kept();
  put("another");
  expect(run()).toBe("another");
  expect(kept()).not.toBe(former);
});

it("does without one that is cut off, and mends it", () => {
  put("one");
  run();
  const whole = readFileSync(kept());
  writeFileSync(kept(), whole.subarray(0, whole.length >> 1));
  expect(run()).toBe("one");
  expect(readFileSync(kept()).length).toBe(whole.length);
});

it("reads a script that is not ASCII", () => {
  put("naïve 内核");
  expect(run()).toBe("naïve 内核");
  expect(run()).toBe("naïve 内核");
});

it("loads where nothing can be kept", () => {
  put("one");
  writeFileSync(join(directory, "node_modules", ".cache"), "");
  expect(run()).toBe("one");
});
