// A region: the basic blocks that a hot address reaches by direct jumps,
// within a limit. It is the unit of translation. Calls are followed too, so a
// small function that is called in a loop is translated into the loop; the
// addresses that calls return to are then entries, for the callee's `ret`.

import type { Decoded } from "../isa/decode.js";
import { flowOf } from "../isa/flow.js";

export interface Instruction {
  readonly pc: number;
  readonly decoded: Decoded;
}

export interface Block {
  readonly pc: number;
  readonly instructions: readonly Instruction[];
  /// Where it may go that is known: first the target of a branch, last what follows it.
  readonly successors: readonly number[];
  /// Where its call returns to.
  readonly returnPoint?: number;
}

export interface Region {
  readonly root: number;
  readonly blocks: ReadonlyMap<number, Block>;
  /// Blocks that can be entered from outside or by a computed jump; the root is first.
  readonly entries: readonly number[];
}

const MAX_BLOCKS = 200;
const MAX_BLOCK_INSTRUCTIONS = 400;

export type Fetch = (pc: number) => Decoded | undefined;

export function discoverRegion(root: number, fetch: Fetch): Region {
  const leaders = new Set([root]);
  const work = [root];
  while (work.length > 0 && leaders.size <= MAX_BLOCKS) {
    const block = readBlock(work.pop() as number, fetch, leaders);
    for (const pc of targetsOf(block)) {
      if (leaders.has(pc)) continue;
      leaders.add(pc);
      work.push(pc);
    }
  }
  // A leader found late may lie inside a block found early, so blocks are cut only now.
  const blocks = new Map<number, Block>();
  for (const pc of leaders) {
    const block = readBlock(pc, fetch, leaders);
    if (block.instructions.length > 0) blocks.set(pc, block);
  }
  const returnPoints = [...blocks.values()].flatMap(({ returnPoint }) => (returnPoint !== undefined && blocks.has(returnPoint) ? [returnPoint] : []));
  return { root, blocks, entries: [...new Set([root, ...returnPoints])] };
}

function targetsOf({ successors, returnPoint }: Block): number[] {
  return returnPoint === undefined ? [...successors] : [...successors, returnPoint];
}

function readBlock(pc: number, fetch: Fetch, leaders: ReadonlySet<number>): Block {
  const instructions: Instruction[] = [];
  for (let at = pc; ; ) {
    const decoded = fetch(at);
    // What is no instruction is no block either, so going there leaves the region.
    if (!decoded) return { pc, instructions, successors: [at] };
    instructions.push({ pc: at, decoded });
    const next = at + decoded.length;
    const target = at + (decoded.operands.offset ?? 0);
    const link = decoded.operands.rd ? { returnPoint: next } : {};
    switch (flowOf(decoded.row)) {
      case "goto": return { pc, instructions, successors: [target], ...link };
      case "jump": return { pc, instructions, successors: [], ...link };
      case "branch": return { pc, instructions, successors: [target, next] };
      case "leave": return { pc, instructions, successors: [] };
      case "next": if (leaders.has(next) || instructions.length === MAX_BLOCK_INSTRUCTIONS) return { pc, instructions, successors: [next] };
    }
    at = next;
  }
}
