// A loop's preheader: the one block that enters it, made where it is missing.

import { predecessors, type Loop } from "../ir/graph.js";
import { newBlock, newValue, type Block, type Func } from "../ir/types.js";

/// Of all the loops of a function.
export function makePreheaders(fn: Func, loops: readonly Loop[]): Map<Loop, Block> {
  const preds = predecessors(fn);
  const preheaders = new Map<Loop, Block>();
  for (const loop of loops) {
    const { header, blocks } = loop;
    const entering = preds.get(header).filter(({ from }) => !blocks.has(from));
    const [only, ...others] = entering;
    if (only && others.length === 0 && only.from.end.kind === "jump") {
      preheaders.set(loop, only.from);
      continue;
    }
    const preheader = newBlock(fn);
    preheaders.set(loop, preheader);
    // One edge hands its arguments on as they are: passes want to see a constant first value.
    if (!only || others.length > 0) preheader.params = header.params.map(({ type }) => newValue(fn, "param", type, []));
    preheader.end = { kind: "jump", edges: [{ to: header, args: only && others.length === 0 ? only.edge.args : [...preheader.params] }] };
    for (const { edge } of entering) {
      edge.to = preheader;
      if (others.length === 0) edge.args = [];
    }
    for (const outer of loops) if (outer !== loop && outer.blocks.has(header)) outer.blocks.add(preheader);
  }
  return preheaders;
}
