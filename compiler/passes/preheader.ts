// A loop's preheader: the one block that enters it, made where it is missing.

import { predecessors, type Loop } from "../ir/graph.js";
import { newBlock, newValue, type Block, type Func } from "../ir/types.js";

export function preheaderOf(fn: Func, { header, blocks }: Loop, outer: readonly Loop[]): Block {
  const entering = (predecessors(fn).get(header) ?? []).filter(({ from }) => !blocks.has(from));
  const [only] = entering;
  if (only && entering.length === 1 && only.from.end.kind === "jump") return only.from;
  const preheader = newBlock(fn);
  // One edge hands its arguments on as they are: passes want to see a constant first value.
  if (!only || entering.length > 1) preheader.params = header.params.map(({ type }) => newValue(fn, "param", type, []));
  preheader.end = {
    kind: "jump",
    edges: [{ to: header, args: only && entering.length === 1 ? only.edge.args : [...preheader.params] }],
  };
  for (const { edge } of entering) {
    edge.to = preheader;
    if (entering.length === 1) edge.args = [];
  }
  for (const loop of outer) if (loop.header !== header && loop.blocks.has(header)) loop.blocks.add(preheader);
  return preheader;
}
