// `npm run bench:speed`: how long the compiler takes, as a user has it: built. The least of several runs, in
// milliseconds by the clock and of the processor (user and system). Not a test: times depend on the host.
//
//     npm run bench:speed -- --runs 5 --lines 10000 --json
//
// hello: from source to output, compiled anew; then from the image that was kept. project: so many generated lines,
// cold; then each kind of edit under --watch. The gates are 500 ms for hello, 4000 for the project, 400 for an edit.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { edits, generateProject } from "./project.js";

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" }, lines: { type: "string", default: "10000" }, json: { type: "boolean", default: false } } });
const runs = Number(values.runs);
const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "typemetal-speed-"));
const cli = join(root, "dist/cli.cjs");

interface Row {
  readonly what: string;
  readonly gate: number | undefined;
  /// Milliseconds.
  readonly clock: number;
  readonly processor: number | undefined;
}
const rows: Row[] = [];
const least = (what: string, gate: number | undefined, times: readonly { clock: number; processor?: number }[]) => {
  const processor = Math.min(...times.map((time) => time.processor ?? Number.NaN));
  rows.push({ what, gate, clock: Math.min(...times.map(({ clock }) => clock)), processor: Number.isNaN(processor) ? undefined : processor });
};

/// Tells what the process took, on a channel that is not the user's.
const tell = 'import { writeSync } from "node:fs"; process.on("exit", () => { const { userCPUTime, systemCPUTime } = process.resourceUsage(); writeSync(3, String((userCPUTime + systemCPUTime) / 1000)); });';

/// The command to its end, twice; it must succeed. The clock's time is that of the run that tells nothing.
async function timed(args: readonly string[], output?: RegExp): Promise<{ clock: number; processor: number }> {
  const { clock } = await ended([], args, output);
  return { clock, processor: Number((await ended(["--import", `data:text/javascript,${encodeURIComponent(tell)}`], args, output)).told) };
}
async function ended(node: readonly string[], args: readonly string[], output?: RegExp): Promise<{ clock: number; told: string }> {
  const start = performance.now();
  const child = spawn(process.execPath, [...node, cli, ...args], { cwd: folder, stdio: ["ignore", "pipe", "inherit", "pipe"] });
  let [out, told] = ["", ""];
  child.stdout!.on("data", (chunk) => (out += chunk));
  (child.stdio[3] as NodeJS.ReadableStream).on("data", (chunk) => (told += chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0 || (output && !output.test(out))) throw new Error(`typemetal ${args.join(" ")} ended with ${code}: ${out}`);
  return { clock: performance.now() - start, told };
}

/// Milliseconds that each edit takes, by its own word.
async function watched(command: readonly string[]): Promise<Map<string, number[]>> {
  const child = spawn(process.execPath, [cli, ...command, "--watch"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const told = lines(child.stderr!);
  const next = async () => {
    for (;;) {
      const { value, done } = await told.next();
      if (done) throw new Error("the watch ended");
      const [, milliseconds] = /no errors, (\d+) ms/.exec(value) ?? [];
      if (milliseconds === undefined) throw new Error(`an edit led to: ${value}`);
      return Number(milliseconds);
    }
  };
  await next();
  const times = new Map<string, number[]>();
  for (let run = 0; run < runs + 2; run++)
    for (const { kind, change } of edits) {
      const [path, text] = [join(folder, "project", project.edited), project.files.get(project.edited)!];
      writeFileSync(path, change(text, run));
      const time = await next();
      // The first ones warm V8 up, as in a session.
      if (run >= 2) times.set(kind, [...(times.get(kind) ?? []), time]);
      writeFileSync(path, text);
      await next();
    }
  child.kill();
  return times;
}

async function* lines(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream) {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
const project = generateProject(Number(values.lines));
for (const [path, text] of project.files) {
  mkdirSync(dirname(join(folder, "project", path)), { recursive: true });
  writeFileSync(join(folder, "project", path), text);
}
writeFileSync(join(folder, "hello.ts"), 'export function main(): void {\n  print("hello\\n");\n}\n');
const repeat = async (work: () => ReturnType<typeof timed>) => {
  const times = [];
  for (let run = 0; run < runs; run++) times.push(await work());
  return times;
};
try {
  // Whatever is kept between processes is there then.
  await timed(["run", "hello.ts"], /hello/);
  least("hello, compiled and run", 500, await repeat(() => timed(["run", "hello.ts", "--no-cache"], /hello/)));
  least("hello, kept", undefined, await repeat(() => timed(["run", "hello.ts"], /hello/)));
  const main = join("project", project.main);
  least(`${project.lines} lines, cold`, 4000, await repeat(() => timed(["build", main, "-o", "project.elf"])));
  for (const [kind, times] of await watched(["build", main, "-o", "project.elf"])) least(`build --watch, ${kind}`, 400, times.map((clock) => ({ clock })));
  for (const [kind, times] of await watched(["check", main])) least(`check --watch, ${kind}`, 500, times.map((clock) => ({ clock })));
} finally {
  rmSync(folder, { recursive: true });
}

if (values.json) console.log(JSON.stringify({ node: process.version, lines: project.lines, rows }));
else {
  console.log("| what | clock, ms | processor, ms | asked |\n|---|--:|--:|--:|");
  for (const { what, gate, clock, processor } of rows) console.log(`| ${what} | ${clock.toFixed(0)} | ${processor?.toFixed(0) ?? ""} | ${gate ?? ""} |`);
}
