// Loop-invariant code motion, inner loops first. What has no effect and cannot
// trap moves to the preheader; after rotation that is where the loop is known
// to run. A load moves where the loop writes no memory.

import { findLoops } from "../ir/graph.js";
import { operationOf } from "../ir/ops.js";
import { mayWriteMemory, type Func, type Value } from "../ir/types.js";
import { valuesIn } from "./induction.js";
import { makePreheaders } from "./preheader.js";

export function licm(fn: Func): void {
  const loops = findLoops(fn);
  for (const [loop, preheader] of makePreheaders(fn, loops)) {
    const inside = valuesIn(loop);
    const writes = [...loop.blocks].some(({ body }) => body.some((value) => value.op === "store" || mayWriteMemory(value)));
    const mayMove = (value: Value) =>
      (operationOf(value.op) ||
        value.op === "const" ||
        value.op === "global" ||
        value.op === "slot" ||
        value.op === "register" ||
        (value.op === "load" && !value.volatile && !writes && loop.header.body.includes(value))) &&
      value.args.every((arg) => !inside.has(arg));
    for (let moved = true; moved; ) {
      moved = false;
      for (const block of loop.blocks) {
        block.body = block.body.filter((value) => {
          if (!mayMove(value)) return true;
          preheader.body.push(value);
          // Its line is not where it stands now: a debugger would stop before the loop and find nothing there.
          value.location = undefined;
          inside.delete(value);
          moved = true;
          return false;
        });
      }
    }
  }
}
