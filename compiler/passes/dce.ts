// Dead code: keeps what an effect needs, parameters and their arguments too.

import { predecessors } from "../ir/graph.js";
import { hasEffect, ownUsesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

export function dce(fn: Func): void {
  const preds = predecessors(fn);
  const home = new Map<Value, { block: Block; index: number }>();
  for (const block of fn.blocks) block.params.forEach((param, index) => home.set(param, { block, index }));
  const live = new Set<Value>();
  const work: Value[] = [];
  for (const { body, end } of fn.blocks) {
    for (const value of body) if (hasEffect(value)) work.push(value);
    work.push(...ownUsesOfEnd(end));
  }
  for (let value = work.pop(); value; value = work.pop()) {
    if (live.has(value)) continue;
    live.add(value);
    work.push(...value.args);
    const param = home.get(value);
    if (!param) continue;
    for (const { edge } of preds.get(param.block) ?? []) work.push(edge.args[param.index] as Value);
  }
  for (const block of fn.blocks) {
    block.body = block.body.filter((value) => live.has(value));
    const isKept = (param: Value | undefined) => param !== undefined && (live.has(param) || block === fn.blocks[0]);
    for (const { edge } of preds.get(block) ?? [])
      edge.args = edge.args.filter((_, index) => isKept(block.params[index]));
    block.params = block.params.filter(isKept);
  }
}
