// Store-to-load forwarding and repeated loads, along single-predecessor paths.
// Two accesses are apart if they have different objects as their roots,
// or the same address and offsets that do not overlap. A volatile access is
// neither forwarded nor forwarded from.

import { graphOf } from "../ir/graph.js";
import { mayWriteMemory, memoryBytes, replace, resolveUses, type Block, type Func, type Value } from "../ir/types.js";

interface Known {
  readonly access: Value;
  readonly value: Value;
}

/// Accesses that are remembered: more would cost time and find little.
const MOST_KNOWN = 64;

/// False where every load stays.
export function forwardMemory(fn: Func): boolean {
  const { preds, order } = graphOf(fn);
  const atEnd = new Map<Block, Known[]>();
  let isChanged = false;
  for (const block of order) {
    const [only, ...more] = preds.get(block);
    let known = only && more.length === 0 ? [...(atEnd.get(only.from) ?? [])] : [];
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

function areApart(a: Value, b: Value): boolean {
  const [rootA, rootB] = [rootOf(a.args[0]!), rootOf(b.args[0]!)];
  const isObject = ({ op }: Value) => op === "global" || op === "slot";
  if (isObject(rootA) && isObject(rootB) && rootA.symbol !== rootB.symbol) return true;
  if (a.args[0] !== b.args[0]) return false;
  return a.imm + BigInt(memoryBytes[a.memory]) <= b.imm || b.imm + BigInt(memoryBytes[b.memory]) <= a.imm;
}

/// What an address is counted from: the pointer side of its sums is the left one.
function rootOf(address: Value): Value {
  while (address.op === "add") address = address.args[0]!;
  return address;
}
