// compile(): source to ELF, and what the back end finds wrong as a diagnostic
// with its place.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compile, passSteps, type CompileOptions } from "../../../compiler/pipeline.js";
import { runOnOurs } from "../../differential/bare-metal.js";

const library = fileURLToPath(new URL("../../../compiler/language", import.meta.url));
const compileText = (text: string, options: CompileOptions = {}) => {
  const readFile = (path: string) =>
    path === "/main.ts" ? new TextEncoder().encode(text) : path.startsWith(library) ? readFileSync(path) : undefined;
  return compile("/main.ts", { check: true, ...options }, { library, readFile });
};

test("a program prints", async () => {
  const { output, diagnostics } = await compileText('export function main(): void {\n  print("hello\\n");\n}\n');
  expect(diagnostics).toEqual([]);
  expect(runOnOurs(output!.elf).result).toBe("hello");
});

test("a line that does not assemble is a diagnostic", async () => {
  const { output, diagnostics } = await compileText("export function main(): void {\n  asm`frobnicate a0`;\n}\n");
  expect(output).toBeUndefined();
  expect(diagnostics.map(({ code, line, source }) => [code, line, source.trim()])).toEqual([["TM4001", 2, "asm`frobnicate a0`;"]]);
});

test("a leaf that needs a frame is a diagnostic", async () => {
  const { diagnostics } = await compileText(
    "export function main(): void {\n  leaf();\n}\nfunction leaf(): void {\n  attr({ leaf: true, inline: \"never\" });\n  other();\n}\nfunction other(): void {\n  attr({ inline: \"never\" });\n  asm`nop`;\n}\n",
  );
  expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([["TM4002", 4]]);
});

test("a base that is not at a page is a diagnostic", async () => {
  const { diagnostics } = await compileText("export function main(): void {}\n", { virtualBase: 0x8000_0100n });
  expect(diagnostics.map(({ code }) => code)).toEqual(["TM4006"]);
});

test("the hook sees the IR after each pass", async () => {
  const seen: string[] = [];
  await compileText("export function main(): void {}\n", { after: (pass) => seen.push(pass) });
  expect(seen).toEqual(["lower", ...passSteps]);
});
