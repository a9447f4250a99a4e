// The pipeline leaves a pass out where it ran and nothing has changed the function since: run again, it must leave it
// as it is, but for the numbers of values.

import { expect, test } from "vitest";
import { printModule } from "../../../compiler/ir/print.js";
import type { Func, Module } from "../../../compiler/ir/types.js";
import { dce } from "../../../compiler/passes/dce.js";
import { gvn } from "../../../compiler/passes/gvn.js";
import { simplifyCfg } from "../../../compiler/passes/simplify-cfg.js";
import { randomModule } from "../../differential/random-module.js";

function numberedAnew(module: Module): string {
  const numbers = new Map<string, number>();
  return printModule(module).replace(/[%b]\d+/g, (name) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return `${name[0]}${numbers.get(name)}`;
  });
}

test.each([
  ["cfg", [simplifyCfg]],
  ["gvn", [simplifyCfg, gvn]],
  ["dce", [simplifyCfg, gvn, dce]],
] as [string, ((fn: Func) => unknown)[]][])("%s", (_, passes) => {
  for (let seed = 1; seed <= 20; seed++) {
    const module = randomModule(seed);
    const run = (pass: (fn: Func) => unknown) => module.functions.forEach((fn) => pass(fn));
    passes.forEach(run);
    const before = numberedAnew(module);
    run(passes.at(-1)!);
    expect(numberedAnew(module), `seed ${seed}`).toBe(before);
  }
});
