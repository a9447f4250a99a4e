// What is computed from one value, and needed only further down, is computed when that value has been used for the
// last time: `next = i + 1` at the top of a loop's body would need a register beside i's, and a move into it at the
// bottom. The same for `while (n-- > 0)`, whose test asks for the old n when the new one is there: it asks for the new.
//
// The last of the passes, for the back end keeps this order.

import { operationOf, wrap } from "../ir/ops.js";
import { newConst, newValue, usesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

export function sink(fn: Func): void {
  for (const block of fn.blocks) testNext(fn, block);
  const first = new Int32Array(fn.nextId);
  const last = new Int32Array(fn.nextId);
  for (const block of fn.blocks) sinkWithin(block, first, last);
}

/// The register that it is computed from, where it is one.
function sourceOf({ op, args }: Value): Value | undefined {
  const sources = args.filter((arg) => arg.op !== "const");
  return operationOf(op) && sources.length === 1 ? sources[0] : undefined;
}

/// Scratch, by a value's number: the positions at which the block uses it first and last, where it does.
function sinkWithin(block: Block, first: Int32Array, last: Int32Array): void {
  const { body } = block;
  for (const { id } of body) first[id] = body.length;
  for (let index = body.length - 1; index >= 0; index--) for (const { id } of body[index]!.args) first[id] = index;
  body.forEach(({ args }, index) => {
    for (const { id } of args) last[id] = index;
  });
  /// Behind each position.
  const sunk = new Map<number, Value[]>();
  body.forEach((value, index) => {
    const source = sourceOf(value);
    if (!source) return;
    const until = last[source.id]!;
    if (until === index || first[value.id]! <= until) return;
    const there = sunk.get(until);
    if (there) there.push(value);
    else sunk.set(until, [value]);
  });
  if (sunk.size === 0) return;
  const moved = new Set([...sunk.values()].flat());
  block.body = body.flatMap((value, index) => [...(moved.has(value) ? [] : [value]), ...(sunk.get(index) ?? [])]);
}

/// `x !== c`, where x + k goes on and x does not, becomes `x + k !== c + k`.
function testNext(fn: Func, { body, end }: Block): void {
  if (end.kind !== "branch") return;
  const { op, type, args: [old, bound], location } = end.condition;
  if ((op !== "eq" && op !== "ne") || bound?.op !== "const" || !old?.type) return;
  const used = usesOfEnd(end);
  if (used.includes(old) || !body.includes(end.condition)) return;
  const next = body.find((value) => value.op === "add" && value.args[0] === old && value.args[1]?.op === "const" && used.includes(value));
  if (!next || !isUsedOnlyIn(body, fn, end.condition, old)) return;
  const shifted = newConst(fn, old.type, wrap(old.type, bound.imm + next.args[1]!.imm));
  const test = newValue(fn, op, type, [next, shifted], { location });
  body.splice(body.indexOf(end.condition), 1);
  body.push(shifted, test);
  end.condition = test;
}

/// Whether no other block uses them.
function isUsedOnlyIn(home: readonly Value[], { blocks }: Func, ...values: readonly Value[]): boolean {
  const isOne = (value: Value) => values.includes(value);
  return blocks.every(({ body, end }) => body === home || !(body.some(({ args }) => args.some(isOne)) || usesOfEnd(end).some(isOne)));
}
