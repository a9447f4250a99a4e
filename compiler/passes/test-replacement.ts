// Linear function test replacement: where a loop's variable is needed for the
// loop's test only, beside the addresses that have become variables of their
// own, the test is made on one of these.

import { hasEffect, newValue, ownUsesOfEnd, type Block, type Func, type Value } from "../ir/types.js";
import { bottomTest, isGuarded, rangeOf, type CountedLoop, type Induction, type Range } from "./induction.js";
import { scaleOf, type Variable } from "./linear.js";
import { maximum } from "./maximum.js";
import type { Uses } from "./uses.js";

/// `next < bound` becomes a test of the address after the step against the address at the bound: `!==`, which is exact
/// when the steps meet the bound (the step is 1 and the loop's guard is known, or all is constant; equal addresses of
/// different variables would need more than 2^60 iterations), or `<` where neither address can wrap.
export function testReplacement(fn: Func, uses: Uses, loop: CountedLoop, variable: Variable, addresses: ReadonlySet<Value>, products: ReadonlySet<Value>): "ne" | "ltu" | undefined {
  const test = bottomTest(loop, variable);
  const [first] = addresses;
  if (!test || loop.inside.has(test.bound) || !first) return undefined;
  const isExact = meetsBound(fn, loop, variable, test, rangeOf(loop, variable));
  const isOrdered = () => [...addresses].every((address) => scaleOf(address, loop, variable) === scaleOf(first, loop, variable)) && staysInOrder(fn, loop, variable, test, first);
  if ((!isExact && !isOrdered()) || isNeeded(uses, variable, test.condition, new Set([...addresses, ...products]))) return undefined;
  return isExact ? "ne" : "ltu";
}

export function replaceTest(fn: Func, uses: Uses, loop: CountedLoop, op: "ne" | "ltu", param: Value, last: Value): void {
  const next = loop.back.args[loop.loop.header.params.indexOf(param)]!;
  const condition = newValue(fn, op, "i32", [next, last]);
  uses.add(condition);
  loop.latch.body.push(condition);
  if (loop.latch.end.kind === "branch") loop.latch.end.condition = condition;
  uses.addEnd(condition, loop.latch);
}

/// From the end of an object to that of the addresses that are counted from it.
const FARTHEST = 1n << 30n;

/// The address grows with the variable, from an object on, and less far than the end of the address space is.
function staysInOrder(fn: Func, loop: CountedLoop, { param, step, initial }: Induction, { condition, bound }: { condition: Value; bound: Value }, address: Value): boolean {
  const [base, offset] = address.args;
  if (condition.op !== "ltu" || param.type !== "i64" || bound.op !== "const" || bound.imm < 0n) return false;
  if (address.op !== "add" || base?.op !== "global" || !offset || base.imm < 0n || base.imm >= FARTHEST) return false;
  const shift = offset.op === "shl" && offset.args[0] === param && offset.args[1]?.op === "const" ? offset.args[1].imm : offset === param ? 0n : undefined;
  const starts = initial.op === "const" ? initial.imm >= 0n && initial.imm < bound.imm : isGuarded(fn, loop, { initial }, { condition, bound });
  const most = starts ? mostOf(fn, loop, step) : undefined;
  return shift !== undefined && shift < 8n && most !== undefined && (bound.imm + most) << shift < FARTHEST;
}

/// The largest that a value can be, also as what an outer loop counts.
function mostOf(fn: Func, { preds }: CountedLoop, value: Value): bigint | undefined {
  const known = maximum(value);
  if (known !== undefined || value.op !== "param") return known;
  const home = fn.blocks.find(({ params }) => params.includes(value));
  if (!home || home === fn.blocks[0]) return undefined;
  let most = 0n;
  for (const { from, edge } of preds.get(home)) {
    const given = edge.args[home.params.indexOf(value)]!;
    const tested = from.end.kind === "branch" && from.end.edges[0] === edge && from.end.condition.op === "ltu" && from.end.condition.args[0] === given ? from.end.condition.args[1]! : undefined;
    const here = given.op === "const" && given.imm >= 0n ? given.imm : tested?.op === "const" && tested.imm > 0n ? tested.imm - 1n : undefined;
    if (here === undefined) return undefined;
    if (here > most) most = here;
  }
  return most;
}

function meetsBound(
  fn: Func,
  loop: CountedLoop,
  { initial, step }: Induction,
  { condition, bound }: { condition: Value; bound: Value },
  range: Range | undefined,
): boolean {
  if (step.op !== "const") return false;
  if (range) return (range.high + 1n - range.low) % step.imm === 0n;
  return step.imm === 1n && isGuarded(fn, loop, { initial }, { condition, bound });
}

/// Whether the variable is used by more than its own step, the test and the addresses: by what something with an effect
/// needs, or as an argument for another parameter.
function isNeeded(uses: Uses, { param, next }: Induction, condition: Value, addresses: ReadonlySet<Value>): boolean {
  const seen = new Set<Value>([...addresses]);
  const work = [...uses.of(param).filter((user) => user !== next), ...uses.of(next).filter((user) => user !== condition)];
  for (let value = work.pop(); value; value = work.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (hasEffect(value) || (value !== condition && uses.endsOf(value).length > 0)) return true;
    work.push(...uses.of(value));
  }
  const passesOn = ({ end }: Block) =>
    ownUsesOfEnd(end).some((use) => use === param || use === next) ||
    end.edges.some(({ to, args }) => args.some((arg, index) => arg === param || (arg === next && to.params[index] !== param)));
  return uses.endsOf(param).some(passesOn) || uses.endsOf(next).some(passesOn);
}
