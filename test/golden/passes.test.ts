// Each pass on a small function: test/golden/ir/NAME.ir says which, and
// NAME.expected what comes out.

import { expect, test } from "vitest";
import { parseModule } from "../../compiler/ir/parse.js";
import { printModule } from "../../compiler/ir/print.js";
import type { Func, Module } from "../../compiler/ir/types.js";
import { verifyModule } from "../../compiler/ir/verify.js";
import { dce } from "../../compiler/passes/dce.js";
import { splitDistances } from "../../compiler/passes/distances.js";
import { forwardMemory } from "../../compiler/passes/forward-memory.js";
import { gvn } from "../../compiler/passes/gvn.js";
import { inline } from "../../compiler/passes/inline.js";
import { useKnownConditions } from "../../compiler/passes/known-conditions.js";
import { licm } from "../../compiler/passes/licm.js";
import { mergeReturns } from "../../compiler/passes/merge-returns.js";
import { promote } from "../../compiler/passes/promote.js";
import { rotate } from "../../compiler/passes/rotate.js";
import { simplifyCfg } from "../../compiler/passes/simplify-cfg.js";
import { sink } from "../../compiler/passes/sink.js";
import { strengthReduce } from "../../compiler/passes/strength-reduce.js";
import { thread } from "../../compiler/passes/thread.js";
import { goldenCases } from "./golden.js";

const each = (pass: (fn: Func) => void) => (module: Module) => module.functions.forEach(pass);
const passes: Record<string, (module: Module) => void> = {
  cfg: each(simplifyCfg),
  dce: each(dce),
  distances: each(splitDistances),
  gvn: each(gvn),
  inline,
  known: each(useKnownConditions),
  licm: each(licm),
  memory: each(forwardMemory),
  promote: each(promote),
  returns: each(mergeReturns),
  rotate: each(rotate),
  sink: each(sink),
  strength: each(strengthReduce),
  thread: each(thread),
};

test.each(goldenCases("ir"))("$name", async ({ input, argument, expectedPath }) => {
  const module = parseModule(input);
  verifyModule(module);
  for (const name of argument.split(" ")) {
    passes[name]?.(module);
    verifyModule(module, name);
  }
  await expect(printModule(module)).toMatchFileSnapshot(expectedPath);
});
