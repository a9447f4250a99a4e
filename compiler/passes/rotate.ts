// Loop rotation: `while (c) body` becomes `if (c) do body while (c)`, one
// branch an iteration in place of a branch and a jump. The header is copied
// before the loop for the first test; the original becomes the last test.

import { findLoops, predecessors, type Loop, type Predecessor } from "../ir/graph.js";
import { type Block, hasEffect, type Func } from "../ir/types.js";
import { cloneBlocks } from "./clone.js";
import { repairSsa, type Twins } from "./ssa-repair.js";

const LONGEST_HEADER = 12;

/// False where no loop turns.
export function rotate(fn: Func): boolean {
  const loops = findLoops(fn);
  const preds = predecessors(fn);
  /// Edges of copies.
  const added = new Map<Block, Predecessor[]>();
  const rotated: Twins[] = [];
  for (const loop of loops) {
    if (!hasSmallTest(loop.header) || !isTestedAtTop(loop)) continue;
    const twins = copyHeader(fn, loop, [...preds.get(loop.header), ...(added.get(loop.header) ?? [])]);
    rotated.push(twins);
    const { block, copy } = twins;
    for (const edge of copy.end.edges) added.set(edge.to, [...(added.get(edge.to) ?? []), { from: copy, edge }]);
    for (const outer of loops) if (outer !== loop && outer.blocks.has(block)) outer.blocks.add(copy);
  }
  repairSsa(fn, rotated);
  return rotated.length > 0;
}

const isTestedAtTop = ({ header, blocks }: Loop): boolean => header.end.edges.some(({ to }) => !blocks.has(to));

function hasSmallTest(header: Block): boolean {
  if (header.end.kind !== "branch" || header.end.edges.some(({ to }) => to === header)) return false;
  const size = header.body.filter(({ op }) => op !== "const").length;
  const pure = header.body.every((value) => value.op === "check" || !hasEffect(value));
  return pure && size <= LONGEST_HEADER;
}

/// All that enters the loop goes to the copy.
function copyHeader(fn: Func, { header, blocks }: Loop, edges: readonly Predecessor[]): Twins {
  const { blocks: copies, values } = cloneBlocks([header], fn);
  const copy = copies.get(header)!;
  for (const { from, edge } of edges) if (!blocks.has(from)) edge.to = copy;
  return { block: header, copy, values };
}
