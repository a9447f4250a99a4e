// What is computed from one value, and needed only further down, is computed when that value has been used for the
// last time: `next = i + 1` at the top of a loop's body would need a register beside i's, and a move into it at the
// bottom. The same for `while (n-- > 0)`, whose test asks for the old n when the new one is there: it asks for the new.
//
// The last of the passes, for the back end keeps this order.

import { operationOf, wrap } from "../ir/ops.js";
import { newConst, newValue, usesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

export function sink(fn: Func): void {
  const homes = new Map<Value, Set<Block>>();
  for (const block of fn.blocks)
    for (const used of [...block.body.flatMap(({ args }) => args), ...usesOfEnd(block.end)]) {
      const known = homes.get(used);
      if (known) known.add(block);
      else homes.set(used, new Set([block]));
    }
  for (const block of fn.blocks) {
    testNext(fn, block, (value) => homes.get(value)!.size === 1);
    sinkWithin(block);
  }
}

/// The register that it is computed from, where it is one.
function sourceOf({ op, args }: Value): Value | undefined {
  const sources = args.filter((arg) => arg.op !== "const");
  return operationOf(op) && sources.length === 1 ? sources[0] : undefined;
}

function sinkWithin(block: Block): void {
  const { body } = block;
  const first = new Map<Value, number>();
  const last = new Map<Value, number>();
  body.forEach(({ args }, index) => {
    for (const arg of args) {
      if (!first.has(arg)) first.set(arg, index);
      last.set(arg, index);
    }
  });
  /// Behind each position.
  const sunk = new Map<number, Value[]>();
  body.forEach((value, index) => {
    const source = sourceOf(value);
    const until = source && last.get(source)!;
    if (until === undefined || until === index || (first.get(value) ?? Infinity) <= until) return;
    const there = sunk.get(until);
    if (there) there.push(value);
    else sunk.set(until, [value]);
  });
  if (sunk.size === 0) return;
  const moved = new Set([...sunk.values()].flat());
  block.body = body.flatMap((value, index) => [...(moved.has(value) ? [] : [value]), ...(sunk.get(index) ?? [])]);
}

/// `x !== c`, where x + k goes on and x does not, becomes `x + k !== c + k`.
function testNext(fn: Func, { body, end }: Block, isLocal: (value: Value) => boolean): void {
  if (end.kind !== "branch") return;
  const { op, type, args: [old, bound], location } = end.condition;
  const used = usesOfEnd(end);
  if ((op !== "eq" && op !== "ne") || bound?.op !== "const" || !old?.type || used.includes(old)) return;
  if (!body.includes(end.condition) || !isLocal(end.condition) || !isLocal(old)) return;
  const next = body.find((value) => value.op === "add" && value.args[0] === old && value.args[1]?.op === "const" && used.includes(value));
  if (!next) return;
  const shifted = newConst(fn, old.type, wrap(old.type, bound.imm + next.args[1]!.imm));
  const test = newValue(fn, op, type, [next, shifted], { location });
  body.splice(body.indexOf(end.condition), 1);
  body.push(shifted, test);
  end.condition = test;
}
