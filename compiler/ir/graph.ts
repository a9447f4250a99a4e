// What passes ask of a control-flow graph: order, predecessors, dominators
// (Cooper, Harvey and Kennedy), natural loops. Computed anew by each pass that
// asks, so nothing can be stale.

import { entryOf, type Block, type Edge, type Func } from "./types.js";

export interface Loop {
  readonly header: Block;
  readonly blocks: Set<Block>;
  parent: Loop | undefined;
}

export function reversePostorder(fn: Func): Block[] {
  const seen = new Set<Block>();
  const order: Block[] = [];
  const visit = (block: Block) => {
    if (seen.has(block)) return;
    seen.add(block);
    for (let index = block.end.edges.length - 1; index >= 0; index--) visit((block.end.edges[index] as Edge).to);
    order.push(block);
  };
  visit(entryOf(fn));
  return order.reverse();
}

export interface Predecessor {
  readonly from: Block;
  readonly edge: Edge;
}

/// The edges into each reachable block.
export function predecessors(fn: Func): Map<Block, Predecessor[]> {
  const found = new Map<Block, Predecessor[]>(fn.blocks.map((block) => [block, []]));
  for (const from of reversePostorder(fn)) for (const edge of from.end.edges) found.get(edge.to)?.push({ from, edge });
  return found;
}

/// Immediate dominators; the entry has none.
export function immediateDominators(fn: Func): Map<Block, Block> {
  const order = reversePostorder(fn);
  const index = new Map(order.map((block, position) => [block, position]));
  const preds = predecessors(fn);
  const idom: number[] = [0];
  const meet = (a: number, b: number) => {
    while (a !== b)
      if (a > b) a = idom[a] as number;
      else b = idom[b] as number;
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let position = 1; position < order.length; position++) {
      const known = (preds.get(order[position] as Block) ?? [])
        .map(({ from }) => index.get(from) as number)
        .filter((from) => idom[from] !== undefined);
      const next = known.reduce(meet);
      if (idom[position] !== next) changed = true;
      idom[position] = next;
    }
  }
  return new Map(order.slice(1).map((block, position) => [block, order[idom[position + 1] as number] as Block]));
}

export function dominates(idom: ReadonlyMap<Block, Block>, above: Block, below: Block): boolean {
  for (let block: Block | undefined = below; block; block = idom.get(block)) if (block === above) return true;
  return false;
}

/// Natural loops, inner before outer.
export function findLoops(fn: Func): Loop[] {
  const idom = immediateDominators(fn);
  const preds = predecessors(fn);
  const loops = new Map<Block, Loop>();
  for (const block of reversePostorder(fn)) {
    for (const { to } of block.end.edges) {
      if (!dominates(idom, to, block)) continue;
      const loop = loops.get(to) ?? { header: to, blocks: new Set([to]), parent: undefined };
      loops.set(to, loop);
      const work = [block];
      for (let next = work.pop(); next; next = work.pop()) {
        if (loop.blocks.has(next)) continue;
        loop.blocks.add(next);
        work.push(...(preds.get(next) ?? []).map(({ from }) => from));
      }
    }
  }
  const inner = [...loops.values()].sort((a, b) => a.blocks.size - b.blocks.size);
  for (const loop of inner)
    loop.parent = inner.find(
      (other) => other !== loop && other.blocks.size > loop.blocks.size && other.blocks.has(loop.header),
    );
  return inner;
}

/// How many loops each block is in.
export function loopDepths(fn: Func): Map<Block, number> {
  const loops = findLoops(fn);
  return new Map(fn.blocks.map((block) => [block, loops.filter((loop) => loop.blocks.has(block)).length]));
}
