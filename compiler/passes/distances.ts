// Constant distances leave an address's index for the access: `p[i + 1]`, at p + (i + 1 << 3), is the access at
// (p + (i << 3)) + 8, so that neighbours share one address. A sum that goes round a loop is what the loop counts, and
// stays whole. What lies too far for an access's offset is reached from the nearest 4 KiB, which neighbours share too.

import { predecessors } from "../ir/graph.js";
import { newConst, newValue, type Func, type Op, type Value } from "../ir/types.js";

export function splitDistances(fn: Func): void {
  const passedOn = new Set([...predecessors(fn).values()].flat().flatMap(({ edge }) => edge.args));
  for (const block of fn.blocks) {
    block.body = block.body.flatMap((access) => {
      if (access.op !== "load" && access.op !== "store") return [access];
      const made: Value[] = [];
      const emit = (value: Value) => (made.push(value), value);
      const found = split(fn, access.args[0]!, passedOn, emit);
      if (found && isNear(access.imm + found.distance)) {
        access.args[0] = found.base;
        access.imm += found.distance;
        return [...made, access];
      }
      return [...reach(fn, access), access];
    });
  }
}

/// What is computed before an access that is far from its address. A slot's place is known to the frame alone.
function reach(fn: Func, access: Value): Value[] {
  const [address] = access.args as [Value];
  if (isNear(access.imm) || address.op === "slot") return [];
  const near = BigInt.asIntN(12, access.imm);
  const far = newConst(fn, "i64", access.imm - near);
  const base = newValue(fn, "add", "i64", [address, far], { location: access.location });
  access.args[0] = base;
  access.imm = near;
  return [far, base];
}

/// Fits a load's 12-bit offset.
const isNear = (offset: bigint) => BigInt.asIntN(12, offset) === offset;

function split(fn: Func, { op, args }: Value, passedOn: ReadonlySet<Value>, emit: (value: Value) => Value): { base: Value; distance: bigint } | undefined {
  const [left, right] = args;
  if (op !== "add" || !left || !right) return undefined;
  const make = (op: Op, ...args: Value[]) => emit(newValue(fn, op, "i64", args));
  for (const [other, index] of [[left, right], [right, left]] as const) {
    const shift = index.op === "shl" && index.args[1]?.op === "const" ? index.args[1] : undefined;
    const sum = shift ? index.args[0]! : index;
    const [part, distance] = sum.args;
    if (sum.op !== "add" || !part || distance?.op !== "const" || passedOn.has(sum)) continue;
    const moved = shift ? make("shl", part, shift) : part;
    return { base: index === right ? make("add", other, moved) : make("add", moved, other), distance: distance.imm << (shift?.imm ?? 0n) };
  }
  return undefined;
}
