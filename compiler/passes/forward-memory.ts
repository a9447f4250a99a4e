// Store-to-load forwarding and repeated loads. What is known where ways meet is what is known on each of them, and
// round a loop what was known before it and nothing in it touches. A volatile access is neither forwarded nor
// forwarded from.

import { entering, findLoops, graphOf, type Loop } from "../ir/graph.js";
import { mayWriteMemory, memoryBytes, replace, resolveUses, type Block, type Func, type Value } from "../ir/types.js";
import { apartIn, type AreApart, writesIn } from "./apart.js";

interface Known {
  readonly access: Value;
  readonly value: Value;
}

/// Accesses that are remembered: more would cost time and find little.
const MOST_KNOWN = 64;

/// False where every load stays.
export function forwardMemory(fn: Func): boolean {
  const { preds, order, dominators } = graphOf(fn);
  const areApart = apartIn(fn);
  const loops = new Map(findLoops(fn).map((loop) => [loop.header, loop]));
  const atEnd = new Map<Block, Known[]>();
  let isChanged = false;

  /// What is known where a block begins.
  const atStart = (block: Block): Known[] => {
    const loop = loops.get(block);
    const edges = loop ? entering(preds.get(block), block, dominators) : preds.get(block);
    const [first, ...others] = edges.map(({ from }) => atEnd.get(from) ?? []);
    if (!first || first.length === 0) return [];
    const everywhere = others.length === 0 ? [...first] : first.filter((one) => others.every((other) => other.includes(one)));
    return loop && everywhere.length > 0 ? outlasting(everywhere, loop, areApart) : everywhere;
  };

  for (const block of order) {
    let known = atStart(block);
    block.body = block.body.filter((access) => {
      if (mayWriteMemory(access)) known = [];
      if (access.op === "store") {
        known = known.filter((other) => areApart(other.access, access));
        // A narrow store does not keep all of its value.
        if (!access.volatile && memoryBytes[access.memory] >= 4)
          known.push({ access, value: access.args[1]! });
      }
      if (known.length > MOST_KNOWN) known.shift();
      if (access.op !== "load" || access.volatile) return true;
      const same = known.find(
        (other) =>
          other.access.args[0] === access.args[0] &&
          other.access.imm === access.imm &&
          other.access.memory === access.memory &&
          other.value.type === access.type,
      );
      if (same) {
        replace(access, same.value);
        isChanged = true;
      } else known.push({ access, value: access });
      return !same;
    });
    atEnd.set(block, known);
  }
  if (isChanged) resolveUses(fn);
  return isChanged;
}

/// What nothing in the loop touches.
function outlasting(known: readonly Known[], loop: Loop, areApart: AreApart): Known[] {
  const writes = writesIn(loop);
  return writes ? known.filter(({ access }) => writes.every((write) => areApart(access, write))) : [];
}
