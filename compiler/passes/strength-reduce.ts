// Strength reduction: an address that is a linear function of an induction
// variable becomes a variable of its own, `p += scale * step`, and where the
// old variable is then needed for the loop's test only, the test is made on
// the new one (linear function test replacement). The same for other values
// that every iteration computes with a product, as in `a[i] = i * 7 + c`.
//
// A function is linear if it is built of add, sub, shl and mul by constants;
// through sext and zext only where the loop's test shows that the variable does not wrap.

import { type Dominators, dominatorsOf, findLoops, predecessors } from "../ir/graph.js";
import { wrap } from "../ir/ops.js";
import {
  hasEffect,
  mapAllUses,
  newConst,
  newValue,
  ownUsesOfEnd,
  usesOfEnd,
  type Edge,
  type Func,
  type Type,
  type Value,
} from "../ir/types.js";
import { bottomTest, countedLoop, rangeOf, type CountedLoop, type Induction, type Range } from "./induction.js";
import { preheaderOf } from "./preheader.js";
import { maximum } from "./maximum.js";

const MOST_NEW_VARIABLES = 6;
/// Instructions in an address from which a variable of its own pays, where the old variable stays: fewer in a loop
/// that counts to a bound, for one that waits for something may turn once.
const WORTH_A_VARIABLE = 3,
  WORTH_IT_COUNTING = 2,
  FEW = 2;

export function strengthReduce(fn: Func): void {
  const loops = findLoops(fn);
  for (const loop of loops) {
    preheaderOf(fn, loop, loops);
    const counted = countedLoop(fn, loop);
    if (counted) reduceLoop(fn, counted);
  }
}

function reduceLoop(fn: Func, loop: CountedLoop): void {
  let made = 0;
  const dominators = dominatorsOf(fn);
  for (const plain of loop.variables) {
    const variable: Variable = { ...plain, extensions: extensionsOf(fn, loop, plain) };
    const addresses = new Set<Value>();
    for (const { body } of loop.loop.blocks) {
      for (const { op, args } of body)
        if ((op === "load" || op === "store") && loop.inside.has(args[0]!)) addresses.add(args[0]!);
    }
    for (const address of addresses)
      if (!scaleOf(address, loop, variable) || address === variable.param || address === variable.next)
        addresses.delete(address);
    const products = variable.step.op === "const" ? productsOf(loop, variable, dominators) : new Set<Value>();
    const replacement = testReplacement(fn, loop, variable, addresses, products);
    const vanishes = replacement !== undefined;
    // Many addresses are often one and its neighbours, which cost an offset each.
    const worth = bottomTest(loop, variable) && addresses.size <= FEW ? WORTH_IT_COUNTING : WORTH_A_VARIABLE;
    const reduced = new Map<Value, Value>();
    for (const address of [...addresses, ...products]) {
      const scale = scaleOf(address, loop, variable)!;
      if (!vanishes && (variable.step.op !== "const" || costOf(address, loop, variable) < (products.has(address) ? WORTH_IT_COUNTING : worth))) continue;
      if (made++ >= MOST_NEW_VARIABLES) break;
      reduced.set(address, newVariable(fn, loop, variable, address, scale));
    }
    const [first] = reduced;
    // Before the uses change: an address may be part of another.
    const last = first && replacement && atEntry(fn, loop, variable, first[0], bottomTest(loop, variable)!.bound);
    if (reduced.size > 0) mapAllUses(fn, (value) => reduced.get(value) ?? value);
    if (last) replaceTest(fn, loop, replacement, first[1], last);
  }
}

/// Values that each iteration computes with a product, for something that is not linear itself.
function productsOf(loop: CountedLoop, variable: Variable, dominators: Dominators): Set<Value> {
  const found = new Set<Value>();
  const isLinear = (value: Value) => scaleOf(value, loop, variable) !== undefined;
  const visit = (value: Value) => {
    const scale = loop.inside.has(value) ? scaleOf(value, loop, variable) : undefined;
    if (scale && value !== variable.param && value !== variable.next && hasProduct(value, loop)) found.add(value);
  };
  for (const block of loop.loop.blocks) {
    if (!dominators.dominates(block, loop.latch)) continue;
    for (const user of block.body) {
      const operands = user.op === "load" ? [] : user.op === "store" ? user.args.slice(1) : isLinear(user) ? [] : user.args;
      operands.forEach(visit);
    }
  }
  return found;
}

function hasProduct({ op, args }: Value, loop: CountedLoop): boolean {
  return op === "mul" || args.some((arg) => loop.inside.has(arg) && hasProduct(arg, loop));
}

interface Variable extends Induction {
  /// Of it and its next value: the extended next one is the extended one and the step.
  readonly extensions: ReadonlySet<"sext" | "zext">;
}

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
function scaleOf(value: Value, loop: CountedLoop, variable: Variable): bigint | undefined {
  if (value === variable.param) return 1n;
  if (!loop.inside.has(value)) return 0n;
  const [left, right] = value.args;
  const of = (operand: Value) => scaleOf(operand, loop, variable);
  switch (value.op) {
    case "add":
    case "sub": {
      const [a, b] = [of(left!), of(right!)];
      return a === undefined || b === undefined ? undefined : value.op === "add" ? a + b : a - b;
    }
    case "mul":
    case "shl": {
      const a = of(left!);
      return a === undefined || right?.op !== "const" ? undefined : value.op === "mul" ? a * right.imm : a << right.imm;
    }
    case "trunc":
      return of(left!);
    case "sext":
    case "zext":
      return left === variable.param && variable.extensions.has(value.op) ? 1n : undefined;
    default:
      return undefined;
  }
}

/// A parameter that is `address` in every iteration.
function newVariable(fn: Func, loop: CountedLoop, variable: Variable, address: Value, scale: bigint): Value {
  const type = address.type!;
  const param = newValue(fn, "param", type, []);
  const step = variable.step.op === "const" ? constantBefore(fn, loop, type, scale * variable.step.imm) : scaledStep(fn, loop, variable.step, scale);
  const next = newValue(fn, "add", type, [param, step]);
  loop.loop.header.params.push(param);
  loop.entry.args.push(atEntry(fn, loop, variable, address, variable.initial));
  loop.back.args.push(next);
  loop.latch.body.push(next);
  return param;
}

function scaledStep(fn: Func, loop: CountedLoop, step: Value, scale: bigint): Value {
  if (scale === 1n) return step;
  const scaled = newValue(fn, "mul", "i64", [step, constantBefore(fn, loop, "i64", scale)]);
  loop.preheader.body.push(scaled);
  return scaled;
}

function constantBefore(fn: Func, { preheader }: CountedLoop, type: Type, imm: bigint): Value {
  const constant = newConst(fn, type, wrap(type, imm));
  preheader.body.push(constant);
  return constant;
}

/// Computes `value` in the preheader, with `standIn` for the variable.
function atEntry(fn: Func, loop: CountedLoop, variable: Variable, value: Value, standIn: Value): Value {
  if (value === variable.param) return standIn;
  if (!loop.inside.has(value)) return value;
  const args = value.args.map((arg) => atEntry(fn, loop, variable, arg, standIn));
  const copy = newValue(fn, value.op, value.type, args, { imm: value.imm });
  loop.preheader.body.push(copy);
  return copy;
}

/// Instructions that compute an address in each iteration, the variable's own step left out.
function costOf(value: Value, loop: CountedLoop, variable: Variable): number {
  if (!loop.inside.has(value) || value.op === "param" || value === variable.next) return 0;
  return value.args.reduce((sum, arg) => sum + costOf(arg, loop, variable), value.op === "sext" ? 0 : 1);
}

/// `next < bound` becomes a test of the address after the step against the address at the bound: `!==`, which is exact
/// when the steps meet the bound (the step is 1 and the loop's guard is known, or all is constant; equal addresses of
/// different variables would need more than 2^60 iterations), or `<` where neither address can wrap.
function testReplacement(fn: Func, loop: CountedLoop, variable: Variable, addresses: ReadonlySet<Value>, products: ReadonlySet<Value>): "ne" | "ltu" | undefined {
  const test = bottomTest(loop, variable);
  const [first] = addresses;
  if (!test || loop.inside.has(test.bound) || !first) return undefined;
  const isExact = meetsBound(fn, loop, variable, test, rangeOf(loop, variable));
  const isOrdered = () => [...addresses].every((address) => scaleOf(address, loop, variable) === scaleOf(first, loop, variable)) && staysInOrder(fn, loop, variable, test, first);
  if ((!isExact && !isOrdered()) || isNeeded(fn, variable, test.condition, new Set([...addresses, ...products]))) return undefined;
  return isExact ? "ne" : "ltu";
}

function replaceTest(fn: Func, loop: CountedLoop, op: "ne" | "ltu", param: Value, last: Value): void {
  const next = loop.back.args[loop.loop.header.params.indexOf(param)]!;
  const condition = newValue(fn, op, "i32", [next, last]);
  loop.latch.body.push(condition);
  if (loop.latch.end.kind === "branch") loop.latch.end.condition = condition;
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
  const most = starts ? mostOf(fn, step) : undefined;
  return shift !== undefined && shift < 8n && most !== undefined && (bound.imm + most) << shift < FARTHEST;
}

/// The largest that a value can be, also as what an outer loop counts.
function mostOf(fn: Func, value: Value): bigint | undefined {
  const known = maximum(value);
  if (known !== undefined || value.op !== "param") return known;
  const preds = predecessors(fn);
  const home = fn.blocks.find(({ params }) => params.includes(value));
  if (!home || home === fn.blocks[0]) return undefined;
  let most = 0n;
  for (const { from, edge } of preds.get(home) ?? []) {
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

/// The loop is entered only where its test holds for the first value.
function isGuarded(fn: Func, loop: CountedLoop, { initial }: Pick<Induction, "initial">, { condition, bound }: { condition: Value; bound: Value }): boolean {
  const dominators = dominatorsOf(fn);
  const isTest = ({ op, args }: Value) =>
    (op === condition.op && args[0] === initial && args[1] === bound) ||
    // 0 < x is x !== 0.
    (condition.op === "ltu" && initial.op === "const" && initial.imm === 0n && op === "ne" && args[0] === bound && args[1]?.op === "const" && args[1].imm === 0n);
  return fn.blocks.some(({ end }) => end.kind === "branch" && isTest(end.condition) && dominators.dominates(end.edges[0].to, loop.preheader));
}

/// Whether the variable is used by more than its own step, the test and the addresses.
function isNeeded(fn: Func, { param, next }: Induction, condition: Value, addresses: ReadonlySet<Value>): boolean {
  const uses = liveValues(fn, condition, addresses).some(
    (value) => (value.args.includes(param) && value !== next) || (value.args.includes(next) && value !== condition),
  );
  const passedOn = ({ to, args }: Edge) =>
    args.some((arg, index) => arg === param || (arg === next && to.params[index] !== param));
  return (
    uses ||
    fn.blocks.some(
      ({ end }) =>
        end.edges.some(passedOn) ||
        ownUsesOfEnd(end).some((use) => use === param || use === next),
    )
  );
}

/// Values that something with an effect needs, the test and the addresses left out.
function liveValues(fn: Func, condition: Value, addresses: ReadonlySet<Value>): Value[] {
  const live = new Set<Value>();
  const work: Value[] = [];
  const mark = (value: Value) => {
    if (live.has(value) || addresses.has(value)) return;
    live.add(value);
    work.push(value);
  };
  for (const { body, end } of fn.blocks) {
    for (const value of body) if (hasEffect(value)) mark(value);
    for (const use of usesOfEnd(end)) if (use !== condition) mark(use);
  }
  for (let value = work.pop(); value; value = work.pop()) value.args.forEach(mark);
  return [...live];
}
