// Basic induction variables: header parameters that grow by the same amount in
// each iteration, and the range of those whose first value, step and bound are
// constants. Shared by strength reduction and check elimination.

import type { Dominators, Loop, Predecessors } from "../ir/graph.js";
import type { Block, Edge, Func, Value } from "../ir/types.js";

export interface Induction {
  readonly param: Value;
  readonly initial: Value;
  readonly next: Value;
  readonly step: Value;
}

export interface CountedLoop {
  readonly loop: Loop;
  readonly preheader: Block;
  readonly entry: Edge;
  readonly back: Edge;
  readonly latch: Block;
  readonly inside: ReadonlySet<Value>;
  readonly variables: Induction[];
  /// Of the function.
  readonly preds: Predecessors;
  readonly dominators: Dominators;
}

/// A loop with one way in and one way back; undefined for any other.
export function countedLoop(loop: Loop, preds: Predecessors, dominators: Dominators): CountedLoop | undefined {
  const edges = preds.get(loop.header);
  const [entry, back] = [
    edges.find(({ from }) => !loop.blocks.has(from)),
    edges.find(({ from }) => loop.blocks.has(from)),
  ];
  if (edges.length !== 2 || !entry || !back || entry.from.end.kind !== "jump") return undefined;
  const inside = valuesIn(loop);
  const variables = loop.header.params.flatMap((param, index): Induction[] => {
    const [initial, next] = [entry.edge.args[index]!, back.edge.args[index]!];
    const [left, step] = next.args;
    return next.op === "add" && left === param && step && !inside.has(step) ? [{ param, initial, next, step }] : [];
  });
  return { loop, preheader: entry.from, entry: entry.edge, back: back.edge, latch: back.from, inside, variables, preds, dominators };
}

/// What is defined in a loop.
export function valuesIn({ blocks }: Loop): Set<Value> {
  const inside = new Set<Value>();
  for (const { params, body } of blocks) {
    for (const param of params) inside.add(param);
    for (const value of body) inside.add(value);
  }
  return inside;
}

export interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/// The test at the bottom of a rotated loop, `next < bound`, where it has one.
export function bottomTest(
  { latch, loop }: CountedLoop,
  { next }: Induction,
): { condition: Value; bound: Value } | undefined {
  const { end } = latch;
  if (end.kind !== "branch" || end.edges[0].to !== loop.header) return undefined;
  const {
    op,
    args: [left, bound],
  } = end.condition;
  return (op === "lts" || op === "ltu") && left === next && bound ? { condition: end.condition, bound } : undefined;
}

/// What the variable is between, in the loop's body.
export function rangeOf(loop: CountedLoop, variable: Induction): Range | undefined {
  const bound = bottomTest(loop, variable)?.bound;
  const { initial, step } = variable;
  if (bound?.op !== "const" || initial.op !== "const" || step.op !== "const") return undefined;
  const counts = step.imm > 0n && initial.imm >= 0n && initial.imm < bound.imm && bound.imm + step.imm < 1n << 31n;
  return counts ? { low: initial.imm, high: bound.imm - 1n } : undefined;
}

/// The loop is entered only where its test holds for the first value.
export function isGuarded(fn: Func, loop: CountedLoop, { initial }: Pick<Induction, "initial">, { condition, bound }: { condition: Value; bound: Value }): boolean {
  const isTest = ({ op, args }: Value) =>
    (op === condition.op && args[0] === initial && args[1] === bound) ||
    // 0 < x is x !== 0.
    (condition.op === "ltu" && initial.op === "const" && initial.imm === 0n && op === "ne" && args[0] === bound && args[1]?.op === "const" && args[1].imm === 0n);
  return fn.blocks.some(({ end }) => end.kind === "branch" && isTest(end.condition) && loop.dominators.dominates(end.edges[0].to, loop.preheader));
}
