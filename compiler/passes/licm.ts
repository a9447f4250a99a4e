// Loop-invariant code motion, inner loops first. What has no effect and cannot
// trap moves to the preheader; after rotation that is where the loop is known
// to run. A check moves that nothing in the first turn comes before which anyone
// could see, and a load that comes after no check which stays and that no write in the loop touches.

import { findLoops } from "../ir/graph.js";
import { operationOf } from "../ir/ops.js";
import { hasEffect, type Func, type Value } from "../ir/types.js";
import { apartIn, type AreApart, writesIn } from "./apart.js";
import { valuesIn } from "./induction.js";
import { makePreheaders } from "./preheader.js";

const isPure = ({ op }: Value) => operationOf(op) || op === "const" || op === "global" || op === "slot" || op === "register";

export function licm(fn: Func): void {
  const loops = findLoops(fn);
  const preheaders = makePreheaders(fn, loops);
  let known: AreApart | undefined;
  const areApart: AreApart = (a, b) => (known ??= apartIn(fn))(a, b);
  for (const [loop, preheader] of preheaders) {
    const inside = valuesIn(loop);
    const writes = writesIn(loop);
    const isUntouched = (load: Value) => !load.volatile && writes !== undefined && writes.every((write) => areApart(load, write));
    for (let moved = true; moved; ) {
      moved = false;
      for (const block of loop.blocks) {
        // Of the first turn: nobody could tell yet that it has begun; no check could end it.
        let [isUnseen, isUnchecked] = [block === loop.header, block === loop.header];
        block.body = block.body.filter((value) => {
          const isFree = value.args.every((arg) => !inside.has(arg));
          const isCheck = value.op === "check" && isUnseen;
          const moves = isFree && (isCheck || isPure(value) || (value.op === "load" && isUnchecked && isUntouched(value)));
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
