// The reducer, on a fault that is planted: one way takes `^` for `|`. What is left of the program is the
// statement that shows it, and what that needs.

import { expect, test } from "vitest";
import { lowerPrograms, RefusedPrograms, runByTree, runByWasm } from "./batch.js";
import { reduceText } from "./reduce.js";

const program = `
class Pair { a: u32; b: u32; }
const pair = zeroed<Pair>();
function scaled(x: u32): u32 { pair.a += x; return x * 3; }
export function run_1(): u64 {
  let sum: u32 = 7;
  while (sum > 20) { sum -= 9; pair.b = sum; }
  if (sum < 100) {
    const mixed: u32 = (sum ^ 5) + scaled(2);
    sum = mixed + pair.b;
  }
  return u64(sum);
}
`;

test("shrinks a program that shows a planted fault", { timeout: 60_000 }, () => {
  const small = reduceText(program, isWrong);
  expect(isWrong(small)).toBe(true);
  expect(small.trim().split("\n").length).toBeLessThanOrEqual(6);
  expect(small).toContain("^");
  expect(small).not.toContain("while");
});

function isWrong(text: string): boolean {
  if (!text.includes("function run_1()")) return false;
  try {
    const { tree, module } = lowerPrograms([text], ["run_1"]);
    for (const { blocks } of module.functions) for (const { body } of blocks) for (const value of body) if (value.op === "xor") value.op = "or";
    return runByTree(tree, ["run_1"])[0] !== runByWasm(module, ["run_1"])[0];
  } catch (error) {
    // What has no end is not interesting.
    if (error instanceof RefusedPrograms || error instanceof RangeError) return false;
    throw error;
  }
}
