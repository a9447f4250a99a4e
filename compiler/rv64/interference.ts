// The interference graph, with the moves that would like to vanish. Machine
// registers are nodes too: a value that lives across a call interferes with
// every register the call may change.
//
// A row of bits for each node says which others it interferes with: few words
// in most functions, and whole sets of neighbours are joined at once.

import { add, bitsOf, countOf, has, remove } from "./bits.js";
import { liveOut } from "./liveness.js";
import { defsOf, FIRST_VIRTUAL, isCopy, isVirtual, usesOf, type MachineFunc, type Reg } from "./machine.js";
import { Numbering } from "./numbering.js";

/// Their compressed forms write the first register that they read.
const isTwoAddress: ReadonlySet<string> = new Set(["add", "addw", "sub", "subw", "and", "or", "xor", "addi", "addiw", "andi", "slli", "srli", "srai"]);

export interface Move {
  readonly to: number;
  readonly from: number;
  readonly weight: number;
}

export class Graph extends Numbering {
  /// The virtual registers in the code, in the order in which they came.
  readonly nodes: number[] = [];
  /// Heaviest first.
  readonly moves: Move[] = [];
  /// Pairs that make an instruction compressible when they share a register.
  readonly hints: (readonly [number, number])[] = [];
  /// How often a register is read and written, by loop depth.
  readonly weights: Float64Array;
  /// How many neighbours each has.
  readonly degrees: Uint32Array;
  private readonly isKnown: Uint8Array;
  private readonly words: number;
  private readonly rows: Uint32Array;
  private readonly floats: Uint32Array;

  constructor(fn: MachineFunc) {
    super(fn);
    const { size } = this;
    this.weights = new Float64Array(size);
    this.degrees = new Uint32Array(size);
    this.isKnown = new Uint8Array(size);
    this.words = Math.ceil(size / 32);
    this.rows = new Uint32Array(size * this.words);
    this.floats = this.emptySet();
    for (let node = 0; node < size; node++) if (this.isFloat(node)) add(this.floats, node);
  }

  emptySet(): Uint32Array {
    return new Uint32Array(this.words);
  }

  note(node: number): void {
    if (!isVirtual(node) || this.isKnown[node] === 1) return;
    this.isKnown[node] = 1;
    this.nodes.push(node);
  }
  /// Those that are not noted yet.
  unknownOf(nodes: readonly number[]): readonly number[] {
    return nodes.length === 0 ? nodes : nodes.filter((node) => this.isKnown[node] === 0);
  }

  interferes(a: number, b: number): boolean {
    return has(this.rows, b, a * this.words);
  }
  neighboursOf(node: number): number[] {
    return bitsOf(this.rows, node * this.words, this.words);
  }
  /// Those of either.
  neighboursOfBoth(a: number, b: number): number[] {
    const { rows, words } = this;
    return bitsOf(this.emptySet().map((_, word) => rows[a * words + word]! | rows[b * words + word]!));
  }

  /// What is written interferes with what lives on in its file, but for what it is a copy of. One way only, until `finish`.
  join(node: number, live: Uint32Array, copied: number | undefined): void {
    const { rows, words, floats } = this;
    const row = node * words;
    const kept = copied === undefined || this.interferes(node, copied);
    const others = this.isFloat(node) ? 0 : -1;
    // Of the machine's registers each is what it is.
    for (let word = isVirtual(node) ? 0 : FIRST_VIRTUAL / 32; word < words; word++) rows[row + word]! |= live[word]! & (floats[word]! ^ others);
    if (!kept) this.remove(node, copied!);
  }

  finish(): void {
    for (let node = 0; node < this.size; node++) {
      this.remove(node, node);
      for (const other of this.neighboursOf(node)) this.connect(other, node);
    }
    for (let node = 0; node < this.size; node++) this.degrees[node] = countOf(this.rows, node * this.words, this.words);
    this.moves.sort((a, b) => b.weight - a.weight);
  }

  /// Of two nodes that become one, what `from` has goes over to `to`.
  merge(to: number, from: number): void {
    for (const other of this.neighboursOf(from)) {
      this.remove(other, from);
      if (this.interferes(to, other)) this.degrees[other]!--;
      else {
        this.connect(other, to);
        this.connect(to, other);
        this.degrees[to]!++;
      }
    }
    this.weights[to]! += this.weights[from]!;
  }

  private connect(node: number, other: number): void {
    add(this.rows, other, node * this.words);
  }
  private remove(node: number, other: number): void {
    remove(this.rows, other, node * this.words);
  }
}

export function buildGraph(fn: MachineFunc): Graph {
  const graph = new Graph(fn);
  const nodeOf = (reg: Reg) => graph.nodeOf(reg);
  const outs = liveOut(fn, graph);
  const live = graph.emptySet();
  fn.blocks.forEach(({ code, depth }, position) => {
    live.fill(0);
    for (const node of outs[position]!) add(live, node);
    let unknown = graph.unknownOf(outs[position]!);
    const weight = 10 ** depth;
    for (let at = code.length - 1; at >= 0; at--) {
      const instr = code[at]!;
      const copied = isCopy(instr) ? nodeOf(instr.rs1!) : undefined;
      const defs = graph.nodesOf(defsOf(instr));
      const uses = graph.nodesOf(usesOf(instr));
      // What is written together needs registers of its own, also where nothing reads it.
      if (defs.length > 1) for (const def of defs) add(live, def);
      if (instr.early) for (const use of uses) add(live, use);
      for (const def of defs) {
        graph.note(def);
        if (unknown.length > 0) {
          for (const other of unknown) if (other !== copied && graph.isFloat(other) === graph.isFloat(def)) graph.note(other);
          unknown = graph.unknownOf(unknown);
        }
        graph.join(def, live, copied);
        graph.weights[def]! += weight;
      }
      for (const use of uses) {
        graph.note(use);
        graph.weights[use]! += weight;
      }
      if (isTwoAddress.has(instr.op)) for (const from of [instr.rs1, instr.rs2]) if (from !== undefined) graph.hints.push([nodeOf(instr.rd!), nodeOf(from)]);
      if (copied !== undefined) graph.moves.push({ to: nodeOf(instr.rd!), from: copied, weight });
      for (const def of defs) remove(live, def);
      for (const use of uses) add(live, use);
    }
  });
  graph.finish();
  return graph;
}
