// Blocks are in their final order: a block that only jumps is skipped (its
// copies were coalesced away), a jump to what follows is nothing, and a branch
// over a jump is the opposite branch.

import type { MachineBlock, MachineFunc } from "./machine.js";

const opposite: Record<string, string> = { beq: "bne", bne: "beq", blt: "bge", bge: "blt", bltu: "bgeu", bgeu: "bltu" };

export function tidyJumps(fn: MachineFunc): void {
  const code = fn.blocks.flatMap((block) => block.code);
  for (const instr of code) if (instr.target) instr.target = finalTarget(instr.target);
  const targets = new Set(code.map(({ target }) => target));
  fn.blocks = fn.blocks.filter((block, index) => index === 0 || targets.has(block));
  fn.blocks.forEach((block, index) => tidy(block, fn.blocks[index + 1]));
}

function finalTarget(block: MachineBlock): MachineBlock {
  for (let hops = 0; hops < 8 && block.code.length === 1 && block.code[0]!.op === "j"; hops++)
    block = block.code[0]!.target!;
  return block;
}

function tidy(block: MachineBlock, next: MachineBlock | undefined): void {
  const [branch, jump] = [block.code.at(-2), block.code.at(-1)];
  if (jump?.op !== "j") return;
  if (jump.target === next) block.code.pop();
  else if (branch?.target === next && branch?.target && opposite[branch.op])
    block.code.splice(-2, 2, { ...branch, op: opposite[branch.op]!, target: jump.target! });
}
