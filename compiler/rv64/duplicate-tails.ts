// A jump to a short test, or to a return, becomes that test: one instruction less on the way. Tests only in loops,
// where the way is long.

import { isBranch, newInstr, type MachineBlock, type MachineFunc } from "./machine.js";

/// Instructions of a test, its jump included, and of a return.
const LONGEST_TEST = 3,
  LONGEST_RETURN = 2;

export function duplicateTails(fn: MachineFunc): void {
  fn.blocks.forEach((block, index) => {
    const [before, jump] = [block.code.at(-2), block.code.at(-1)];
    const tail = jump?.op === "j" ? jump.target! : undefined;
    if (!tail || tail === block || tail === fn.blocks[index + 1] || block.cold || (before && isBranch(before)) || !isShort(tail, block)) return;
    block.code.splice(-1, 1, ...tail.code.map((instr) => newInstr(instr)));
    block.successors = [...tail.successors];
  });
}

function isShort({ code, depth }: MachineBlock, from: MachineBlock): boolean {
  const [branch, last] = [code.at(-2), code.at(-1)];
  if (last?.op === "ret") return code.length <= LONGEST_RETURN;
  return last?.op === "j" && branch !== undefined && isBranch(branch) && code.length <= LONGEST_TEST && depth > 0 && from.depth > 0;
}
