// Equal ways out become one: blocks that only return the same constants. Early
// exits then branch to one shared `return null`, at the end of the function.

import type { Block, Func, Value } from "../ir/types.js";

export function mergeReturns(fn: Func): void {
  const kept = new Map<string, Block>();
  const replaced = new Map<Block, Block>();
  const keyOf = ({ type, imm }: Value) => `${type} ${imm}`;
  for (const block of fn.blocks) {
    const { body, params, end } = block;
    // Constants of other blocks are the entry's, where GVN keeps them: they are there for every way in.
    if (block === fn.blocks[0] || end.kind !== "return" || params.length > 0 || body.length > 0) continue;
    if (end.values.some(({ op }) => op !== "const")) continue;
    const key = end.values.map(keyOf).join();
    const known = kept.get(key);
    if (known) replaced.set(block, known);
    else kept.set(key, block);
  }
  if (replaced.size === 0) return;
  for (const { end } of fn.blocks) for (const edge of end.edges) edge.to = replaced.get(edge.to) ?? edge.to;
  fn.blocks = fn.blocks.filter((block) => !replaced.has(block));
}
