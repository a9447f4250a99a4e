// The evaluator, as comptime uses it: calls, memory, function pointers, traps.

import { expect, test } from "vitest";
import { evaluate, Evaluator, Trap } from "../../../compiler/ir/evaluate.js";
import { parseModule } from "../../../compiler/ir/parse.js";

const module = parseModule(`data @handlers: 16 align 8 readonly = 00000000000000000000000000000000 [0: @twice] [8: @square]
data @cell: 8 align 8
function @twice: i64 {
b0(%0: i64):
  %1: i64 = add %0, %0
  return %1
}
function @square: i64 {
b0(%0: i64):
  %1: i64 = mul %0, %0
  return %1
}
function @dispatch: i64 {
b0(%0: i64, %1: i64):
  %2: i64 = global @handlers
  %3: i64 = shl %0, 3
  %4: i64 = add %2, %3
  %5: i64 = load.i64 [%4]
  %6: i64 = callIndirect %5(%1)
  return %6
}
function @divide: i64, i64 {
b0(%0: i64, %1: i64):
  %2: i32 = ne %1, 0
  check %2 else trap "division by zero" !0:4:2
  %3: i64 = divu %0, %1
  %4: i64 = remu %0, %1
  return %3, %4
}
function @count: i64 {
b0():
  %0: i64 = global @cell
  %1: i64 = atomic.add.i64 [%0], 1
  return %1
}
function @forever {
b0():
  jump b0()
}
function @deep: i64 {
b0(%0: i64):
  %1: i64 = call @deep(%0)
  return %1
}
function @csr: i64 {
b0():
  %0: i64 = asm() {"lines":[],"inputs":[],"outputs":[{"type":"i64"}],"clobbers":[],"effect":true}
  return %0
}
function @wild: i64 {
b0(%0: i64):
  %1: i64 = load.i64 [%0] !0:9:9
  return %1
}
`);

test("calls through a table of functions", () => {
  expect(evaluate(module, "dispatch", [0n, 21n])).toBe(42n);
  expect(evaluate(module, "dispatch", [1n, 9n])).toBe(81n);
});

test("several results", () => {
  expect(new Evaluator(module).call("divide", [17n, 5n])).toEqual([3n, 2n]);
});

test("memory stays between calls, and can be read", () => {
  const evaluator = new Evaluator(module);
  evaluator.call("count");
  expect(evaluator.call("count")).toEqual([1n]);
  expect([...evaluator.readMemory(evaluator.addressOf("cell"), 8)]).toEqual([2, 0, 0, 0, 0, 0, 0, 0]);
  expect(evaluator.symbolAt(evaluator.addressOf("cell") + 3)).toEqual({ symbol: "cell", offset: 3 });
});

test.each([
  ["a failed check", "divide", [1n, 0n], "division by zero", 4],
  ["an access to nothing", "wild", [0n], "there is no memory at 0x0", 9],
  ["a call of what is no function", "dispatch", [-1n, 0n], "there is no", undefined],
  ["endless recursion", "deep", [0n], "nested too deeply", undefined],
  ["assembly", "csr", [], "assembly cannot be evaluated", undefined],
])("%s traps", (_, name, args, reason, line) => {
  const trap = trapOf(() => new Evaluator(module).call(name, args as bigint[]));
  expect(trap.reason).toContain(reason);
  if (line !== undefined) expect(trap.location?.line).toBe(line);
});

test("an endless loop ends at the limit", () => {
  expect(trapOf(() => new Evaluator(module, { steps: 1000 }).call("forever")).reason).toContain("too many steps");
});

test("it works again after a trap", () => {
  const evaluator = new Evaluator(module);
  trapOf(() => evaluator.call("deep", [0n]));
  expect(evaluator.call("twice", [4n])).toEqual([8n]);
});

function trapOf(run: () => unknown): Trap {
  try {
    run();
  } catch (error) {
    if (error instanceof Trap) return error;
    throw error;
  }
  throw new Error("it did not trap");
}
