// Register allocation by graph colouring (Chaitin, Briggs): build, coalesce,
// take easy nodes off, colour in the reverse order. A node without a colour is
// spilled, or made again at its uses if it is a constant, and all starts over.

import { Refusal } from "../refusal.js";
import { coalesce } from "./coalesce.js";
import { buildGraph, type Graph } from "./interference.js";
import { allocatable, allocatableFloats, isFloatReg, isVirtual, type MachineFunc, type Reg } from "./machine.js";
import { spill } from "./spill.js";

export type Assignment = ReadonlyMap<Reg, Reg>;

/// Each round spills something, and what spilling makes lives too shortly to be spilled again.
const MOST_ROUNDS = 40;

/// `given`: those that may be used, most wanted first; tests give few, to make it spill.
export function allocate(fn: MachineFunc, given = allocatable): Assignment {
  const registers = given.some(isFloatReg) ? given : [...given, ...allocatableFloats];
  const temporaries = new Set<Reg>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const graph = buildGraph(fn);
    const nodes = [...graph.neighbours.keys()].filter(isVirtual);
    const find = coalesce(graph, registers);
    const { colours, failed } = colour(graph, find, temporaries, registers);
    if (failed.size === 0) return new Map(nodes.map((reg) => [reg, colours.get(find(reg))!]));
    spill(fn, new Set(nodes.filter((reg) => failed.has(find(reg)))), temporaries);
  }
  throw new Refusal("TM4003", fn.name, fn.location);
}

function colour(graph: Graph, find: (reg: Reg) => Reg, temporaries: ReadonlySet<Reg>, registers: readonly Reg[]) {
  const { neighbours, moves, hints } = graph;
  const partners = new Map<Reg, Reg[]>();
  const pair = (reg: Reg, other: Reg) => {
    const known = partners.get(reg);
    if (known) known.push(other);
    else partners.set(reg, [other]);
  };
  for (const { to, from } of moves) {
    pair(find(to), find(from));
    pair(find(from), find(to));
  }
  for (const [a, b] of hints) {
    pair(find(a), find(b));
    pair(find(b), find(a));
  }
  const colours = new Map<Reg, Reg>();
  const colourOf = (reg: Reg) => (isVirtual(reg) ? colours.get(reg) : reg);
  const failed = new Set<Reg>();
  for (const reg of takeOff(graph, temporaries, registers).reverse()) {
    const taken = new Set<Reg | undefined>();
    for (const other of neighbours.get(reg)!) taken.add(colourOf(other));
    const hinted = partners
      .get(reg)
      ?.map(colourOf)
      .find((hint) => hint !== undefined && registers.includes(hint) && !taken.has(hint));
    const chosen = hinted ?? registers.find((candidate) => !taken.has(candidate) && isFloatReg(candidate) === isFloatReg(reg));
    if (chosen === undefined) failed.add(reg);
    else colours.set(reg, chosen);
  }
  for (const reg of neighbours.keys()) if (!isVirtual(reg)) colours.set(reg, reg);
  return { colours, failed };
}

/// The order in which nodes leave the graph: those with fewer neighbours than colours first, in the order in which
/// they came; where there is none, the one that is cheapest to spill.
function takeOff({ neighbours, weights }: Graph, temporaries: ReadonlySet<Reg>, registers: readonly Reg[]): Reg[] {
  const floats = registers.filter(isFloatReg).length;
  const colours = (reg: Reg) => (isFloatReg(reg) ? floats : registers.length - floats);
  const nodes = [...neighbours.keys()].filter(isVirtual);
  const index = new Map(nodes.map((reg, position) => [reg, position]));
  const degrees = Uint32Array.from(nodes, (reg) => neighbours.get(reg)!.size);
  const costs = Float64Array.from(nodes, (reg) => (temporaries.has(reg) ? Infinity : (weights.get(reg) ?? 0)));
  const left = new Uint8Array(nodes.length).fill(1);
  const easy = new MinHeap();
  degrees.forEach((degree, position) => degree < colours(nodes[position]!) && easy.push(position));
  const stack: Reg[] = [];
  while (stack.length < nodes.length) {
    const position = easy.pop() ?? cheapest(left, costs, degrees);
    if (left[position] === 0) continue;
    left[position] = 0;
    const reg = nodes[position]!;
    stack.push(reg);
    for (const other of neighbours.get(reg)!) {
      const at = index.get(other);
      if (at === undefined || left[at] === 0) continue;
      degrees[at]!--;
      if (degrees[at] === colours(other) - 1) easy.push(at);
    }
  }
  return stack;
}

function cheapest(left: Uint8Array, costs: Float64Array, degrees: Uint32Array): number {
  let [best, bestCost] = [-1, Infinity];
  for (let position = 0; position < left.length; position++) {
    if (left[position] === 0) continue;
    const cost = costs[position]! / degrees[position]!;
    if (best >= 0 && cost >= bestCost) continue;
    [best, bestCost] = [position, cost];
  }
  return best;
}

class MinHeap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && items[parent]! > item; parent = (at - 1) >> 1) {
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= last) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
