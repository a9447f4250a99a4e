// Register allocation by graph colouring (Chaitin, Briggs): build, coalesce,
// take easy nodes off, colour in the reverse order. A node without a colour is
// spilled, or made again at its uses if it is a constant, and all starts over.

import { coalesce } from "./coalesce.js";
import { buildGraph, type Graph } from "./interference.js";
import { allocatable, isVirtual, type MachineFunc, type Reg } from "./machine.js";
import { spill } from "./spill.js";

export type Assignment = ReadonlyMap<Reg, Reg>;

/// `registers`: those that may be used, most wanted first; tests give few, to make it spill.
export function allocate(fn: MachineFunc, registers = allocatable): Assignment {
  const temporaries = new Set<Reg>();
  for (;;) {
    const graph = buildGraph(fn);
    const nodes = [...graph.neighbours.keys()].filter(isVirtual);
    const find = coalesce(graph, registers);
    const { colours, failed } = colour(graph, find, temporaries, registers);
    if (failed.size === 0) return new Map(nodes.map((reg) => [reg, colours.get(find(reg))!]));
    spill(fn, new Set(nodes.filter((reg) => failed.has(find(reg)))), temporaries);
  }
}

function colour(
  { neighbours, moves, weights }: Graph,
  find: (reg: Reg) => Reg,
  temporaries: ReadonlySet<Reg>,
  registers: readonly Reg[],
) {
  const degree = new Map([...neighbours].map(([reg, others]) => [reg, others.size]));
  const left = new Set([...neighbours.keys()].filter(isVirtual));
  const stack: Reg[] = [];
  const costOf = (reg: Reg) => (temporaries.has(reg) ? Infinity : (weights.get(reg) ?? 0) / (degree.get(reg) ?? 1));
  while (left.size > 0) {
    let next: Reg | undefined;
    for (const reg of left)
      if (degree.get(reg)! < registers.length) {
        next = reg;
        break;
      }
    next ??= [...left].reduce((best, reg) => (costOf(reg) < costOf(best) ? reg : best));
    left.delete(next);
    stack.push(next);
    for (const other of neighbours.get(next)!) degree.set(other, degree.get(other)! - 1);
  }

  const partners = new Map<Reg, Reg[]>();
  for (const { to, from } of moves)
    for (const [a, b] of [
      [find(to), find(from)],
      [find(from), find(to)],
    ] as const)
      partners.set(a, [...(partners.get(a) ?? []), b]);
  const colours = new Map<Reg, Reg>();
  const colourOf = (reg: Reg) => (isVirtual(reg) ? colours.get(reg) : reg);
  const failed = new Set<Reg>();
  for (const reg of stack.reverse()) {
    const taken = new Set([...neighbours.get(reg)!].map(colourOf));
    const hinted = (partners.get(reg) ?? [])
      .map(colourOf)
      .find((hint) => hint !== undefined && registers.includes(hint) && !taken.has(hint));
    const chosen = hinted ?? registers.find((candidate) => !taken.has(candidate));
    if (chosen === undefined) failed.add(reg);
    else colours.set(reg, chosen);
  }
  for (const reg of neighbours.keys()) if (!isVirtual(reg)) colours.set(reg, reg);
  return { colours, failed };
}
