// Structure: the control-flow graph of a region as nested WebAssembly loops.
//
// Strongly connected components, in topological order, are a sequence through
// which control only moves forward; a component of several blocks is a loop.
// Inside a loop the edges back to its heads are cut, and what is left is
// taken apart in the same way. A loop with more than one head (irreducible
// code, or a return point inside) dispatches on a label where it begins.

import type { Block } from "./region.js";

export type Item =
  | { readonly kind: "block"; readonly block: Block; readonly heads: readonly number[] }
  | { readonly kind: "loop"; readonly body: readonly Item[]; readonly heads: readonly number[] };

type Successors = (pc: number) => readonly number[];

export function structure(blocks: ReadonlyMap<number, Block>, entries: readonly number[]): Item[] {
  const successors: Successors = (pc) => (blocks.get(pc)?.successors ?? []).filter((to) => blocks.has(to));
  return sequence(new Set(blocks.keys()), entries, successors);

  function sequence(nodes: ReadonlySet<number>, entered: readonly number[], successors: Successors): Item[] {
    return components(nodes, successors).map((component) => {
      const [only] = component as [number];
      if (component.length === 1 && !successors(only).includes(only)) {
        return { kind: "block", block: blocks.get(only) as Block, heads: [only] };
      }
      const inside = new Set(component);
      const fromOutside = [...nodes].filter((pc) => !inside.has(pc)).flatMap(successors);
      const heads = [...new Set([...entered, ...fromOutside])].filter((pc) => inside.has(pc));
      const forward: Successors = (pc) => successors(pc).filter((to) => inside.has(to) && !heads.includes(to));
      return { kind: "loop", body: sequence(inside, heads, forward), heads };
    });
  }
}

/// Strongly connected components in topological order (Tarjan's algorithm).
function components(nodes: ReadonlySet<number>, successors: Successors): number[][] {
  const order = new Map<number, number>();
  const stack: number[] = [], onStack = new Set<number>(), found: number[][] = [];
  const visit = (pc: number): number => {
    let lowest = order.size;
    order.set(pc, lowest);
    stack.push(pc);
    onStack.add(pc);
    for (const to of successors(pc)) {
      if (!nodes.has(to)) continue;
      if (!order.has(to)) lowest = Math.min(lowest, visit(to));
      else if (onStack.has(to)) lowest = Math.min(lowest, order.get(to) as number);
    }
    if (lowest === order.get(pc)) {
      const component = stack.splice(stack.indexOf(pc));
      for (const member of component) onStack.delete(member);
      found.push(component);
    }
    return lowest;
  };
  for (const pc of nodes) if (!order.has(pc)) visit(pc);
  return found.reverse();
}
