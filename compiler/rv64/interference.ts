// The interference graph, with the moves that would like to vanish. Machine
// registers are nodes too: a value that lives across a call interferes with
// every register the call may change.

import { defsOf, isCopy, isFloatReg, isVirtual, usesOf, type MachineFunc, type Reg } from "./machine.js";
import { liveOut, step } from "./liveness.js";

/// Their compressed forms write the first register that they read.
const isTwoAddress: ReadonlySet<string> = new Set(["add", "addw", "sub", "subw", "and", "or", "xor", "addi", "addiw", "andi", "slli", "srli", "srai"]);

export interface Graph {
  readonly neighbours: Map<Reg, Set<Reg>>;
  readonly moves: { readonly to: Reg; readonly from: Reg; readonly weight: number }[];
  /// Pairs that make an instruction compressible when they share a register.
  readonly hints: (readonly [Reg, Reg])[];
  /// How often a register is read and written, by loop depth.
  readonly weights: Map<Reg, number>;
}

export function buildGraph(fn: MachineFunc): Graph {
  const neighbours = new Map<Reg, Set<Reg>>();
  const weights = new Map<Reg, number>();
  const moves: Graph["moves"] = [];
  const hints: Graph["hints"] = [];
  const node = (reg: Reg) => neighbours.get(reg) ?? neighbours.set(reg, new Set()).get(reg)!;
  const outs = liveOut(fn);
  for (const block of fn.blocks) {
    const live = new Set(outs.get(block));
    const weight = 10 ** block.depth;
    for (let at = block.code.length - 1; at >= 0; at--) {
      const instr = block.code[at]!;
      const isMove = isCopy(instr);
      const [defs, uses] = [defsOf(instr), usesOf(instr)];
      // What is written together needs registers of its own, also where nothing reads it.
      if (defs.length > 1) for (const def of defs) live.add(def);
      if (instr.early) for (const use of uses) live.add(use);
      for (const def of defs) {
        const own = node(def);
        for (const other of live) {
          if (other === def || (isMove && other === instr.rs1) || (!isVirtual(def) && !isVirtual(other))) continue;
          if (own.has(other) || isFloatReg(def) !== isFloatReg(other)) continue;
          own.add(other);
          node(other).add(def);
        }
      }
      for (const reg of [...defs, ...uses]) {
        if (!isVirtual(reg)) continue;
        node(reg);
        weights.set(reg, (weights.get(reg) ?? 0) + weight);
      }
      if (isTwoAddress.has(instr.op)) for (const from of [instr.rs1, instr.rs2]) if (from !== undefined) hints.push([instr.rd!, from]);
      if (isMove) moves.push({ to: instr.rd!, from: instr.rs1!, weight });
      step(instr, live);
    }
  }
  moves.sort((a, b) => b.weight - a.weight);
  return { neighbours, moves, hints, weights };
}
