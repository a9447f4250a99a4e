// Coalescing: the two sides of a move share a register where that cannot make
// the graph harder to colour (Briggs' test; George's for a machine register).

import type { Graph } from "./interference.js";
import { isFloatReg, isVirtual, type Reg } from "./machine.js";

/// Merges nodes of the graph in place. The result names a node's representative.
export function coalesce({ neighbours, moves, weights }: Graph, registers: readonly Reg[]): (reg: Reg) => Reg {
  const merged = new Map<Reg, Reg>();
  const find = (reg: Reg): Reg => {
    for (let next = merged.get(reg); next !== undefined; next = merged.get(reg)) reg = next;
    return reg;
  };
  const of = (reg: Reg) => neighbours.get(reg) ?? new Set<Reg>();
  const floats = registers.filter(isFloatReg).length;
  const colours = (reg: Reg) => (isFloatReg(reg) ? floats : registers.length - floats);
  const isHard = (reg: Reg) => !isVirtual(reg) || of(reg).size >= colours(reg);
  const isSafe = (a: Reg, b: Reg) => {
    if (!isVirtual(a))
      return (
        registers.includes(a) && [...of(b)].every((other) => of(a).has(other) || !isHard(other) || !isVirtual(other))
      );
    return [...new Set([...of(a), ...of(b)])].filter(isHard).length < colours(a);
  };
  for (const { to, from } of moves) {
    const [a, b] = [find(to), find(from)].sort((x, y) => x - y) as [Reg, Reg];
    if (a === b || !isVirtual(b) || of(a).has(b) || !isSafe(a, b)) continue;
    merged.set(b, a);
    neighbours.set(a, of(a));
    for (const other of of(b)) {
      of(other).delete(b);
      of(other).add(a);
      of(a).add(other);
    }
    neighbours.delete(b);
    weights.set(a, (weights.get(a) ?? 0) + (weights.get(b) ?? 0));
  }
  return find;
}
