// A region: the basic blocks that a hot address reaches by direct jumps,
// within limits. It is the unit of translation. Calls are followed too, so a
// small function that is called in a loop is translated into the loop; the
// addresses that calls return to are then entries, for the callee's `ret`.
//
// A block lies in one page: where a page ends, so does the block, because the
// next page is another translation. Only its last instruction may cross.
//
// Inside a region an address is told by its distance from the root, which V8
// keeps as a small integer where a pc would be an object of its own.

import type { Inlined } from "../cpu/csr.js";
import type { Meaning } from "../cpu/meaning.js";
import type { Decoded } from "../isa/decode.js";
import type { Flow } from "../isa/flow.js";

export interface Instruction {
  readonly at: number;
  readonly pc: number;
  readonly meaning: Meaning;
  readonly decoded: Decoded;
  /// Where its record lies.
  readonly record: number;
  /// Its halves lie in two pages.
  readonly crosses: boolean;
  /// How its CSR row runs inline, if it does.
  readonly inlined: Inlined | undefined;
}

export interface Block {
  readonly at: number;
  readonly instructions: readonly Instruction[];
  /// Where it may go that is known: first the target of a branch, last what follows it.
  readonly successors: readonly number[];
  /// Where its call returns to, or where the host goes on after its last instruction.
  readonly returnPoint: number | undefined;
}

export interface Region {
  /// The pc of the first instruction that it was made for.
  readonly root: number;
  /// By where they are from the root.
  readonly blocks: ReadonlyMap<number, Block>;
  /// Blocks that can be entered from outside or by a computed jump; the root is first.
  readonly entries: readonly number[];
}

/// The instruction at a distance from the root, where it may be translated.
export type Fetch = (at: number) => Instruction | undefined;

/// No region has more instructions, so a path through it without a look at the budget has no more.
export const REGION_INSTRUCTIONS = 400;
const MOST_BLOCKS = 80;
const MOST_BLOCK_INSTRUCTIONS = 256;
const PAGE = 4096;

/// Undefined where there is nothing to translate at the root.
export function discoverRegion(root: number, read: Fetch): Region | undefined {
  const fetch = remembering(read);
  const leaders = new Set([0]);
  const found = new Map<number, Block>();
  let seen = 0, isWhole = true;
  // In the order of their distance: what is near the root is likely as hot.
  for (const at of leaders) {
    const block = readBlock(root, at, fetch, leaders);
    found.set(at, block);
    seen += block.instructions.length;
    if (seen > REGION_INSTRUCTIONS || leaders.size > MOST_BLOCKS) {
      isWhole = false;
      break;
    }
    for (const target of block.successors) leaders.add(target);
    if (block.returnPoint !== undefined) leaders.add(block.returnPoint);
  }
  // A leader found late may lie inside a block found early, so blocks are cut only now.
  const blocks = new Map<number, Block>();
  let total = 0;
  for (const at of leaders) {
    const early = found.get(at);
    const block = early && !hasLeaderInside(early, leaders) ? early : readBlock(root, at, fetch, leaders);
    total += block.instructions.length;
    if (total > REGION_INSTRUCTIONS) {
      isWhole = false;
      break;
    }
    if (block.instructions.length > 0) blocks.set(at, block);
  }
  if (!blocks.has(0)) return undefined;
  if (!isWhole) dropUnreachable(blocks);
  const entries = new Set([0]);
  for (const { returnPoint } of blocks.values()) if (returnPoint !== undefined && blocks.has(returnPoint)) entries.add(returnPoint);
  return { root, blocks, entries: [...entries] };
}

function hasLeaderInside({ instructions }: Block, leaders: ReadonlySet<number>): boolean {
  for (let index = 1; index < instructions.length; index++) if (leaders.has((instructions[index] as Instruction).at)) return true;
  return false;
}

/// Blocks that are cut are read twice.
function remembering(read: Fetch): Fetch {
  const known = new Map<number, Instruction | undefined>();
  return (at) => {
    let instruction = known.get(at);
    if (!instruction && !known.has(at)) known.set(at, (instruction = read(at)));
    return instruction;
  };
}

/// Limits may have cut off the only way to a block.
function dropUnreachable(blocks: Map<number, Block>): void {
  const reached = new Set([0]);
  for (const at of reached) {
    const { successors, returnPoint } = blocks.get(at) as Block;
    for (const to of successors) if (blocks.has(to)) reached.add(to);
    if (returnPoint !== undefined && blocks.has(returnPoint)) reached.add(returnPoint);
  }
  for (const at of [...blocks.keys()]) if (!reached.has(at)) blocks.delete(at);
}

function readBlock(root: number, start: number, fetch: Fetch, leaders: ReadonlySet<number>): Block {
  const instructions: Instruction[] = [];
  const ending = (successors: readonly number[], returnPoint?: number): Block => ({ at: start, instructions, successors, returnPoint });
  const untilPageEnd = PAGE - 1 - ((root + start) % PAGE + PAGE) % PAGE;
  for (let at = start; ; ) {
    const instruction = fetch(at);
    // What cannot be translated is no block either, so going there leaves the region.
    if (!instruction) return ending([at]);
    instructions.push(instruction);
    const { row, operands, length } = instruction.decoded;
    const next = at + length;
    const link = operands.rd ? next : undefined;
    switch (flowIn(instruction)) {
      case "goto": return ending([at + (operands.offset ?? 0)], link);
      case "jump": return ending([], link);
      case "branch": return ending([at + (operands.offset ?? 0), next]);
      // The host performs it and mostly goes on after it.
      case "leave": return ending([], goesElsewhere.has(row.mnemonic) ? undefined : next);
      case "next":
        if (leaders.has(next) || instructions.length === MOST_BLOCK_INSTRUCTIONS || next - start > untilPageEnd) return ending([next]);
    }
    at = next;
  }
}

const goesElsewhere: ReadonlySet<string> = new Set(["mret", "sret", "ebreak"]);

function flowIn({ meaning, inlined }: Instruction): Flow { return inlined?.name ? "next" : meaning.flow; }
