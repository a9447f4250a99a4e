// What `typemetal run FILE.ts` keeps, and when that does not count.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chalk } from "chalk";
import { afterAll, expect, it } from "vitest";
import { compileFile } from "../../../compiler/commands/build.js";
import { cachedImage } from "../../../compiler/commands/cache.js";
import { packageRoot } from "../../../compiler/commands/package-root.js";
import { buildImageWith } from "../../../kernel/commands/build.js";
import { builtCli } from "../../built-cli.js";

const directory = mkdtempSync(join(tmpdir(), "typemetal-cache-"));
afterAll(() => rmSync(directory, { recursive: true }));
const timeout = 60_000;
const folder = join(directory, "entries");
const at = (name: string) => join(directory, name);
const terminal = { write: () => {}, writeError: () => {}, colors: new Chalk({ level: 0 }) };

/// The image, and whether it was compiled for that.
async function image(name: string, choices: { target: "bare" | "user"; optimise?: 0 } = { target: "bare" }) {
  const file = at(name);
  let compiled = false;
  const made = await cachedImage({ file, choices, folder }, (host) => {
    compiled = true;
    return compileFile({ file, ...choices, host, ...terminal });
  });
  return { compiled, bytes: made && Buffer.from(made.bytes) };
}

it("compiles again when a source, an option or what was missing changes, and only then", { timeout }, async () => {
  writeFileSync(at("main.ts"), 'import { three } from "./part.js";\nexport function main(): u64 {\n  return three();\n}\n');
  writeFileSync(at("part.ts"), "export function three(): u64 {\n  return 3;\n}\n");
  const first = await image("main.ts");
  expect(first.compiled).toBe(true);
  expect(await image("main.ts")).toEqual({ compiled: false, bytes: first.bytes });
  expect((await image("main.ts", { target: "bare", optimise: 0 })).compiled).toBe(true);
  writeFileSync(at("part.ts"), "export function three(): u64 {\n  return 4;\n}\n");
  const second = await image("main.ts");
  expect(second.compiled).toBe(true);
  expect(second.bytes?.equals(first.bytes!)).toBe(false);
  expect((await image("main.ts")).compiled).toBe(false);
  // ./part.js is part.ts where there is one, else part.js.ts.
  writeFileSync(at("part.js.ts"), readFileSync(at("part.ts")));
  rmSync(at("part.ts"));
  expect((await image("main.ts")).compiled).toBe(true);
  writeFileSync(at("part.ts"), readFileSync(at("part.js.ts")));
  expect((await image("main.ts")).compiled).toBe(true);
});

it("keeps nothing of a program with mistakes", { timeout }, async () => {
  writeFileSync(at("bad.ts"), "export function main(): u64 {\n  return nothing;\n}\n");
  for (let i = 0; i < 2; i++) expect(await image("bad.ts")).toEqual({ compiled: true, bytes: undefined });
});

it("ignores an entry that is damaged, anywhere", { timeout }, async () => {
  writeFileSync(at("damaged.ts"), "export function main(): void {}\n");
  rmSync(folder, { recursive: true, force: true });
  const { bytes } = await image("damaged.ts");
  const [name, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  const entry = join(folder, name!);
  const good = readFileSync(entry);
  const turned = Buffer.from(good);
  turned[good.length - 100]! ^= 1;
  for (const damaged of [Buffer.alloc(0), good.subarray(0, 40), good.subarray(0, good.length - 1), turned, Buffer.from("null\n")]) {
    writeFileSync(entry, damaged);
    expect(await image("damaged.ts")).toEqual({ compiled: true, bytes });
    expect((await image("damaged.ts")).compiled).toBe(false);
  }
});

it("goes on where nothing can be kept", { timeout }, async () => {
  writeFileSync(at("plain.ts"), "export function main(): void {}\n");
  const choices = { target: "bare" } as const;
  const made = await cachedImage({ file: at("plain.ts"), choices, folder: at("plain.ts") }, (host) => compileFile({ file: at("plain.ts"), ...choices, host, ...terminal }));
  expect(made?.bytes.length).toBeGreaterThan(0);
});

it("runs a program again without TypeScript", { timeout }, () => {
  writeFileSync(at("hello.ts"), 'export function main(): void {\n  print("hello\\n");\n}\n');
  const tell = 'import m from "node:module"; process.on("exit", () => console.error(Object.keys(m._cache).some((path) => path.endsWith("typescript.cjs")) ? "loaded" : "not loaded"));';
  const run = (...options: string[]) => {
    const args = ["--import", `data:text/javascript,${encodeURIComponent(tell)}`, builtCli, "run", "hello.ts", ...options];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: "utf8", env: { ...process.env, TMPDIR: directory } });
    return [stdout, stderr];
  };
  expect(run()).toEqual(["hello\n", "loaded\n"]);
  expect(run()).toEqual(["hello\n", "not loaded\n"]);
  expect(run("--no-cache")).toEqual(["hello\n", "loaded\n"]);
});

it("builds a kernel again when a program in its archive changes, and only what changed", { timeout }, async () => {
  const sources = new Map([
    ["kernel/main.ts", 'const archive = embed("userland.cpio");\nexport function main(): u64 {\n  let sum: u64 = 0;\n  for (const byte of archive) sum += byte;\n  return sum;\n}\n'],
    ["first.ts", "export function main(): void {}\n"],
    // Another one in each run: what an earlier run kept does not count.
    ["second.ts", `export function main(): u64 {\n  return ${Date.now()};\n}\n`],
  ]);
  const build = async (programs: Record<string, string>) => {
    const compiled: string[] = [];
    const changed = new Map([...sources].map(([name, text]) => [join(packageRoot(), name), text]));
    const built = await buildImageWith(programs, (name) => compiled.push(name), changed);
    if (!("image" in built)) throw new Error(JSON.stringify(built.diagnostics));
    return { compiled, kernel: Buffer.from(built.image.kernel) };
  };
  const both = { first: "first.ts", second: "second.ts" };
  const before = await build(both);
  expect(before.compiled).toEqual(expect.arrayContaining(["second.ts", "kernel/main.ts"]));
  expect(await build(both)).toEqual({ compiled: [], kernel: before.kernel });
  sources.set("second.ts", `export function main(): u64 {\n  return ${Date.now()} + 1;\n}\n`);
  const after = await build(both);
  expect(after.compiled).toEqual(["second.ts", "kernel/main.ts"]);
  expect(after.kernel.equals(before.kernel)).toBe(false);
  expect(before.kernel.includes("070701")).toBe(true);
  sources.set("second.ts", "export function main(): u64 {\n  return nothing;\n}\n");
  await expect(build(both)).rejects.toThrow("TS2304");
});
