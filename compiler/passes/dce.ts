// Dead code: keeps what an effect needs, parameters and their arguments too.

import { predecessors } from "../ir/graph.js";
import { hasEffect, ownUsesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

/// False where all is needed.
export function dce(fn: Func): boolean {
  const preds = predecessors(fn);
  const homes = new Map<Value, { block: Block; index: number }>();
  for (const block of fn.blocks) block.params.forEach((param, index) => homes.set(param, { block, index }));
  /// By number.
  const live = new Uint8Array(fn.nextId);
  const work: Value[] = [];
  const mark = (value: Value) => {
    if (live[value.id] === 1) return;
    live[value.id] = 1;
    work.push(value);
  };
  for (const { body, end } of fn.blocks) {
    for (const value of body) if (hasEffect(value)) mark(value);
    for (const value of ownUsesOfEnd(end)) mark(value);
  }
  for (let value = work.pop(); value; value = work.pop()) {
    for (const arg of value.args) mark(arg);
    const home = value.op === "param" ? homes.get(value) : undefined;
    if (home) for (const { edge } of preds.get(home.block) ?? []) mark(edge.args[home.index]!);
  }
  const isLive = ({ id }: Value) => live[id] === 1;
  let isChanged = false;
  for (const block of fn.blocks) {
    if (!block.body.every(isLive)) {
      block.body = block.body.filter(isLive);
      isChanged = true;
    }
    // The entry's are the function's own.
    const { params } = block;
    if (block === fn.blocks[0] || params.every(isLive)) continue;
    for (const { edge } of preds.get(block) ?? []) edge.args = edge.args.filter((_, index) => isLive(params[index]!));
    block.params = params.filter(isLive);
    isChanged = true;
  }
  return isChanged;
}
