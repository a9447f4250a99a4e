// Random edits of a generated program and of one that uses the whole language, one after the other: with what earlier runs kept, each gives the image or
// the diagnostics of a run from nothing. EDITS says how many there are.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { Memo } from "../../../compiler/memo.js";
import { type CompileOptions, compile } from "../../../compiler/pipeline.js";
import { generateProject } from "../../bench/project.js";
import { drawsFrom } from "../../isa/random.js";

const disk = nodeHost();
const { library } = disk;
const EDITS = Number(process.env.EDITS ?? 4);

type Draw = (below: number) => number;
const pick = <T>(draw: Draw, items: readonly T[]): T => items[draw(items.length)]!;

/// The text with one place that fits changed.
function changeOne(draw: Draw, text: string, pattern: RegExp, change: (found: string) => string): string {
  const places = [...text.matchAll(pattern)];
  if (places.length === 0) return text;
  const place = pick(draw, places);
  return `${text.slice(0, place.index)}${change(place[0])}${text.slice(place.index + place[0].length)}`;
}

type Edit = (draw: Draw, text: string, run: number) => string;
const kinds: Record<string, Edit> = {
  none: (_, text) => text,
  blank: (draw, text) => changeOne(draw, text, /\n/g, () => "\n\n"),
  statement: (draw, text) => changeOne(draw, text, /\n {2}[^\n]*;(?=\n)/g, () => ""),
  twice: (draw, text) => changeOne(draw, text, /\n {2}[\w.]+\(.*\);(?=\n)/g, (found) => found + found),
  number: (draw, text) => changeOne(draw, text, /\b\d+\b/g, (found) => String(Number(found) + 1)),
  line: (draw, text, run) => changeOne(draw, text, /\n {2}let \w+: u64 = .*;/g, (found) => `${found}\n  if (seed === ${run}) print("here ${run % 3}\\n");`),
  comment: (draw, text) => changeOne(draw, text, /\n\/\/\/ .*/g, (found) => `\n${found} More.`),
  mistake: (draw, text) => changeOne(draw, text, /\bseed\b/g, () => "sead"),
  syntax: (draw, text) => changeOne(draw, text, /\{\n/g, () => "{{\n"),
  gone: (draw, text) => changeOne(draw, text, /\n {2}(sum|found|steps|count)\b.*;/g, () => ""),
  more: (draw, text, run) => changeOne(draw, text, /\nfunction /g, (found) => `\nexport function more${run}(seed: u64): u64 {\n  return larger(seed, ${run});\n}\nfunction larger(a: u64, b: u64): u64 {\n  return a > b ? a : b;\n}\n${found}`),
  field: (draw, text, run) => changeOne(draw, text, /\n {2}key: u64;/g, (found) => `\n  more${run}: ${pick(draw, ["u8", "u64"])};${found}`),
  member: (draw, text) => changeOne(draw, text, /\n {2}(Idle|Busy|Done),/g, (found) => `\n  More${draw(1000)},${found}`),
  result: (draw, text) => changeOne(draw, text, /\(seed: u64\): u64 \{/g, () => "(seed: u64) {"),
  width: (draw, text) => changeOne(draw, text, /\bu64\b/g, () => "u32"),
  attribute: (draw, text) => changeOne(draw, text, /\(seed: u64\): u64 \{/g, (found) => `${found}\n  attr({ inline: ${pick(draw, ['"never"', '"always"'])} });`),
  order: (draw, text) => changeOne(draw, text, /\n\n\/\/\/ [\s\S]*?\n\}\n/g, (found) => (draw(2) === 0 ? "\n" : `\n\n// Moved.${found}`)),
};

/// The programs of test/guest/language as parts of one.
function languageProject(): Map<string, string> {
  const folder = fileURLToPath(new URL("../../guest/language/", import.meta.url));
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const parts = new Map(names.map((name) => [name, readFileSync(`${folder}${name}`, "utf8")] as const));
  const mains = [...parts].flatMap(([name, text]) => (/^export function main\(\)/m.test(text) ? [name.replace(".ts", "")] : []));
  const main = `${mains.map((name) => `import { main as ${name}Main } from "./${name}.js";\n`).join("")}export function main(): void {\n${mains.map((name) => `  ${name}Main();\n`).join("")}}\n`;
  return new Map([...parts, ["main.ts", main]]);
}

const projects = { generated: () => generateProject(200).files, language: languageProject };
const small: CompileOptions = { optimise: "s", boundsChecks: false };
const cases: readonly (readonly [keyof typeof projects, CompileOptions])[] = [
  ["generated", {}],
  ["generated", { optimise: 0, strip: true }],
  ["generated", small],
  ["language", { optimise: 0 }],
  ["language", small],
];

test.each(cases)("random edits of the %s program, with %o", { timeout: 6_000_000 }, async (name, options) => {
  const draw = drawsFrom(20);
  const texts = new Map(projects[name]());
  let good = new Map(texts);
  const readFile = (path: string) => (path.startsWith(library) ? disk.readFile(path) : texts.has(path) ? new TextEncoder().encode(texts.get(path)) : undefined);
  const host = { library, readFile };
  const memo = new Memo();
  let images = 0;
  let kept = 0;
  for (let run = 0; run < EDITS; run++) {
    const path = pick(draw, [...texts.keys()]);
    const kind = run === 0 ? "none" : pick(draw, Object.keys(kinds));
    const before = texts.get(path)!;
    texts.set(path, kinds[kind]!(draw, before, run));
    const warm = await compile("main.ts", { ...options, memo }, host);
    const cold = await compile("main.ts", options, host);
    const where = `edit ${run}: ${kind} in ${path}`;
    expect(warm.diagnostics, where).toEqual(cold.diagnostics);
    if (cold.output) {
      expect(Buffer.compare(warm.output!.elf, cold.output.elf), where).toBe(0);
      images++;
      kept += memo.counts.kept;
      good = new Map(texts);
    } else if (draw(3) > 0) for (const [name, text] of good) texts.set(name, text);
  }
  expect(images).toBeGreaterThan(EDITS / 3);
  // How much is kept, memo.test.ts says; here, that something is.
  expect(kept).toBeGreaterThan(images);
});

test("a slice that comptime makes longer is longer to kept code", async () => {
  const text = (length: number) => `const made: readonly u8[] = comptime(() => {\n  const list = arr<u8, 9>();\n  return list.slice(0, ${length});\n});\nfunction size(): u64 {\n  attr({ inline: "never" });\n  return made.length;\n}\nexport function main(): u64 {\n  return size();\n}\n`;
  const memo = new Memo();
  for (const length of [3, 5, 5, 4]) {
    const host = { library, readFile: (path: string) => (path.startsWith(library) ? disk.readFile(path) : path === "main.ts" ? new TextEncoder().encode(text(length)) : undefined) };
    const warm = await compile("main.ts", { memo }, host);
    const cold = await compile("main.ts", {}, host);
    expect(warm.diagnostics).toEqual([]);
    expect(Buffer.compare(warm.output!.elf, cold.output!.elf), String(length)).toBe(0);
  }
});
