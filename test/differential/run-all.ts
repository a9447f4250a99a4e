// One program, run in every way there is: the evaluator after each pass, which
// names the guilty one by itself, and the machine code on a machine.

import { evaluate, Trap } from "../../compiler/ir/evaluate.js";
import type { Module } from "../../compiler/ir/types.js";
import { compileModule, type BackendOptions } from "../../compiler/pipeline.js";
import { hex, withStart, type Run } from "./bare-metal.js";

export interface Compared {
  readonly elf: Uint8Array;
  /// As `Run.result`.
  readonly expected: string;
}

/// Throws where a pass changes what the program does.
export function compileAndCompare(module: Module, options: BackendOptions): Compared {
  const started = withStart(module);
  let expected: string | undefined;
  const after = (pass: string, current: Module) => {
    const result = outcomeOf(current);
    expected ??= result;
    if (result !== expected) throw new Error(`after ${pass} the result is ${result}, and was ${expected}`);
  };
  const { elf } = compileModule(started, { check: true, ...options, after });
  return { elf, expected: expected ?? "" };
}

function outcomeOf(module: Module): Run["result"] {
  try {
    return hex(evaluate(module, "run"));
  } catch (error) {
    if (error instanceof Trap) return "trap";
    throw error;
  }
}
