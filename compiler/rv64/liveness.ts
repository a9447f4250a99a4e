// Which registers are live at the ends of blocks: backwards over the blocks
// until nothing changes. Only registers that one block passes to another have a
// bit, so the sets stay small in a long function.

import { add, bitsOf } from "./bits.js";
import { defsOf, usesOf, type MachineFunc } from "./machine.js";
import type { Numbering } from "./numbering.js";

/// Of each block, the nodes of the registers that live beyond it.
export function liveOut(fn: MachineFunc, numbering: Numbering): number[][] {
  /// Nodes that a block reads before it writes them.
  const passed: number[] = [];
  const bitOf = new Int32Array(numbering.size).fill(-1);
  /// The last block that wrote a node, counted from 1, and the one that read it first.
  const [writer, reader] = [new Uint32Array(numbering.size), new Uint32Array(numbering.size)];
  /// Of all blocks one after the other: the nodes that each reads first, those that it writes, and where its own end.
  const [used, defined]: [number[], number[]] = [[], []];
  const [usedEnd, definedEnd] = [new Uint32Array(fn.blocks.length), new Uint32Array(fn.blocks.length)];
  fn.blocks.forEach(({ code }, position) => {
    for (const instr of code) {
      for (const reg of usesOf(instr)) {
        const node = numbering.nodeOf(reg);
        if (writer[node] === position + 1 || reader[node] === position + 1) continue;
        reader[node] = position + 1;
        used.push(node);
        if (bitOf[node] === -1) bitOf[node] = passed.push(node) - 1;
      }
      for (const reg of defsOf(instr)) {
        const node = numbering.nodeOf(reg);
        if (writer[node] === position + 1) continue;
        writer[node] = position + 1;
        defined.push(node);
      }
    }
    usedEnd[position] = used.length;
    definedEnd[position] = defined.length;
  });
  const words = Math.ceil(passed.length / 32);
  const setOf = (nodes: readonly number[], ends: Uint32Array, position: number) => {
    const bits = new Uint32Array(words);
    for (let at = position === 0 ? 0 : ends[position - 1]!; at < ends[position]!; at++) {
      const bit = bitOf[nodes[at]!]!;
      if (bit >= 0) add(bits, bit);
    }
    return bits;
  };
  const index = new Map(fn.blocks.map((block, position) => [block, position]));
  const flow = fn.blocks.map((block, position) => ({
    into: setOf(used, usedEnd, position),
    killed: setOf(defined, definedEnd, position),
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
  return flow.map(({ out }) => bitsOf(out).map((bit) => passed[bit]!));
}
