// Which registers are live: backwards over the blocks until nothing changes.
// Only registers that one block passes to another have a bit, so the sets stay
// small in a long function.

import { defsOf, usesOf, type Instr, type MachineBlock, type MachineFunc, type Reg } from "./machine.js";

export function liveOut(fn: MachineFunc): Map<MachineBlock, Set<Reg>> {
  const passed = new Map<Reg, number>();
  const local = fn.blocks.map((block) => {
    const [used, defined] = [new Set<Reg>(), new Set<Reg>()];
    for (const instr of block.code) {
      for (const reg of usesOf(instr)) {
        if (defined.has(reg)) continue;
        used.add(reg);
        if (!passed.has(reg)) passed.set(reg, passed.size);
      }
      for (const reg of defsOf(instr)) defined.add(reg);
    }
    return { used, defined };
  });
  const words = Math.ceil(passed.size / 32);
  const bitsOf = (regs: Iterable<Reg>) => {
    const bits = new Uint32Array(words);
    for (const reg of regs) {
      const bit = passed.get(reg);
      if (bit !== undefined) bits[bit >> 5]! |= 1 << (bit & 31);
    }
    return bits;
  };
  const index = new Map(fn.blocks.map((block, position) => [block, position]));
  const flow = fn.blocks.map((block, position) => ({
    into: bitsOf(local[position]!.used),
    killed: bitsOf(local[position]!.defined),
    out: new Uint32Array(words),
    next: block.successors.map((successor) => index.get(successor)!),
  }));
  for (let changed = true; changed; ) {
    changed = false;
    for (let position = flow.length - 1; position >= 0; position--) {
      const { into, killed, out, next } = flow[position]!;
      for (const successor of next) {
        const from = flow[successor]!.into;
        for (let word = 0; word < words; word++) out[word]! |= from[word]!;
      }
      for (let word = 0; word < words; word++) {
        const grown = (into[word]! | (out[word]! & ~killed[word]!)) >>> 0;
        if (grown === into[word]) continue;
        into[word] = grown;
        changed = true;
      }
    }
  }
  const names = [...passed.keys()];
  return new Map(
    fn.blocks.map((block, position) => {
      const live = new Set<Reg>();
      flow[position]!.out.forEach((word, at) => {
        for (let rest = word; rest !== 0; rest &= rest - 1) live.add(names[at * 32 + (31 - Math.clz32(rest & -rest))]!);
      });
      return [block, live];
    }),
  );
}

/// From what is live after an instruction to what is live before it.
export function step(instr: Instr, live: Set<Reg>): void {
  for (const reg of defsOf(instr)) live.delete(reg);
  for (const reg of usesOf(instr)) live.add(reg);
}
