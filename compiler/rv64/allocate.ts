// Register allocation by graph colouring (Chaitin, Briggs): build, coalesce,
// take easy nodes off, colour in the reverse order. A node without a colour is
// spilled, or made again at its uses if it is a constant, and all starts over.

import { Refusal } from "../refusal.js";
import { coalesce } from "./coalesce.js";
import { buildGraph, type Graph } from "./interference.js";
import { allocatable, allocatableFloats, FIRST_VIRTUAL, isFloatReg, type MachineFunc, type Reg } from "./machine.js";
import { spill } from "./spill.js";

export type Assignment = ReadonlyMap<Reg, Reg>;

/// Each round spills something, and what spilling makes lives too shortly to be spilled again.
const MOST_ROUNDS = 40;

/// `given`: those that may be used, most wanted first; tests give few, to make it spill.
export function allocate(fn: MachineFunc, given = allocatable): Assignment {
  const registers = given.some(isFloatReg) ? given : [...given, ...allocatableFloats];
  const [floats, integers] = [registers.filter(isFloatReg), registers.filter((reg) => !isFloatReg(reg))];
  const isUsable = new Set(registers);
  const temporaries = new Set<Reg>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const graph = buildGraph(fn);
    const wanted = (node: number) => (graph.isFloat(node) ? floats : integers);
    const isGiven = (machine: number) => isUsable.has(machine);
    const find = coalesce(graph, (node) => wanted(node).length, isGiven);
    const colours = colour(graph, find, temporaries, wanted, isGiven);
    const failed = graph.nodes.filter((node) => colours[find(node)] === NONE);
    if (failed.length === 0) return new Map(graph.nodes.map((node) => [graph.regOf(node), colours[find(node)]!]));
    spill(fn, new Set(failed.map((node) => graph.regOf(node))), temporaries);
  }
  throw new Refusal("TM4003", fn.name, fn.location);
}

const NONE = -1;

/// Each node's machine register; NONE where there was none for it.
function colour(
  graph: Graph,
  find: (node: number) => number,
  temporaries: ReadonlySet<Reg>,
  wanted: (node: number) => readonly Reg[],
  isGiven: (machine: number) => boolean,
): Int8Array {
  const partners = new Map<number, number[]>();
  const pair = (node: number, other: number) => {
    const known = partners.get(node);
    if (known) known.push(other);
    else partners.set(node, [other]);
  };
  const pairUp = (a: number, b: number) => {
    pair(find(a), find(b));
    pair(find(b), find(a));
  };
  for (const { to, from } of graph.moves) pairUp(to, from);
  for (const [a, b] of graph.hints) pairUp(a, b);
  const colours = new Int8Array(graph.size).fill(NONE);
  for (let machine = 0; machine < FIRST_VIRTUAL; machine++) colours[machine] = machine;
  /// The last node that may not have each register.
  const taken = new Int32Array(FIRST_VIRTUAL).fill(NONE);
  for (const node of takeOff(graph, find, temporaries, wanted).reverse()) {
    for (const other of graph.neighboursOf(node)) if (colours[other] !== NONE) taken[colours[other]!] = node;
    const isFree = (reg: Reg) => taken[reg] !== node;
    const hint = partners.get(node)?.find((other) => colours[other] !== NONE && isGiven(colours[other]!) && isFree(colours[other]!));
    colours[node] = hint === undefined ? (wanted(node).find(isFree) ?? NONE) : colours[hint]!;
  }
  return colours;
}

/// The order in which nodes leave the graph: those with fewer neighbours than colours first, in the order in which
/// they came; where there is none, the one that is cheapest to spill.
function takeOff(graph: Graph, find: (node: number) => number, temporaries: ReadonlySet<Reg>, wanted: (node: number) => readonly Reg[]): number[] {
  const nodes = graph.nodes.filter((node) => find(node) === node);
  const index = new Int32Array(graph.size).fill(-1);
  nodes.forEach((node, position) => void (index[node] = position));
  const degrees = Uint32Array.from(nodes, (node) => graph.degrees[node]!);
  const costs = Float64Array.from(nodes, (node) => (temporaries.has(graph.regOf(node)) ? Infinity : graph.weights[node]!));
  const left = new Uint8Array(nodes.length).fill(1);
  const easy = new MinHeap();
  degrees.forEach((degree, position) => degree < wanted(nodes[position]!).length && easy.push(position));
  const stack: number[] = [];
  while (stack.length < nodes.length) {
    const position = easy.pop() ?? cheapest(left, costs, degrees);
    if (left[position] === 0) continue;
    left[position] = 0;
    const node = nodes[position]!;
    stack.push(node);
    for (const other of graph.neighboursOf(node)) {
      const at = index[other]!;
      if (at < 0 || left[at] === 0) continue;
      degrees[at]!--;
      if (degrees[at] === wanted(other).length - 1) easy.push(at);
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
