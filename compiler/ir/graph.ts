// What passes ask of a control-flow graph: order, predecessors, dominators
// (Cooper, Harvey and Kennedy), natural loops. All of it is kept with the
// function until the next question finds that an edge has changed, which it
// looks for itself: nothing can be stale, and no pass need say what it changed.

import { entryOf, type Block, type Edge, type Func } from "./types.js";

export interface Loop {
  readonly header: Block;
  readonly blocks: Set<Block>;
}

export interface Predecessor {
  readonly from: Block;
  readonly edge: Edge;
}
/// The edges into each reachable block, from reachable ones.
export type Predecessors = ReadonlyMap<Block, readonly Predecessor[]>;

/// What is known of a function whose reachable blocks and edges are these.
class Graph {
  /// Of the reachable blocks in their order.
  private readonly edges: (readonly Edge[])[] = [];
  private readonly targets: Block[] = [];
  readonly order: readonly Block[];
  private foundPreds: Predecessors | undefined;
  private foundDominators: Dominators | undefined;

  constructor(fn: Func) {
    this.order = orderOf(fn);
    for (const { end } of this.order) {
      this.edges.push(end.edges);
      for (const { to } of end.edges) this.targets.push(to);
    }
  }

  isOf(fn: Func): boolean {
    const { order, edges, targets } = this;
    if (order[0] !== entryOf(fn)) return false;
    let at = 0;
    for (let index = 0; index < order.length; index++) {
      const { end } = order[index]!;
      if (end.edges !== edges[index]) return false;
      for (const { to } of end.edges) if (to !== targets[at++]) return false;
    }
    return true;
  }

  get preds(): Predecessors {
    return (this.foundPreds ??= predecessorsOf(this.order));
  }
  get dominators(): Dominators {
    return (this.foundDominators ??= new Dominators(this.order, this.preds));
  }
}

const graphs = new WeakMap<Func, Graph>();
/// What is known of the graph as it is now: what is taken from it stays as it was.
export function graphOf(fn: Func): Graph {
  const known = graphs.get(fn);
  if (known?.isOf(fn)) return known;
  const graph = new Graph(fn);
  graphs.set(fn, graph);
  return graph;
}

export const reversePostorder = (fn: Func): readonly Block[] => graphOf(fn).order;
export const predecessors = (fn: Func): Predecessors => graphOf(fn).preds;
export const dominatorsOf = (fn: Func): Dominators => graphOf(fn).dominators;

function orderOf(fn: Func): Block[] {
  /// By a block's number.
  const seen = new Uint8Array(fn.nextId);
  const order: Block[] = [];
  // A stack of its own: a long function would overflow the host's. Of each block on it, the edges that are left.
  const work: Block[] = [];
  const left: number[] = [];
  const enter = (block: Block) => {
    if (seen[block.id] === 1) return;
    seen[block.id] = 1;
    work.push(block);
    left.push(block.end.edges.length);
  };
  enter(entryOf(fn));
  while (work.length > 0) {
    const top = work.length - 1;
    if (left[top]! > 0) enter(work[top]!.end.edges[--left[top]!]!.to);
    else {
      order.push(work.pop()!);
      left.pop();
    }
  }
  return order.reverse();
}

function predecessorsOf(order: readonly Block[]): Predecessors {
  const found = new Map<Block, Predecessor[]>();
  for (const block of order) found.set(block, []);
  for (const from of order) for (const edge of from.end.edges) found.get(edge.to)!.push({ from, edge });
  return found;
}

/// The dominator tree of the reachable blocks.
export class Dominators {
  /// Reverse postorder.
  readonly order: readonly Block[];
  private readonly index: ReadonlyMap<Block, number>;
  private readonly parents: number[] = [0];
  /// A block dominates those whose numbers lie in its interval.
  private readonly first: number[] = [];
  private readonly last: number[] = [];

  constructor(order: readonly Block[], preds: Predecessors) {
    this.order = order;
    this.index = new Map(this.order.map((block, position) => [block, position]));
    this.findParents(preds);
    this.numberTree();
  }

  private findParents(preds: Predecessors): void {
    const incoming = this.order.map((block) => preds.get(block)!.map(({ from }) => this.positionOf(from)));
    for (let changed = true; changed; ) {
      changed = false;
      for (let position = 1; position < this.order.length; position++) {
        let next: number | undefined;
        for (const from of incoming[position]!)
          if (this.parents[from] !== undefined) next = next === undefined ? from : this.meet(next, from);
        if (next === undefined || this.parents[position] === next) continue;
        this.parents[position] = next;
        changed = true;
      }
    }
  }

  private meet(a: number, b: number): number {
    while (a !== b)
      if (a > b) a = this.parents[a] as number;
      else b = this.parents[b] as number;
    return a;
  }

  /// A parent comes before its children in the order, so sizes add up backwards and numbers go down forwards.
  private numberTree(): void {
    const sizes = this.order.map(() => 1);
    for (let position = this.order.length - 1; position > 0; position--)
      sizes[this.parents[position] as number]! += sizes[position] as number;
    const next: number[] = [1];
    this.first[0] = 0;
    this.last[0] = this.order.length;
    for (let position = 1; position < this.order.length; position++) {
      const parent = this.parents[position] as number;
      const start = next[parent] as number;
      next[parent] = start + (sizes[position] as number);
      this.first[position] = start;
      this.last[position] = next[parent];
      next[position] = start + 1;
    }
  }

  /// In the order; -1 where it is not reachable.
  positionOf(block: Block): number {
    return this.index.get(block) ?? -1;
  }

  /// The immediate dominator; the entry has none.
  parent(block: Block): Block | undefined {
    const position = this.positionOf(block);
    return position > 0 ? this.order[this.parents[position] as number] : undefined;
  }

  /// Whether every path to `below` goes through `above`, which may be the same block.
  dominates(above: Block, below: Block): boolean {
    const [a, b] = [this.positionOf(above), this.positionOf(below)];
    if (a < 0 || b < 0) return false;
    const number = this.first[b] as number;
    return number >= (this.first[a] as number) && number < (this.last[a] as number);
  }

  /// The lowest block that dominates both.
  nearestCommon(a: Block, b: Block): Block {
    return this.order[this.meet(this.positionOf(a), this.positionOf(b))] as Block;
  }
}

/// Natural loops, inner before outer.
export function findLoops(fn: Func): Loop[] {
  const { preds, dominators } = graphOf(fn);
  const loops = new Map<Block, Loop>();
  for (const block of dominators.order) {
    for (const { to } of block.end.edges) {
      if (!dominators.dominates(to, block)) continue;
      const loop = loops.get(to) ?? { header: to, blocks: new Set([to]) };
      loops.set(to, loop);
      const work = [block];
      for (let next = work.pop(); next; next = work.pop()) {
        if (loop.blocks.has(next)) continue;
        loop.blocks.add(next);
        for (const { from } of preds.get(next) ?? []) work.push(from);
      }
    }
  }
  return [...loops.values()].sort((a, b) => a.blocks.size - b.blocks.size);
}

/// How many loops each block is in; blocks in none are left out.
export function loopDepths(fn: Func): Map<Block, number> {
  const depths = new Map<Block, number>();
  for (const { blocks } of findLoops(fn)) for (const block of blocks) depths.set(block, (depths.get(block) ?? 0) + 1);
  return depths;
}
