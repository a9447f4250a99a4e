// Linear functions of an induction variable: built of add, sub, shl and mul by
// constants; through sext and zext only where the loop's test shows that the
// variable does not wrap.

import type { Func, Value } from "../ir/types.js";
import { bottomTest, isGuarded, rangeOf, type CountedLoop, type Induction } from "./induction.js";

export interface Variable extends Induction {
  /// Of it and its next value: the extended next one is the extended one and the step.
  readonly extensions: ReadonlySet<"sext" | "zext">;
}

export const withExtensions = (fn: Func, loop: CountedLoop, variable: Induction): Variable => ({ ...variable, extensions: extensionsOf(fn, loop, variable) });

/// What `next < bound` at the bottom says: no iteration but the first begins at the bound or above it, and the first
/// is known by its guard or is a constant.
function extensionsOf(fn: Func, loop: CountedLoop, variable: Induction): Variable["extensions"] {
  if (rangeOf(loop, variable)) return new Set(["sext", "zext"]);
  const test = bottomTest(loop, variable);
  const { initial, step, param } = variable;
  if (!test || loop.inside.has(test.bound) || param.type !== "i32" || step.op !== "const" || step.imm < 1n) return new Set();
  const isUnsigned = test.condition.op === "ltu";
  const limit = 1n << (isUnsigned ? 32n : 31n);
  const unsigned = (value: bigint) => (isUnsigned ? BigInt.asUintN(32, value) : value);
  // By one it cannot pass the bound.
  const fits = step.imm === 1n || (test.bound.op === "const" && unsigned(test.bound.imm) + step.imm <= limit);
  const starts = initial.op === "const" ? unsigned(initial.imm) + step.imm < limit : isGuarded(fn, loop, variable, test);
  return new Set(fits && starts ? [isUnsigned ? "zext" : "sext"] : []);
}

/// d(value)/d(variable): 0n where it does not depend on it, undefined where it is not linear.
export function scaleOf(value: Value, loop: CountedLoop, variable: Variable): bigint | undefined {
  if (value === variable.param) return 1n;
  if (!loop.inside.has(value)) return 0n;
  const [left, right] = value.args;
  switch (value.op) {
    case "add":
    case "sub": {
      const a = scaleOf(left!, loop, variable);
      const b = a === undefined ? a : scaleOf(right!, loop, variable);
      return a === undefined || b === undefined ? undefined : value.op === "add" ? a + b : a - b;
    }
    case "mul":
    case "shl": {
      const a = scaleOf(left!, loop, variable);
      return a === undefined || right?.op !== "const" ? undefined : value.op === "mul" ? a * right.imm : a << right.imm;
    }
    case "trunc":
      return scaleOf(left!, loop, variable);
    case "sext":
    case "zext":
      return left === variable.param && variable.extensions.has(value.op) ? 1n : undefined;
    default:
      return undefined;
  }
}

export function hasProduct({ op, args }: Value, loop: CountedLoop): boolean {
  return op === "mul" || args.some((arg) => loop.inside.has(arg) && hasProduct(arg, loop));
}

/// Instructions that compute an address in each iteration, the variable's own step left out.
export function costOf(value: Value, loop: CountedLoop, variable: Variable): number {
  if (!loop.inside.has(value) || value.op === "param" || value === variable.next) return 0;
  return value.args.reduce((sum, arg) => sum + costOf(arg, loop, variable), value.op === "sext" ? 0 : 1);
}
