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
/// The reachable blocks in reverse postorder.
class Order {
  readonly blocks: readonly Block[];
  /// By a block's number, counted from 1; 0 where it is not reachable.
  private readonly positions: Int32Array;

  constructor(fn: Func) {
    this.positions = new Int32Array(fn.nextId);
    this.blocks = this.walk(entryOf(fn)).reverse();
    for (let index = 0; index < this.blocks.length; index++) this.positions[this.blocks[index]!.id] = index + 1;
  }

  /// -1 where it is not reachable.
  positionOf({ id }: Block): number {
    return id < this.positions.length ? this.positions[id]! - 1 : -1;
  }

  /// In postorder.
  private walk(entry: Block): Block[] {
    const { positions } = this;
    const order: Block[] = [];
    // A stack of its own: a long function would overflow the host's. Of each block on it, the edges that are left.
    const work: Block[] = [entry];
    const left: number[] = [entry.end.edges.length];
    positions[entry.id] = 1;
    while (work.length > 0) {
      const top = work.length - 1;
      if (left[top]! === 0) {
        order.push(work.pop()!);
        left.pop();
        continue;
      }
      const { to } = work[top]!.end.edges[--left[top]!]!;
      if (positions[to.id] !== 0) continue;
      positions[to.id] = 1;
      work.push(to);
      left.push(to.end.edges.length);
    }
    return order;
  }
}

/// The edges into each reachable block, from reachable ones.
export class Predecessors {
  private readonly lists: (Predecessor[] | undefined)[];

  constructor(private readonly order: Order) {
    this.lists = new Array(order.blocks.length);
    for (const from of order.blocks)
      for (const edge of from.end.edges) {
        const position = order.positionOf(edge.to);
        const known = this.lists[position];
        // Most blocks have one: a list of it takes no more room than that.
        if (known) known.push({ from, edge });
        else this.lists[position] = [{ from, edge }];
      }
  }

  /// None of a block that is not reachable, or was made since.
  get(block: Block): readonly Predecessor[] {
    return this.lists[this.order.positionOf(block)] ?? none;
  }
}
const none: readonly Predecessor[] = [];

/// The dominator tree of the reachable blocks.
export class Dominators {
  /// Of each block in the order but the entry, the position of its immediate dominator.
  private readonly parents: Int32Array;
  /// A block dominates those whose numbers lie in its interval.
  private readonly first: Int32Array;
  private readonly last: Int32Array;

  constructor(
    private readonly known: Order,
    preds: Predecessors,
  ) {
    const count = known.blocks.length;
    this.parents = new Int32Array(count).fill(-1);
    this.parents[0] = 0;
    this.first = new Int32Array(count);
    this.last = new Int32Array(count);
    this.findParents(preds);
    this.numberTree();
  }

  /// Reverse postorder.
  get order(): readonly Block[] {
    return this.known.blocks;
  }

  private findParents(preds: Predecessors): void {
    const { order, parents } = this;
    for (let changed = true; changed; ) {
      changed = false;
      for (let position = 1; position < order.length; position++) {
        let next = -1;
        for (const { from } of preds.get(order[position]!)) {
          const other = this.positionOf(from);
          if (parents[other] !== -1) next = next === -1 ? other : this.meet(next, other);
        }
        if (next === -1 || parents[position] === next) continue;
        parents[position] = next;
        changed = true;
      }
    }
  }

  private meet(a: number, b: number): number {
    while (a !== b)
      if (a > b) a = this.parents[a]!;
      else b = this.parents[b]!;
    return a;
  }

  /// A parent comes before its children in the order, so sizes add up backwards and numbers go down forwards.
  private numberTree(): void {
    const { parents, first, last } = this;
    const sizes = new Int32Array(parents.length).fill(1);
    for (let position = parents.length - 1; position > 0; position--) sizes[parents[position]!]! += sizes[position]!;
    /// Of each block the number of its next child.
    const next = new Int32Array(parents.length);
    next[0] = 1;
    last[0] = parents.length;
    for (let position = 1; position < parents.length; position++) {
      const start = next[parents[position]!]!;
      const end = start + sizes[position]!;
      first[position] = start;
      last[position] = end;
      next[parents[position]!] = end;
      next[position] = start + 1;
    }
  }

  /// In the order; -1 where it is not reachable.
  positionOf(block: Block): number {
    return this.known.positionOf(block);
  }

  /// The immediate dominator; the entry has none.
  parent(block: Block): Block | undefined {
    const position = this.positionOf(block);
    return position > 0 ? this.order[this.parents[position]!] : undefined;
  }

  /// Whether every path to `below` goes through `above`, which may be the same block.
  dominates(above: Block, below: Block): boolean {
    const a = this.positionOf(above);
    const b = this.positionOf(below);
    if (a < 0 || b < 0) return false;
    const number = this.first[b]!;
    return number >= this.first[a]! && number < this.last[a]!;
  }

  /// The lowest block that dominates both.
  nearestCommon(a: Block, b: Block): Block {
    return this.order[this.meet(this.positionOf(a), this.positionOf(b))]!;
  }
}

/// What is known of a function whose reachable blocks and edges are these.
export class Graph {
  /// Of the reachable blocks in their order.
  private readonly edges: (readonly Edge[])[] = [];
  private readonly targets: Block[] = [];
  private readonly known: Order;
  private foundPreds: Predecessors | undefined;
  private foundDominators: Dominators | undefined;

  constructor(fn: Func) {
    this.known = new Order(fn);
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

  get order(): readonly Block[] {
    return this.known.blocks;
  }
  get preds(): Predecessors {
    return (this.foundPreds ??= new Predecessors(this.known));
  }
  get dominators(): Dominators {
    return (this.foundDominators ??= new Dominators(this.known, this.preds));
  }
  isReachable(block: Block): boolean {
    return this.known.positionOf(block) >= 0;
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

/// The edges into a block that do not come back to it.
export function entering(edges: readonly Predecessor[], block: Block, dominators: Dominators): readonly Predecessor[] {
  return edges.length === 1 ? edges : edges.filter(({ from }) => !dominators.dominates(block, from));
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
        for (const { from } of preds.get(next)) work.push(from);
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
