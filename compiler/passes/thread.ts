// Jump threading: an edge that brings a constant to a block which only tests
// it knows where the block goes. The block is copied for that edge, and folding
// the copy leaves the jump. This is how `lookup(…) === null` costs nothing
// where an inlined lookup has just returned null.

import { Dominators, predecessors } from "../ir/graph.js";
import { evaluateOp, operationOf, type PureOp } from "../ir/ops.js";
import type { Block, Edge, Func, Value } from "../ir/types.js";
import { cloneBlocks } from "./clone.js";
import { simplifyCfg } from "./simplify-cfg.js";
import { repairSsa } from "./ssa-repair.js";

/// Values in a block that is worth a copy.
const LONGEST = 4;

/// Rounds in one function: each sees the graph that the one before has left.
const MOST_ROUNDS = 32;

export function thread(fn: Func): void {
  for (let round = 0; round < MOST_ROUNDS && threadOnce(fn); round++) simplifyCfg(fn);
}

/// Copies for blocks that have no neighbour among those that were changed already; false where there was none.
function threadOnce(fn: Func): boolean {
  const preds = predecessors(fn);
  const dominators = new Dominators(fn, preds);
  const changed = new Set<Block>();
  for (const block of dominators.order) {
    if (!isShortTest(block)) continue;
    const edges = preds.get(block) ?? [];
    // A loop's header stays one block: rotation deals with it.
    if (edges.length < 2 || edges.some(({ from }) => dominators.dominates(block, from))) continue;
    const near = [block, ...edges.map(({ from }) => from), ...block.end.edges.map(({ to }) => to)];
    if (near.some((other) => changed.has(other))) continue;
    for (const side of [0, 1]) {
      const same = edges.map(({ edge }) => edge).filter((edge) => sideAt(block, edge) === side);
      if (same.length === 0) continue;
      if (same.length === edges.length) block.end = { kind: "jump", edges: [block.end.edges[side]!] };
      else copyFor(fn, block, same, side);
      for (const other of near) changed.add(other);
      break;
    }
  }
  return changed.size > 0;
}

function isShortTest({ body, end, params }: Block): boolean {
  const values = body.filter(({ op }) => op !== "const");
  return (
    end.kind === "branch" &&
    end.condition.op !== "const" &&
    params.length > 0 &&
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

function copyFor(fn: Func, block: Block, edges: readonly Edge[], side: number): void {
  const { blocks, values } = cloneBlocks([block], fn);
  const copy = blocks.get(block)!;
  copy.end = { kind: "jump", edges: [copy.end.edges[side]!] };
  for (const edge of edges) edge.to = copy;
  const defined = [...block.params, ...block.body].filter(({ type, op }) => type && op !== "const");
  repairSsa(fn, new Map(defined.map((value) => [value, new Map([[block, value], [copy, values.get(value)!]])])));
}
