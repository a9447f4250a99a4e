// After a block is copied a value has two definitions. This finds for each use
// which one reaches it, with parameters where they meet.

import { predecessors } from "../ir/graph.js";
import { mapUses, newValue, usesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

/// `definitions`: the value at the end of each block that defines `original`.
export function repairSsa(fn: Func, original: Value, definitions: ReadonlyMap<Block, Value>): void {
  const preds = predecessors(fn);
  const atStart = new Map<Block, Value>();
  const reachingEnd = (block: Block): Value => definitions.get(block) ?? reachingStart(block);
  const reachingStart = (block: Block): Value => {
    const known = atStart.get(block);
    if (known) return known;
    const edges = preds.get(block) ?? [];
    if (edges.length === 1) {
      const value = reachingEnd(edges[0]!.from);
      atStart.set(block, value);
      return value;
    }
    const param = newValue(fn, "param", original.type, []);
    atStart.set(block, param);
    block.params.push(param);
    for (const { from, edge } of edges) edge.args.push(reachingEnd(from));
    return param;
  };
  for (const block of preds.keys()) {
    if (definitions.has(block)) continue;
    const isUsed = block.body.some(({ args }) => args.includes(original)) || usesOfEnd(block.end).includes(original);
    if (!isUsed) continue;
    // Asked before the rewriting: the answer may add arguments to this block's own edges.
    const reaching = reachingStart(block);
    for (const item of [...block.body, block.end]) mapUses(item, (value) => (value === original ? reaching : value));
  }
}
