// Every edge with arguments must leave from a jump, where the copies can stand.

import { newBlock, type Func } from "../ir/types.js";

export function splitEdges(fn: Func): void {
  for (const block of [...fn.blocks]) {
    if (block.end.kind !== "branch") continue;
    for (const edge of block.end.edges) {
      if (edge.args.length === 0) continue;
      const middle = newBlock(fn);
      middle.end = { kind: "jump", edges: [{ to: edge.to, args: edge.args }] };
      edge.to = middle;
      edge.args = [];
    }
  }
}
