// The verifier: what every pass may rely on and must leave true.
//   1. edge arguments match the target's parameters in number and type;
//   2. operands have the types that the operation's row asks for;
//   3. each value is defined once, and its definition dominates its uses.

import { dominates, immediateDominators, reversePostorder } from "./graph.js";
import { operationOf } from "./ops.js";
import { usesOfEnd, type Block, type Func, type Value } from "./types.js";

/// `after`: the pass to name in the message.
export function verify(fn: Func, after = "lowering"): void {
  const order = reversePostorder(fn);
  const idom = immediateDominators(fn);
  const home = new Map<Value, { block: Block; index: number }>();
  const fail = (message: string): never => {
    throw new Error(`${fn.name} after ${after}: ${message}`);
  };
  for (const block of order) {
    [
      ...block.params.map((value) => ({ value, index: -1 })),
      ...block.body.map((value, index) => ({ value, index })),
    ].forEach(({ value, index }) => {
      if (home.has(value)) fail(`%${value.id} is defined twice`);
      home.set(value, { block, index });
    });
  }
  const checkUse = (value: Value, block: Block, index: number) => {
    const place = home.get(value) ?? fail(`%${value.id} (${value.op}) is used in b${block.id} and not defined`);
    const before = place.block === block ? place.index < index : dominates(idom, place.block, block);
    if (!before) fail(`%${value.id} does not dominate its use in b${block.id}`);
  };
  for (const block of order) {
    block.body.forEach((value, index) => {
      for (const arg of value.args) checkUse(arg, block, index);
      checkTypes(value, fail);
    });
    for (const value of usesOfEnd(block.end)) checkUse(value, block, Infinity);
    for (const { to, args } of block.end.edges) {
      if (!fn.blocks.includes(to)) fail(`b${block.id} goes to b${to.id}, which is not in the function`);
      if (args.length !== to.params.length || args.some((arg, index) => arg.type !== to.params[index]?.type))
        fail(
          `arguments (${args.map((arg) => arg?.type)}) from b${block.id} to b${to.id} (${to.params.map(({ type }) => type)})`,
        );
    }
  }
}

function checkTypes(value: Value, fail: (message: string) => never): void {
  const operation = operationOf(value.op);
  if (!operation) return;
  const operandType = operation.operands ?? value.args[0]?.type;
  const resultType = operation.result === "same" ? operandType : operation.result;
  const right =
    value.args.length === operation.arity &&
    value.type === resultType &&
    value.args.every(({ type }) => type === operandType);
  if (!right) fail(`types of %${value.id} = ${value.op}`);
}
