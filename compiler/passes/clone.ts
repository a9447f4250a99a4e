// Copies blocks, for inlining and rotation. Values that are not in the copied
// blocks stand for themselves unless `known` says otherwise.

import {
  mapUses,
  newBlock,
  newValue,
  type Block,
  type Edge,
  type Func,
  type Terminator,
  type Value,
} from "../ir/types.js";

export function cloneBlocks(
  blocks: readonly Block[],
  into: Func,
  known = new Map<Value, Value>(),
): { blocks: Map<Block, Block>; values: Map<Value, Value> } {
  const copies = new Map(blocks.map((block) => [block, newBlock(into)]));
  const copyValue = (value: Value): Value => {
    const { id: _, ...same } = value;
    const copy = newValue(into, value.op, value.type, value.args, same);
    known.set(value, copy);
    return copy;
  };
  for (const [block, copy] of copies) {
    copy.params = block.params.map(copyValue);
    copy.body = block.body.map(copyValue);
  }
  const copyEdge = ({ to, args }: Edge): Edge => ({ to: copies.get(to) ?? to, args });
  for (const [block, copy] of copies) {
    copy.end = { ...block.end, edges: block.end.edges.map(copyEdge) } as Terminator;
    for (const item of [...copy.body, copy.end]) mapUses(item, (value) => known.get(value) ?? value);
  }
  return { blocks: copies, values: known };
}
