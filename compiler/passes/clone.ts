// Copies blocks, for inlining and rotation. Values that are not in the copied
// blocks stand for themselves. The copies' points
// name the copied values; `call` says through which call they are inlined.

import { relocation, type InlinedCall } from "../ir/debug.js";
import {
  copyValue,
  mapUsesIn,
  newBlock,
  type Block,
  type Edge,
  type Func,
  type Terminator,
  type Value,
} from "../ir/types.js";

export function cloneBlocks(
  blocks: readonly Block[],
  into: Func,
  call?: InlinedCall,
): { blocks: Map<Block, Block>; values: Map<Value, Value> } {
  const known = new Map<Value, Value>();
  const relocate = relocation((of) => (call ? { kind: "inlined", of, values: known, call } : { kind: "moved", of, values: known }));
  const copies = new Map(blocks.map((block) => [block, newBlock(into)]));
  const copyInto = (value: Value): Value => {
    const copy = copyValue(into, value, relocate(value.location));
    known.set(value, copy);
    return copy;
  };
  for (const block of blocks) {
    const copy = copies.get(block)!;
    copy.params = block.params.map(copyInto);
    copy.body = block.body.map(copyInto);
  }
  const copyEdge = ({ to, args }: Edge): Edge => ({ to: copies.get(to) ?? to, args: [...args] });
  const copyEnd = (end: Terminator): Terminator => {
    switch (end.kind) {
      case "jump":
        return { kind: "jump", edges: [copyEdge(end.edges[0])] };
      case "branch":
        return { kind: "branch", condition: end.condition, edges: [copyEdge(end.edges[0]), copyEdge(end.edges[1])] };
      case "return":
        return { kind: "return", values: [...end.values], edges: [] };
      case "trap":
        return { kind: "trap", reason: end.reason, location: relocate(end.location), edges: [] };
    }
  };
  for (const block of blocks) {
    const copy = copies.get(block)!;
    copy.end = copyEnd(block.end);
    mapUsesIn(copy, (value) => known.get(value) ?? value);
  }
  return { blocks: copies, values: known };
}
