// A region: the basic blocks that a hot address reaches by direct jumps,
// within limits. It is the unit of translation. Calls are followed too, so a
// small function that is called in a loop is translated into the loop; the
// addresses that calls return to are then entries, for the callee's `ret`.
//
// A block lies in one page: where a page ends, so does the block, because the
// next page is another translation. Only its last instruction may cross.

import type { Inlined } from "../cpu/csr.js";
import type { Decoded } from "../isa/decode.js";
import { type Flow, flowOf } from "../isa/flow.js";

export interface Instruction {
  readonly pc: number;
  readonly decoded: Decoded;
  /// Where its record lies.
  readonly record: number;
  /// Its halves lie in two pages.
  readonly crosses: boolean;
  /// How its CSR row runs inline, if it does.
  readonly inlined: Inlined | undefined;
}

export interface Block {
  readonly pc: number;
  readonly instructions: readonly Instruction[];
  /// Where it may go that is known: first the target of a branch, last what follows it.
  readonly successors: readonly number[];
  /// Where its call returns to, or where the host goes on after its last instruction.
  readonly returnPoint?: number;
}

export interface Region {
  readonly root: number;
  readonly blocks: ReadonlyMap<number, Block>;
  /// Blocks that can be entered from outside or by a computed jump; the root is first.
  readonly entries: readonly number[];
}

/// The instruction there, where it may be translated.
export type Fetch = (pc: number) => Instruction | undefined;

/// No region has more instructions, so a path through it without a look at the budget has no more.
export const REGION_INSTRUCTIONS = 400;
const MOST_BLOCKS = 80;
const MOST_BLOCK_INSTRUCTIONS = 256;
const PAGE = 4096;

/// Undefined where there is nothing to translate at the root.
export function discoverRegion(root: number, read: Fetch): Region | undefined {
  const fetch = remembering(read);
  const leaders = new Set([root]);
  const found = new Map<number, Block>();
  let seen = 0;
  // In the order of their distance: what is near the root is likely as hot.
  for (const pc of leaders) {
    const block = readBlock(pc, fetch, leaders);
    found.set(pc, block);
    seen += block.instructions.length;
    if (seen > REGION_INSTRUCTIONS || leaders.size > MOST_BLOCKS) break;
    for (const target of block.successors) leaders.add(target);
    if (block.returnPoint !== undefined) leaders.add(block.returnPoint);
  }
  // A leader found late may lie inside a block found early, so blocks are cut only now.
  const blocks = new Map<number, Block>();
  let total = 0;
  for (const pc of leaders) {
    const early = found.get(pc), isCut = !early || early.instructions.some(({ pc: at }) => at !== pc && leaders.has(at));
    const block = isCut ? readBlock(pc, fetch, leaders) : early;
    total += block.instructions.length;
    if (total > REGION_INSTRUCTIONS) break;
    if (block.instructions.length > 0) blocks.set(pc, block);
  }
  if (!blocks.has(root)) return undefined;
  dropUnreachable(root, blocks);
  const entries = new Set([root]);
  for (const { returnPoint } of blocks.values()) if (returnPoint !== undefined && blocks.has(returnPoint)) entries.add(returnPoint);
  return { root, blocks, entries: [...entries] };
}

/// Blocks that are cut are read twice.
function remembering(read: Fetch): Fetch {
  const known = new Map<number, Instruction | undefined>();
  return (pc) => {
    let instruction = known.get(pc);
    if (!instruction && !known.has(pc)) known.set(pc, (instruction = read(pc)));
    return instruction;
  };
}

/// Limits may have cut off the only way to a block.
function dropUnreachable(root: number, blocks: Map<number, Block>): void {
  const reached = new Set([root]);
  for (const pc of reached) {
    const { successors, returnPoint } = blocks.get(pc) as Block;
    for (const to of successors) if (blocks.has(to)) reached.add(to);
    if (returnPoint !== undefined && blocks.has(returnPoint)) reached.add(returnPoint);
  }
  for (const pc of [...blocks.keys()]) if (!reached.has(pc)) blocks.delete(pc);
}

function readBlock(pc: number, fetch: Fetch, leaders: ReadonlySet<number>): Block {
  const instructions: Instruction[] = [];
  const page = Math.floor(pc / PAGE);
  for (let at = pc; ; ) {
    const instruction = fetch(at);
    // What cannot be translated is no block either, so going there leaves the region.
    if (!instruction) return { pc, instructions, successors: [at] };
    instructions.push(instruction);
    const { row, operands, length } = instruction.decoded;
    const next = at + length;
    const link = operands.rd ? { returnPoint: next } : {};
    switch (flowIn(instruction)) {
      case "goto": return { pc, instructions, successors: [at + (operands.offset ?? 0)], ...link };
      case "jump": return { pc, instructions, successors: [], ...link };
      case "branch": return { pc, instructions, successors: [at + (operands.offset ?? 0), next] };
      // The host performs it and mostly goes on after it.
      case "leave": return { pc, instructions, successors: [], ...(goesElsewhere.has(row.mnemonic) ? {} : { returnPoint: next }) };
      case "next":
        if (leaders.has(next) || instructions.length === MOST_BLOCK_INSTRUCTIONS || Math.floor(next / PAGE) !== page) return { pc, instructions, successors: [next] };
    }
    at = next;
  }
}

const goesElsewhere: ReadonlySet<string> = new Set(["mret", "sret", "ebreak"]);

function flowIn({ decoded, inlined }: Instruction): Flow {
  return inlined?.name ? "next" : flowOf(decoded.row);
}
