// Structure: the control-flow graph of a region as nested WebAssembly loops.
//
// Strongly connected components, in topological order, are a sequence through
// which control only moves forward; a component of several blocks is a loop.
// Inside a loop the edges back to its heads are cut, and what is left is
// taken apart in the same way. A loop with more than one head (irreducible
// code, or a return point inside) dispatches on a label where it begins.
//
// A region begins where code got hot, mostly the head of an inner loop. So the
// loops around that one come back to its head too, and all would be one loop,
// in whose every round V8 moves the registers that any of them changes. The
// smallest loop of a head is therefore a loop of its own inside the others.

import type { Block } from "./region.js";

export type Item = { readonly kind: "block"; readonly block: Block; readonly heads: readonly number[] } | Loop;

export interface Loop {
  readonly kind: "loop";
  readonly body: readonly Item[];
  readonly heads: readonly number[];
}

type Successors = (at: number) => readonly number[];

export function structure(blocks: ReadonlyMap<number, Block>, entries: readonly number[]): Item[] {
  const inRegion = new Map<number, readonly number[]>();
  for (const [at, block] of blocks) inRegion.set(at, block.successors.filter((to) => blocks.has(to)));
  return sequence([...blocks.keys()], entries, (at) => inRegion.get(at) ?? []);

  function sequence(nodes: readonly number[], entered: readonly number[], successors: Successors): Item[] {
    const found = components(nodes, successors);
    const componentOf = new Map<number, number>();
    found.forEach((component, index) => { for (const at of component) componentOf.set(at, index); });
    // What is jumped to from another component, or from outside, is a head.
    const heads = new Set(entered);
    for (const at of nodes) for (const to of successors(at)) if (componentOf.get(to) !== componentOf.get(at)) heads.add(to);

    return found.map((component, index) => {
      const [only] = component as [number];
      if (component.length === 1 && !successors(only).includes(only)) return { kind: "block", block: blocks.get(only) as Block, heads: [only] };
      const own = component.filter((at) => heads.has(at));
      const inside = (at: number) => successors(at).filter((to) => componentOf.get(to) === index);
      const inner = own.length === 1 ? smallestLoop(own[0] as number, component, inside) : undefined;
      const forward = new Map(component.map((at) => [at, inside(at).filter((to) => !own.includes(to) || inner?.has(at))]));
      return { kind: "loop", body: sequence(component, own, (at) => forward.get(at) ?? []), heads: own };
    });
  }
}

/// Of the natural loops of a head's back edges the one with the fewest blocks, where there is a larger one.
function smallestLoop(head: number, component: readonly number[], successors: Successors): ReadonlySet<number> | undefined {
  const predecessors = new Map<number, number[]>(component.map((at) => [at, []]));
  for (const at of component) for (const to of successors(at)) predecessors.get(to)?.push(at);
  const loops = (predecessors.get(head) ?? []).map((from) => {
    const loop = new Set([head, from]);
    for (const at of loop) if (at !== head) for (const before of predecessors.get(at) ?? []) loop.add(before);
    return loop;
  });
  const smallest = loops.reduce((least, loop) => (loop.size < least.size ? loop : least));
  return smallest.size < component.length ? smallest : undefined;
}

/// Strongly connected components in topological order (Tarjan's algorithm).
function components(nodes: readonly number[], successors: Successors): number[][] {
  const inside = new Set(nodes);
  const order = new Map<number, number>();
  const stack: number[] = [], onStack = new Set<number>(), found: number[][] = [];
  const visit = (at: number): number => {
    const own = order.size;
    let lowest = own;
    order.set(at, own);
    stack.push(at);
    onStack.add(at);
    for (const to of successors(at)) {
      if (!inside.has(to)) continue;
      if (!order.has(to)) lowest = Math.min(lowest, visit(to));
      else if (onStack.has(to)) lowest = Math.min(lowest, order.get(to) as number);
    }
    if (lowest === own) {
      const component = stack.splice(stack.indexOf(at));
      for (const member of component) onStack.delete(member);
      found.push(component);
    }
    return lowest;
  };
  for (const at of nodes) if (!order.has(at)) visit(at);
  return found.reverse();
}
