// `check --watch` and `build --watch`: what they say and write after edits.

import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chalk } from "chalk";
import { afterAll, expect, it } from "vitest";
import { buildFile } from "../../../compiler/commands/build.js";
import { checkFiles } from "../../../compiler/commands/check.js";
import type { CompileTerminal } from "../../../compiler/commands/report.js";
import { runAndWatch } from "../../../compiler/commands/watch.js";
import type { CompileHost } from "../../../compiler/pipeline.js";

const folder = mkdtempSync(join(tmpdir(), "typemetal-watch-"));
afterAll(() => rmSync(folder, { recursive: true }));
const timeout = 60_000;
const at = (name: string) => join(folder, name);
const main = (imported: string) => `import { three } from "./${imported}.js";\nexport function main(): u64 {\n  return three();\n}\n`;
const part = (value: string) => `export function three(): u64 {\n  return ${value};\n}\n`;

/// Runs until `end`; `said` waits for the next report, which ends with what is watched, and takes it.
function start(run: (host: CompileHost, terminal: CompileTerminal) => Promise<number>) {
  let [text, wake] = ["", () => {}];
  const writeError = (more: string) => {
    text += more;
    wake();
  };
  const terminal = { write: () => {}, writeError, colors: new Chalk({ level: 0 }) };
  const stop = new AbortController();
  const ended = runAndWatch((host) => run(host, terminal), { ...terminal, signal: stop.signal });
  const said = async (): Promise<string> => {
    while (!/; watching \d+ files?\n/.test(text)) await new Promise<void>((resolve) => (wake = resolve));
    const report = text;
    text = "";
    return report;
  };
  const end = () => {
    stop.abort();
    return ended;
  };
  return { said, end, ended };
}

it("checks again after an edit of any file of the program, one that was missing too", { timeout }, async () => {
  writeFileSync(at("main.ts"), main("part"));
  writeFileSync(at("part.ts"), part("3"));
  const { said, end } = start((host, terminal) => checkFiles({ files: [at("main.ts")], target: "bare", host, ...terminal }));
  expect(await said()).toMatch(/^no errors, \d+ ms; watching 2 files\n$/);
  writeFileSync(at("part.ts"), part("nothing"));
  expect(await said()).toMatch(/part\.ts:2:10: error TS2304[\s\S]*\n1 error\nnot good yet/);
  // As editors that write aside and rename.
  writeFileSync(at("part.ts~"), part("4"));
  renameSync(at("part.ts~"), at("part.ts"));
  expect(await said()).toMatch(/^no errors/);
  writeFileSync(at("main.ts"), main("other"));
  expect(await said()).toMatch(/main\.ts:1:.*error TS2307/);
  writeFileSync(at("other.ts"), part("5"));
  expect(await said()).toMatch(/^no errors/);
  rmSync(at("main.ts"));
  expect(await said()).toMatch(/main\.ts does not exist/);
  writeFileSync(at("main.ts"), main("part"));
  expect(await said()).toMatch(/^no errors/);
  expect(await end()).toBe(0);
});

it("builds again, and keeps what was built while there are mistakes", { timeout }, async () => {
  writeFileSync(at("built.ts"), "export function main(): void {}\n");
  const { said, end } = start((host, terminal) => buildFile({ file: at("built.ts"), target: "bare", emit: "elf", host, ...terminal }));
  await said();
  const { size } = statSync(at("built.elf"));
  writeFileSync(at("built.ts"), "export function main(): u64 {\n  return nothing;\n}\n");
  expect(await said()).toMatch(/1 error\nnot good yet/);
  expect(statSync(at("built.elf")).size).toBe(size);
  writeFileSync(at("built.ts"), 'export function main(): void {\n  print("more of it\\n");\n}\n');
  expect(await said()).toMatch(/^no errors/);
  expect(statSync(at("built.elf")).size).toBeGreaterThan(size);
  expect(await end()).toBe(0);
});

it("does not watch what was never there", { timeout }, async () => {
  const { ended } = start((host, terminal) => checkFiles({ files: [at("absent.ts")], target: "bare", host, ...terminal }));
  await expect(ended).rejects.toThrow(/does not exist/);
});
