// Which registers are live: backwards over the blocks until nothing changes.

import { defsOf, usesOf, type Instr, type MachineBlock, type MachineFunc, type Reg } from "./machine.js";

export function liveOut(fn: MachineFunc): Map<MachineBlock, Set<Reg>> {
  const outs = new Map(fn.blocks.map((block) => [block, new Set<Reg>()]));
  const ins = new Map(fn.blocks.map((block) => [block, new Set<Reg>()]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of [...fn.blocks].reverse()) {
      const out = new Set(block.successors.flatMap((next) => [...ins.get(next)!]));
      const live = new Set(out);
      for (const instr of [...block.code].reverse()) step(instr, live);
      changed ||= live.size !== ins.get(block)!.size;
      outs.set(block, out);
      ins.set(block, live);
    }
  }
  return outs;
}

/// From what is live after an instruction to what is live before it.
export function step(instr: Instr, live: Set<Reg>): void {
  for (const reg of defsOf(instr)) live.delete(reg);
  for (const reg of usesOf(instr)) live.add(reg);
}
