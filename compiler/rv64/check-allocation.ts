// Proves an allocation: walks the code with virtual registers and the
// assignment side by side, knowing at each point which virtual registers each
// machine register holds. Where paths meet it holds what it holds on all.

import {
  defsOf,
  isCopy,
  isVirtual,
  usesOf,
  type Instr,
  type MachineBlock,
  type MachineFunc,
  type Reg,
} from "./machine.js";
import type { Assignment } from "./allocate.js";

type Contents = Map<Reg, Set<Reg>>;

export function checkAllocation(fn: MachineFunc, assignment: Assignment): void {
  const atStart = new Map<MachineBlock, Contents>([[fn.blocks[0]!, new Map()]]);
  const work = [fn.blocks[0]!];
  for (let block = work.pop(); block; block = work.pop()) {
    const contents: Contents = new Map([...atStart.get(block)!].map(([reg, held]) => [reg, new Set(held)]));
    for (const instr of block.code) advance(fn, instr, assignment, contents, false);
    for (const next of block.successors) {
      const known = atStart.get(next);
      const met = known ? meet(known, contents) : contents;
      if (known && sizeOf(met) === sizeOf(known)) continue;
      atStart.set(next, met);
      work.push(next);
    }
  }
  for (const [block, contents] of atStart) {
    const at: Contents = new Map([...contents].map(([reg, held]) => [reg, new Set(held)]));
    for (const instr of block.code) advance(fn, instr, assignment, at, true);
  }
}

function advance(fn: MachineFunc, instr: Instr, assignment: Assignment, contents: Contents, checking: boolean): void {
  const machine = (reg: Reg) => (isVirtual(reg) ? assignment.get(reg)! : reg);
  for (const use of usesOf(instr)) {
    if (checking && isVirtual(use) && !contents.get(machine(use))?.has(use))
      throw new Error(`${fn.name}: ${instr.op} reads v${use}, which x${machine(use)} does not hold`);
  }
  for (const def of defsOf(instr)) {
    for (const held of contents.values()) held.delete(def);
    const target = machine(def);
    const isCopyInPlace = isCopy(instr) && machine(instr.rs1!) === target;
    const held = isCopyInPlace ? (contents.get(target) ?? new Set<Reg>()) : new Set<Reg>();
    contents.set(target, held.add(def));
  }
}

function meet(a: Contents, b: Contents): Contents {
  return new Map([...a].map(([reg, held]) => [reg, new Set([...held].filter((value) => b.get(reg)?.has(value)))]));
}

const sizeOf = (contents: Contents) => [...contents.values()].reduce((sum, held) => sum + held.size, 0);
