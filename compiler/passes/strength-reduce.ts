// Strength reduction: an address that is a linear function of an induction
// variable becomes a variable of its own, `p += scale * step`, and where the
// old variable is then needed for the loop's test only, the test is made on
// the new one (linear function test replacement). The same for other values
// that every iteration computes with a product, as in `a[i] = i * 7 + c`.

import { findLoops, graphOf } from "../ir/graph.js";
import { wrap } from "../ir/ops.js";
import { newConst, newValue, type Func, type Type, type Value } from "../ir/types.js";
import { bottomTest, countedLoop, type CountedLoop } from "./induction.js";
import { costOf, hasProduct, scaleOf, withExtensions, type Variable } from "./linear.js";
import { makePreheaders } from "./preheader.js";
import { replaceTest, testReplacement } from "./test-replacement.js";
import { Uses } from "./uses.js";

const MOST_NEW_VARIABLES = 6;
/// Instructions in an address from which a variable of its own pays, where the old variable stays: fewer in a loop
/// that counts to a bound, for one that waits for something may turn once.
const WORTH_A_VARIABLE = 3,
  WORTH_IT_COUNTING = 2,
  FEW = 2;

export function strengthReduce(fn: Func): void {
  const loops = findLoops(fn);
  makePreheaders(fn, loops);
  const { preds, dominators } = graphOf(fn);
  let uses: Uses | undefined;
  for (const loop of loops) {
    const counted = countedLoop(loop, preds, dominators);
    if (counted && counted.variables.length > 0) reduceLoop(fn, (uses ??= new Uses(fn)), counted);
  }
}

function reduceLoop(fn: Func, uses: Uses, loop: CountedLoop): void {
  let made = 0;
  for (const plain of loop.variables) {
    const variable = withExtensions(fn, loop, plain);
    const addresses = new Set<Value>();
    for (const { body } of loop.loop.blocks) {
      for (const { op, args } of body)
        if ((op === "load" || op === "store") && loop.inside.has(args[0]!)) addresses.add(args[0]!);
    }
    for (const address of addresses)
      if (!scaleOf(address, loop, variable) || address === variable.param || address === variable.next)
        addresses.delete(address);
    const products = variable.step.op === "const" ? productsOf(loop, variable) : new Set<Value>();
    const replacement = testReplacement(fn, uses, loop, variable, addresses, products);
    const vanishes = replacement !== undefined;
    // Many addresses are often one and its neighbours, which cost an offset each.
    const worth = bottomTest(loop, variable) && addresses.size <= FEW ? WORTH_IT_COUNTING : WORTH_A_VARIABLE;
    const reduced = new Map<Value, Value>();
    for (const address of [...addresses, ...products]) {
      const scale = scaleOf(address, loop, variable)!;
      if (!vanishes && (variable.step.op !== "const" || costOf(address, loop, variable) < (products.has(address) ? WORTH_IT_COUNTING : worth))) continue;
      if (made++ >= MOST_NEW_VARIABLES) break;
      reduced.set(address, newVariable(fn, uses, loop, variable, address, scale));
    }
    const [first] = reduced;
    // Before the uses change: an address may be part of another.
    const last = first && replacement && atEntry(fn, uses, loop, variable, first[0], bottomTest(loop, variable)!.bound);
    for (const [address, param] of reduced) uses.replace(address, param);
    if (last) replaceTest(fn, uses, loop, replacement, first[1], last);
  }
}

/// Values that each iteration computes with a product, for something that is not linear itself.
function productsOf(loop: CountedLoop, variable: Variable): Set<Value> {
  const found = new Set<Value>();
  const isLinear = (value: Value) => scaleOf(value, loop, variable) !== undefined;
  const visit = (value: Value) => {
    const scale = loop.inside.has(value) ? scaleOf(value, loop, variable) : undefined;
    if (scale && value !== variable.param && value !== variable.next && hasProduct(value, loop)) found.add(value);
  };
  for (const block of loop.loop.blocks) {
    if (!loop.dominators.dominates(block, loop.latch)) continue;
    for (const user of block.body) {
      const operands = user.op === "load" ? [] : user.op === "store" ? user.args.slice(1) : isLinear(user) ? [] : user.args;
      operands.forEach(visit);
    }
  }
  return found;
}

/// A parameter that is `address` in every iteration.
function newVariable(fn: Func, uses: Uses, loop: CountedLoop, variable: Variable, address: Value, scale: bigint): Value {
  const type = address.type!;
  const param = newValue(fn, "param", type, []);
  const step = variable.step.op === "const" ? constantBefore(fn, loop, type, scale * variable.step.imm) : scaledStep(fn, uses, loop, variable.step, scale);
  const next = newValue(fn, "add", type, [param, step]);
  loop.loop.header.params.push(param);
  const initial = atEntry(fn, uses, loop, variable, address, variable.initial);
  loop.entry.args.push(initial);
  loop.back.args.push(next);
  loop.latch.body.push(next);
  uses.addEnd(initial, loop.preheader);
  uses.addEnd(next, loop.latch);
  uses.add(next);
  return param;
}

function scaledStep(fn: Func, uses: Uses, loop: CountedLoop, step: Value, scale: bigint): Value {
  if (scale === 1n) return step;
  const scaled = newValue(fn, "mul", "i64", [step, constantBefore(fn, loop, "i64", scale)]);
  loop.preheader.body.push(scaled);
  uses.add(scaled);
  return scaled;
}

function constantBefore(fn: Func, { preheader }: CountedLoop, type: Type, imm: bigint): Value {
  const constant = newConst(fn, type, wrap(type, imm));
  preheader.body.push(constant);
  return constant;
}

/// Computes `value` in the preheader, with `standIn` for the variable.
function atEntry(fn: Func, uses: Uses, loop: CountedLoop, variable: Variable, value: Value, standIn: Value): Value {
  if (value === variable.param) return standIn;
  if (!loop.inside.has(value)) return value;
  const args = value.args.map((arg) => atEntry(fn, uses, loop, variable, arg, standIn));
  const copy = newValue(fn, value.op, value.type, args, { imm: value.imm });
  loop.preheader.body.push(copy);
  uses.add(copy);
  return copy;
}

