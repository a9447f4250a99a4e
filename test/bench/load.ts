// The programs of test/bench/compiler, ready for the back end.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { analyse } from "../../compiler/frontend/index.js";
import type { Module } from "../../compiler/ir/types.js";
import { dropUnnamed } from "../../compiler/passes/inline.js";
import { withStart } from "../differential/bare-metal.js";

const here = dirname(fileURLToPath(import.meta.url));
export const sources = join(here, "compiler");
export const seven: readonly string[] = ["sieve", "crc", "mat", "matu", "sha", "sort", "hash"];

/// The module with nothing but `run` and what it needs.
export function load(kernel: string, boundsChecks: boolean): Module {
  const main = join(sources, "main.generated.ts");
  const text = `import { run } from "./${kernel}.js";\nexport function main(): u64 { return run(); }\n`;
  const host = {
    library: join(here, "../../compiler/language"),
    readFile: (path: string) => (path === main ? new TextEncoder().encode(text) : existsSync(path) ? readFileSync(path) : undefined),
  };
  const { module, diagnostics } = analyse(main, { target: "bare", boundsChecks }, host);
  if (!module) throw new Error(`${kernel}: ${diagnostics.map(({ line, message }) => `${line}: ${message}`).join("\n")}`);
  module.roots = ["run"];
  dropUnnamed(module);
  return withStart(module);
}
