// Random functions of loops and guards, by the IR evaluator before the passes and on the way through them: each call
// has the same result, or fails the same check.
//
//     npx tsx test/differential/loops.ts [--families 100] [--first 1]

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { analyse } from "../../compiler/frontend/index.js";
import { Evaluator, Trap } from "../../compiler/ir/evaluate.js";
import type { Module } from "../../compiler/ir/types.js";
import { dropUnnamed } from "../../compiler/passes/inline.js";
import { compileModule } from "../../compiler/pipeline.js";
import { ends, randomLoops } from "./random-loops.js";
import { Random } from "./random-module.js";

const FUNCTIONS = 50;
const CALLS = 40;
const library = fileURLToPath(new URL("../../compiler/language", import.meta.url));
/// After these passes they are called.
const looks: ReadonlySet<string> = new Set(["lower", "gvn.inlined", "known", "licm", "strength", "pool"]);

/// What differs in the functions of a family, with their text.
export function compareLoops(family: number): string[] {
  const names = Array.from({ length: FUNCTIONS }, (_, index) => `loop${index}`);
  const texts = names.map((name, index) => randomLoops(family * 1000 + index, name));
  const random = new Random(family);
  const calls = Array.from({ length: CALLS }, () => [random.pick(ends), random.pick(ends)] as const);
  const found: string[] = [];
  let [expected, before]: [string[][] | undefined, string] = [undefined, ""];
  const after = (pass: string, module: Module) => {
    if (!looks.has(pass)) return;
    // What a call leaves in memory is the next one's.
    const results = names.map((name) => {
      const evaluator = new Evaluator(module);
      return calls.map((args) => resultOf(evaluator, name, args));
    });
    results.forEach((row, index) => {
      const call = row.findIndex((result, at) => expected && result !== expected[index]![at]);
      if (call >= 0) found.push(`family ${family}: ${names[index]}(${calls[call]!.join(", ")}) gives ${row[call]} after ${pass}, and ${expected![index]![call]} after ${before}\n${texts[index]}`);
    });
    [expected, before] = [results, pass];
  };
  compileModule(moduleOf(texts.join(""), names), { check: true, optimise: family % 4 === 3 ? "s" : 2, after });
  return found;
}

function moduleOf(functions: string, names: readonly string[]): Module {
  const main = `export function main(): u64 { return ${names.map((name) => `${name}(1, 2)`).join(" + ")}; }\n`;
  const readFile = (path: string) =>
    path === "/main.ts" ? new TextEncoder().encode(functions + main) : path.startsWith(library) && existsSync(path) ? readFileSync(path) : undefined;
  const { module, diagnostics } = analyse("/main.ts", { target: "bare", boundsChecks: true }, { library, readFile });
  if (!module) throw new Error(diagnostics.map(({ code, message, source }) => `${code} ${message}: ${source}`).join("\n"));
  module.roots = [...names];
  dropUnnamed(module);
  return module;
}

function resultOf(evaluator: Evaluator, name: string, args: readonly bigint[]): string {
  try {
    return String(evaluator.call(name, args)[0]);
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return error.message;
  }
}

function main(): void {
  const { families, first } = parseArgs({ options: { families: { type: "string", default: "100" }, first: { type: "string", default: "1" } } }).values;
  let different = 0;
  for (let family = Number(first); family < Number(first) + Number(families); family++)
    for (const text of compareLoops(family)) {
      console.log(text);
      different++;
    }
  console.log(`${Number(families) * FUNCTIONS} functions, ${different} different`);
  process.exitCode = different === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
