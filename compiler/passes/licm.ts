// Loop-invariant code motion, inner loops first. What has no effect and cannot
// trap moves to the preheader; after rotation that is where the loop is known
// to run. A check moves that nothing in the first turn comes before which anyone
// could see, and a load that comes after no check which stays and that no write in the loop touches.

import { findLoops, type Loop } from "../ir/graph.js";
import { operationOf } from "../ir/ops.js";
import { hasEffect, mayWriteMemory, type Func, type Value } from "../ir/types.js";
import { apartIn, type AreApart } from "./apart.js";
import { valuesIn } from "./induction.js";
import { makePreheaders } from "./preheader.js";

export function licm(fn: Func): void {
  const loops = findLoops(fn);
  const preheaders = makePreheaders(fn, loops);
  let known: AreApart | undefined;
  const areApart: AreApart = (a, b) => (known ??= apartIn(fn))(a, b);
  for (const [loop, preheader] of preheaders) {
    const inside = valuesIn(loop);
    const writes = writesIn(loop);
    const isUntouched = (load: Value) => !load.volatile && writes !== undefined && writes.every((write) => areApart(load, write));
    const mayMove = (value: Value) =>
      (operationOf(value.op) || value.op === "const" || value.op === "global" || value.op === "slot" || value.op === "register") && value.args.every((arg) => !inside.has(arg));
    for (let moved = true; moved; ) {
      moved = false;
      for (const block of loop.blocks) {
        // Of the first turn: nobody could tell yet that it has begun; no check could end it.
        let [isUnseen, isUnchecked] = [block === loop.header, block === loop.header];
        block.body = block.body.filter((value) => {
          const isFree = value.args.every((arg) => !inside.has(arg));
          const isCheck = value.op === "check" && isUnseen && isFree;
          const moves = isCheck || mayMove(value) || (value.op === "load" && isUnchecked && isFree && isUntouched(value));
          if (!moves) {
            if (value.op === "check") isUnseen = isUnchecked = false;
            else if (hasEffect(value)) isUnseen = false;
            return true;
          }
          preheader.body.push(value);
          // Its line is not where it stands now: a debugger would stop before the loop and find nothing there.
          if (!isCheck) value.location = undefined;
          inside.delete(value);
          moved = true;
          return false;
        });
      }
    }
  }
}

/// The stores; undefined where something may write anywhere.
function writesIn({ blocks }: Loop): Value[] | undefined {
  const writes: Value[] = [];
  for (const { body } of blocks)
    for (const value of body) {
      if (mayWriteMemory(value)) return undefined;
      if (value.op === "store") writes.push(value);
    }
  return writes;
}
