// One program, run in every way there is: the evaluator after each pass, which
// names the guilty one by itself, WebAssembly before and after them, and the
// machine code on a machine.

import { evaluate, Trap } from "../../compiler/ir/evaluate.js";
import type { Module } from "../../compiler/ir/types.js";
import { compileModule, type BackendOptions } from "../../compiler/pipeline.js";
import { WasmProgram } from "../../compiler/wasm/program.js";
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
    const result = outcomeOf(() => evaluate(current, "run"));
    expected ??= result;
    if (pass === "lower" || pass === "returns") {
      const fast = outcomeOf(() => new WasmProgram(current).call("run")[0] ?? 0n);
      if (fast !== expected) throw new Error(`as WebAssembly after ${pass} the result is ${fast}, and was ${expected}`);
    }
    if (result !== expected) throw new Error(`after ${pass} the result is ${result}, and was ${expected}`);
  };
  const { elf } = compileModule(started, { check: true, ...options, after });
  return { elf, expected: expected ?? "" };
}

function outcomeOf(run: () => bigint): Run["result"] {
  try {
    return hex(run());
  } catch (error) {
    if (error instanceof Trap) return "trap";
    throw error;
  }
}
