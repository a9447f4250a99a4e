// Jump threading: an edge that brings a constant to a block which only tests
// it knows where the block goes. The block is copied for that edge, and folding
// the copy leaves the jump. This is how `lookup(…) === null` costs nothing
// where an inlined lookup has just returned null. The same for a test that was
// made on the way already: the `p` in `while (p && …) …; if (p) …`.

import { graphOf, type Predecessor, type Predecessors } from "../ir/graph.js";
import { evaluateOp, operationOf, type PureOp } from "../ir/ops.js";
import type { Block, Edge, Func, Value } from "../ir/types.js";
import { cloneBlocks } from "./clone.js";
import { dce } from "./dce.js";
import { simplifyCfg } from "./simplify-cfg.js";
import { repairSsa } from "./ssa-repair.js";

/// Values in a block that is worth a copy.
const LONGEST = 6;

/// Blocks that are looked back for a branch on the same condition.
const FURTHEST = 8;

/// Rounds in one function: each sees the graph that the one before has left.
const MOST_ROUNDS = 32;

/// False where no edge knows its way.
export function thread(fn: Func): boolean {
  let round = 0;
  for (; round < MOST_ROUNDS && threadOnce(fn); round++) {
    // A copy that needs its test no more is empty, and the next round sees past it.
    dce(fn);
    simplifyCfg(fn);
  }
  return round > 0;
}

/// Copies for blocks that have no neighbour among those that were changed already; false where there was none.
function threadOnce(fn: Func): boolean {
  const { preds, dominators } = graphOf(fn);
  const changed = new Set<Block>();
  for (const block of dominators.order) {
    if (!isShortTest(block)) continue;
    // A way that an earlier copy has cut off has no arguments for the parameters that came with the copy.
    const edges = preds.get(block).filter(({ edge }) => edge.args.length === block.params.length);
    // A loop's header stays one block: rotation deals with it.
    if (edges.length === 0 || edges.some(({ from }) => dominators.dominates(block, from))) continue;
    const near = [block, ...edges.map(({ from }) => from), ...block.end.edges.map(({ to }) => to)];
    if (near.some((other) => changed.has(other))) continue;
    for (const side of [0, 1]) {
      const same = edges.filter((pred) => (sideAt(block, pred.edge) ?? sideBefore(block, pred, preds)) === side).map(({ edge }) => edge);
      if (same.length === 0) continue;
      if (same.length === edges.length) block.end = { kind: "jump", edges: [block.end.edges[side]!] };
      else copyFor(fn, block, same, side);
      for (const other of near) changed.add(other);
      break;
    }
  }
  return changed.size > 0;
}

function isShortTest({ body, end }: Block): boolean {
  const values = body.filter(({ op }) => op !== "const");
  return (
    end.kind === "branch" &&
    end.condition.op !== "const" &&
    values.length <= LONGEST &&
    values.every(({ op }) => operationOf(op) || op === "global" || op === "slot" || op === "register")
  );
}

/// Which of its edges the block takes when it is entered by this one, where that is known.
function sideAt({ params, body, end }: Block, { args }: Edge): number | undefined {
  const known = new Map<Value, bigint | undefined>();
  const constantOf = (value: Value): bigint | undefined => {
    if (value.op === "const") return value.imm;
    return known.get(value);
  };
  params.forEach((param, index) => known.set(param, constantOf(args[index]!)));
  for (const value of body) {
    if (!operationOf(value.op)) continue;
    const [a, b] = value.args.map(constantOf);
    if (a === undefined || (value.args.length > 1 && b === undefined)) continue;
    known.set(value, evaluateOp(value.op as PureOp, value.args[0]!.type!, value.type!, a, b ?? 0n));
  }
  const condition = end.kind === "branch" ? constantOf(end.condition) : undefined;
  return condition === undefined ? undefined : condition === 0n ? 1 : 0;
}

/// As a branch on the same condition decided, on the only way that led to this edge.
function sideBefore({ end }: Block, { from, edge }: Predecessor, preds: Predecessors): number | undefined {
  if (end.kind !== "branch") return undefined;
  for (let steps = 0; steps < FURTHEST; steps++) {
    if (from.end.kind === "branch" && from.end.condition === end.condition) return from.end.edges.indexOf(edge);
    const [only, ...more] = preds.get(from);
    if (!only || more.length > 0) return undefined;
    ({ from, edge } = only);
  }
  return undefined;
}

function copyFor(fn: Func, block: Block, edges: readonly Edge[], side: number): void {
  const { blocks, values } = cloneBlocks([block], fn);
  const copy = blocks.get(block)!;
  copy.end = { kind: "jump", edges: [copy.end.edges[side]!] };
  for (const edge of edges) edge.to = copy;
  const defined = [...values].filter(([{ type, op }]) => type && op !== "const");
  repairSsa(fn, [{ block, copy, values: new Map(defined) }]);
}
