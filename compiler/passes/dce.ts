// Dead code: keeps what an effect needs, parameters and their arguments too.

import { predecessors } from "../ir/graph.js";
import { hasEffect, ownUsesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

/// False where all is needed.
export function dce(fn: Func): boolean {
  const preds = predecessors(fn);
  /// Of parameters.
  const homes = new Map<Value, Block>();
  for (const block of fn.blocks) for (const param of block.params) homes.set(param, block);
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
    if (!home) continue;
    const index = home.params.indexOf(value);
    for (const { edge } of preds.get(home)) mark(edge.args[index]!);
  }
  let isChanged = false;
  for (const block of fn.blocks) {
    if (keepLive(block.body, live)) isChanged = true;
    // The entry's are the function's own.
    const { params } = block;
    if (block === fn.blocks[0] || params.every(({ id }) => live[id] === 1)) continue;
    for (const { edge } of preds.get(block)) edge.args = edge.args.filter((_, index) => live[params[index]!.id] === 1);
    keepLive(params, live);
    isChanged = true;
  }
  return isChanged;
}

/// Takes the others away; whether there were any.
function keepLive(values: Value[], live: Uint8Array): boolean {
  let kept = 0;
  for (const value of values) if (live[value.id] === 1) values[kept++] = value;
  const isChanged = kept < values.length;
  if (isChanged) values.length = kept;
  return isChanged;
}
