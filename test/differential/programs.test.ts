// Random programs in the dialect, all the way: the front end accepts them, the
// evaluator has one result after every pass, and our machine has it too.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { analyse } from "../../compiler/frontend/index.js";
import type { Module } from "../../compiler/ir/types.js";
import { dropUnnamed } from "../../compiler/passes/inline.js";
import { runOnOurs } from "./bare-metal.js";
import { randomProgram } from "./random-program.js";
import { compileAndCompare } from "./run-all.js";

const PROGRAMS = 6;
const library = fileURLToPath(new URL("../../compiler/language", import.meta.url));

/// The module with nothing but `run` and what it needs.
function moduleOf(program: string): Module {
  const files = new Map([
    ["/program.ts", program],
    ["/main.ts", 'import { run } from "./program.js";\nexport function main(): u64 { return run(); }\n'],
  ]);
  const readFile = (path: string) => {
    const text = files.get(path);
    if (text !== undefined) return new TextEncoder().encode(text);
    return path.startsWith(library) ? readFileSync(path) : undefined;
  };
  const { module, diagnostics } = analyse("/main.ts", { target: "bare", boundsChecks: true }, { library, readFile });
  if (!module) throw new Error(diagnostics.map(({ line, column, message }) => `${line}:${column}: ${message}`).join("\n"));
  module.roots = ["run"];
  dropUnnamed(module);
  return module;
}

test.each(Array.from({ length: PROGRAMS }, (_, index) => index + 1))("program %i", (seed) => {
  const { elf, expected } = compileAndCompare(moduleOf(randomProgram(seed)), {});
  expect(runOnOurs(elf).result).toBe(expected);
});
