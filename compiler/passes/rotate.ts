// Loop rotation: `while (c) body` becomes `if (c) do body while (c)`, one
// branch an iteration in place of a branch and a jump. The header is copied
// before the loop for the first test; the original becomes the last test.

import { findLoops, predecessors, type Loop } from "../ir/graph.js";
import { type Block, hasEffect, type Func } from "../ir/types.js";
import { cloneBlocks } from "./clone.js";
import { repairSsa } from "./ssa-repair.js";

const LONGEST_HEADER = 12;

export function rotate(fn: Func): void {
  let loops = findLoops(fn);
  for (const { header } of loops) {
    if (!hasSmallTest(header)) continue;
    const loop = loops.find((candidate) => candidate.header === header);
    if (!loop || !isTestedAtTop(loop)) continue;
    rotateLoop(fn, loop);
    // Rotation changes the graph, so the others are looked up again.
    loops = findLoops(fn);
  }
}

const isTestedAtTop = ({ header, blocks }: Loop): boolean => header.end.edges.some(({ to }) => !blocks.has(to));

function hasSmallTest(header: Block): boolean {
  if (header.end.kind !== "branch" || header.end.edges.some(({ to }) => to === header)) return false;
  const size = header.body.filter(({ op }) => op !== "const").length;
  const pure = header.body.every((value) => value.op === "check" || !hasEffect(value));
  return pure && size <= LONGEST_HEADER;
}

function rotateLoop(fn: Func, { header, blocks }: Loop): void {
  const entering = (predecessors(fn).get(header) ?? []).filter(({ from }) => !blocks.has(from));
  const defined = [...header.params, ...header.body];
  const { blocks: copies, values } = cloneBlocks([header], fn);
  const copy = copies.get(header)!;
  for (const { edge } of entering) edge.to = copy;
  repairSsa(fn, new Map(defined.filter(({ type }) => type).map((value) => [value, new Map([[header, value], [copy, values.get(value)!]])])));
}
