// Copies blocks, for inlining and rotation. Values that are not in the copied
// blocks stand for themselves. The copies' points
// name the copied values; `call` says through which call they are inlined.

import { relocation, type InlinedCall } from "../ir/debug.js";
import {
  mapUses,
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
  const copyValue = (value: Value): Value => {
    const copy: Value = { ...value, id: into.nextId++, args: [...value.args], location: relocate(value.location), standIn: undefined };
    known.set(value, copy);
    return copy;
  };
  for (const [block, copy] of copies) {
    copy.params = block.params.map(copyValue);
    copy.body = block.body.map(copyValue);
  }
  const copyEdge = ({ to, args }: Edge): Edge => ({ to: copies.get(to) ?? to, args: [...args] });
  for (const [block, copy] of copies) {
    copy.end = { ...block.end, edges: block.end.edges.map(copyEdge) } as Terminator;
    if (copy.end.kind === "return") copy.end.values = [...copy.end.values];
    if (copy.end.kind === "trap") copy.end.location = relocate(copy.end.location);
    for (const item of [...copy.body, copy.end]) mapUses(item, (value) => known.get(value) ?? value);
  }
  return { blocks: copies, values: known };
}
