// Coalescing: the two sides of a move share a register where that cannot make
// the graph harder to colour (Briggs' test; George's for a machine register).

import type { Graph } from "./interference.js";
import { isVirtual } from "./machine.js";

/// Merges nodes of the graph in place. The result names a node's representative.
export function coalesce(graph: Graph, coloursOf: (node: number) => number, isGiven: (machine: number) => boolean): (node: number) => number {
  const { degrees, moves } = graph;
  const merged = new Int32Array(graph.size).fill(-1);
  const find = (node: number): number => {
    for (let next = merged[node]!; next >= 0; next = merged[node]!) node = next;
    return node;
  };
  const isHard = (node: number) => !isVirtual(node) || degrees[node]! >= coloursOf(node);
  const isSafe = (a: number, b: number) => {
    if (!isVirtual(a)) return isGiven(a) && graph.neighboursOf(b).every((other) => !isVirtual(other) || !isHard(other) || graph.interferes(a, other));
    const most = coloursOf(a);
    let hard = 0;
    for (const other of graph.neighboursOfBoth(a, b)) if (isHard(other) && ++hard >= most) return false;
    return true;
  };
  for (const { to, from } of moves) {
    const [one, other] = [find(to), find(from)];
    const [a, b] = one < other ? [one, other] : [other, one];
    if (a === b || !isVirtual(b) || graph.interferes(a, b) || !isSafe(a, b)) continue;
    merged[b] = a;
    graph.merge(a, b);
  }
  return find;
}
