// Dead code: keeps what an effect needs, parameters and their arguments too.

import { predecessors } from "../ir/graph.js";
import { usesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

const hasEffect = ({ op }: Value) => op === "store" || op === "call" || op === "check";

export function dce(fn: Func): void {
  const preds = predecessors(fn);
  const home = new Map<Value, Block>(
    fn.blocks.flatMap((block) => block.params.map((param) => [param, block] as const)),
  );
  const live = new Set<Value>();
  const work: Value[] = [];
  for (const { body, end } of fn.blocks) {
    work.push(...body.filter(hasEffect));
    if (end.kind !== "jump") work.push(...usesOfEnd({ ...end, edges: [] } as typeof end));
  }
  for (let value = work.pop(); value; value = work.pop()) {
    if (live.has(value)) continue;
    live.add(value);
    work.push(...value.args);
    const block = home.get(value);
    if (!block) continue;
    const index = block.params.indexOf(value);
    for (const { edge } of preds.get(block) ?? []) work.push(edge.args[index] as Value);
  }
  for (const block of fn.blocks) {
    block.body = block.body.filter((value) => live.has(value));
    const isKept = (param: Value | undefined) => param !== undefined && (live.has(param) || block === fn.blocks[0]);
    for (const { edge } of preds.get(block) ?? [])
      edge.args = edge.args.filter((_, index) => isKept(block.params[index]));
    block.params = block.params.filter(isKept);
  }
}
