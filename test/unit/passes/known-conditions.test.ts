// What conditions say, for every number of 8 bits: two of them dominate a third, in its own block or where two ways
// meet, and the function goes the same way with and without the pass.

import { expect, test } from "vitest";
import { Evaluator, Trap } from "../../../compiler/ir/evaluate.js";
import { withWidths } from "../../../compiler/ir/ops.js";
import { parseModule } from "../../../compiler/ir/parse.js";
import type { Func, Module } from "../../../compiler/ir/types.js";
import { useKnownConditions } from "../../../compiler/passes/known-conditions.js";

const numbers = Array.from({ length: 256 }, (_, index) => BigInt.asIntN(8, BigInt(index)));
const operators = ["ltu", "geu", "lts", "ges", "eq", "ne"];
const constants = [-128, -2, -1, 0, 1, 2, 9, 126, 127];

function outcomes(module: Module): string[] {
  const evaluator = new Evaluator(module);
  return numbers.map((number) => {
    try {
      return String(evaluator.call("f", [number])[0]);
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      return "trap";
    }
  });
}

/// A source of numbers that is the same each time.
function randomFrom(seed: number): <Thing>(among: readonly Thing[]) => Thing {
  let state = seed;
  return (among) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return among[(state >>> 8) % among.length]!;
  };
}

function program(seed: number): string {
  const pick = randomFrom(seed);
  const c = () => `${pick(constants)}w`;
  const derived = (x: string, to: string) => pick([`${to}: i32 = add ${x}, ${c()}`, `${to}: i32 = sub ${c()}, ${x}`, `${to}: i32 = and ${x}, ${c()}`, `${to}: i32 = add ${x}, ${c()}`]);
  const condition = (x: string, y: string, to: string) => {
    const [a, b] = pick([[x, c()], [x, c()], [c(), x], [x, y], [y, x]]);
    return `${to}: i32 = ${pick(operators)} ${a}, ${b}`;
  };
  return `roots @f
function @f: i32 {
b0(%0: i32):
  ${derived("%0", "%1")}
  ${condition("%0", "%1", "%2")}
  branch %2, b1(), b5()
b1():
  ${condition(pick(["%0", "%1"]), "%0", "%3")}
  ${derived("%0", "%4")}
  branch %3, ${pick(["b2()", "b3(%0)", "b3(%4)"])}, b3(${pick(["%0", "%1", "%4", c()])})
b2():
  ${condition("%4", "%1", "%5")}
  check %5 else trap "first"
  jump b3(${pick(["%0", "%1", "%4", c()])})
b3(%6: i32):
  ${derived("%6", "%7")}
  ${condition(pick(["%6", "%7"]), pick(["%0", "%4"]), "%8")}
  check %8 else trap "second"
  ${condition(pick(["%6", "%7"]), pick(["%0", "%6"]), "%9")}
  branch %9, b4(), b5()
b4():
  return 1w
b5():
  return 2w
}
`;
}

test("what conditions decide is so, for every number of 8 bits", () => {
  let decided = 0;
  withWidths({ i32: 8, i64: 16 }, () => {
    for (let seed = 1; seed <= 600; seed++) {
      const text = program(seed);
      const [plain, module] = [parseModule(text), parseModule(text)];
      const changed = module.functions.map((fn: Func) => useKnownConditions(fn));
      if (!changed.some(Boolean)) continue;
      decided++;
      expect([text, outcomes(module)]).toEqual([text, outcomes(plain)]);
    }
  });
  expect(decided).toBeGreaterThan(90);
});
