// Where a loop's blocks lie: one that is left in its middle, and jumps from its last block to its first, is turned
// round so that the block that leaves it comes last. Its branch then goes back into the loop, and the jump is gone:
//
//     first … leaves if c   rest … j first        becomes       j first   rest …   first … rest unless c

import { isBranch, type MachineBlock, type MachineFunc } from "./machine.js";

export function placeLoops(fn: MachineFunc): void {
  // Inner loops first: they are short.
  const ends = fn.blocks.flatMap((block) => {
    const [before, jump] = [block.code.at(-2), block.code.at(-1)];
    return jump?.op === "j" && !(before && isBranch(before)) && jump.target!.depth > 0 ? [{ first: jump.target!, last: block }] : [];
  });
  const length = ({ first, last }: { first: MachineBlock; last: MachineBlock }) => fn.blocks.indexOf(last) - fn.blocks.indexOf(first);
  for (const { first, last } of ends.sort((a, b) => length(a) - length(b))) turn(fn, first, last);
}

function turn(fn: MachineFunc, first: MachineBlock, last: MachineBlock): void {
  const [from, to] = [fn.blocks.indexOf(first), fn.blocks.indexOf(last)];
  const loop = fn.blocks.slice(from, to + 1);
  if (from < 1 || to < from || loop.some(({ depth, cold }) => depth < first.depth || cold)) return;
  // What comes before would have to jump each time.
  if (fn.blocks[from - 1]!.depth >= first.depth) return;
  const leaving = loop.findLastIndex(({ code }, index) => {
    const [branch, jump] = code.slice(-2);
    if (index + 1 >= loop.length || jump?.op !== "j" || !branch || !isBranch(branch)) return false;
    const other = branch.target === loop[index + 1] ? jump.target! : jump.target === loop[index + 1] ? branch.target! : undefined;
    return other !== undefined && !other.cold && !loop.includes(other);
  });
  if (leaving >= 0) fn.blocks.splice(from, loop.length, ...loop.slice(leaving + 1), ...loop.slice(0, leaving + 1));
}
