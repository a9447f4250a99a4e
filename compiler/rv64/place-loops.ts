// Where a loop's blocks lie: one that is left in its middle, and jumps from its last block to its first, is turned
// round so that the block that leaves it comes last. Its branch then goes back into the loop, and the jump is gone:
//
//     first … leaves if c   rest … j first        becomes       j first   rest …   first … rest unless c
//
// In small code blocks in its midst that it only leaves by lie behind it then. Where speed counts, the loops that the
// passes left like that are searches, mostly over in their first round: the jump into it would be one more.

import { isBranch, type MachineBlock, type MachineFunc } from "./machine.js";

export function placeLoops(fn: MachineFunc, isSmall: boolean): void {
  // Inner loops first: they are short.
  const ends = fn.blocks.flatMap((block) => {
    const [before, jump] = [block.code.at(-2), block.code.at(-1)];
    return jump?.op === "j" && !(before && isBranch(before)) && jump.target!.depth > 0 ? [{ first: jump.target!, last: block }] : [];
  });
  const length = ({ first, last }: { first: MachineBlock; last: MachineBlock }) => fn.blocks.indexOf(last) - fn.blocks.indexOf(first);
  for (const { first, last } of ends.sort((a, b) => length(a) - length(b))) turn(fn, first, last, isSmall);
}

function turn(fn: MachineFunc, first: MachineBlock, last: MachineBlock, isSmall: boolean): void {
  const [from, to] = [fn.blocks.indexOf(first), fn.blocks.indexOf(last)];
  const span = fn.blocks.slice(from, to + 1);
  if (from < 1 || to < from || span.some(({ cold }) => cold)) return;
  // What comes before would have to jump each time.
  if (fn.blocks[from - 1]!.depth >= first.depth) return;
  const [loop, others] = [span.filter(({ depth }) => depth >= first.depth), span.filter(({ depth }) => depth < first.depth)];
  if (others.length > 0 && !isSmall) return;
  const leaving = loop.findLastIndex(({ code }, index) => {
    const [branch, jump] = code.slice(-2);
    if (index + 1 >= loop.length || jump?.op !== "j" || !branch || !isBranch(branch)) return false;
    const other = branch.target === loop[index + 1] ? jump.target! : jump.target === loop[index + 1] ? branch.target! : undefined;
    return other !== undefined && !other.cold && !loop.includes(other);
  });
  if (leaving >= 0) fn.blocks.splice(from, span.length, ...loop.slice(leaving + 1), ...loop.slice(0, leaving + 1), ...others);
}
