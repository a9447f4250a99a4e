// The last of control flow: a block that only jumps is skipped (its copies were
// coalesced away), a jump to what follows is nothing, and a branch over a jump
// is the opposite branch.
//
// Of the two sides of `x = c ? long() : 0` one must jump. Outside loops, where
// this is mostly the rare case of a data structure (the last of a list), it is
// the long one, which moves out of the way.

import { duplicateTails } from "./duplicate-tails.js";
import { changed, isBranch, type MachineBlock, type MachineFunc } from "./machine.js";
import { placeLoops } from "./place-loops.js";

const opposite: Record<string, string> = { beq: "bne", bne: "beq", blt: "bge", bge: "blt", bltu: "bgeu", bgeu: "bltu" };

export function tidyJumps(fn: MachineFunc, isSmall: boolean): void {
  for (const { code } of fn.blocks) for (const instr of code) if (instr.target) instr.target = finalTarget(instr.target);
  dropUnreached(fn);
  moveLongSides(fn);
  if (!isSmall) {
    duplicateTails(fn);
    dropUnreached(fn);
  }
  placeLoops(fn, isSmall);
  fn.blocks.forEach((block, index) => tidy(block, fn.blocks[index + 1]));
}

function dropUnreached(fn: MachineFunc): void {
  const targets = new Set<MachineBlock>();
  for (const { code } of fn.blocks) for (const { target } of code) if (target) targets.add(target);
  fn.blocks = fn.blocks.filter((block, index) => index === 0 || targets.has(block));
}

/// Instructions in a side that is short.
const SHORT = 2;

function moveLongSides(fn: MachineFunc): void {
  const entries = new Map<MachineBlock, number>();
  for (const { code } of fn.blocks)
    for (const { target } of code) if (target) entries.set(target, (entries.get(target) ?? 0) + 1);
  const moved: MachineBlock[] = [];
  for (let at = 0; at + 3 < fn.blocks.length; at++) {
    const [head, short, long, join] = fn.blocks.slice(at, at + 4) as [MachineBlock, MachineBlock, MachineBlock, MachineBlock];
    const [branch, jump] = head.code.slice(-2);
    const targets = [branch?.target, jump?.target];
    const isSplit = jump?.op === "j" && targets.includes(short) && targets.includes(long);
    const meets = short.code.at(-1)?.target === join && long.code.at(-1)?.op === "j" && long.code.at(-1)?.target === join;
    if (!isSplit || !meets || head.depth > 0 || entries.get(long) !== 1 || short.code.length > SHORT + 1) continue;
    moved.push(long);
    fn.blocks.splice(at + 2, 1);
  }
  const cold = fn.blocks.findIndex((block, index) => index > 0 && block.cold);
  fn.blocks.splice(cold < 0 ? fn.blocks.length : cold, 0, ...moved);
}

function finalTarget(block: MachineBlock): MachineBlock {
  for (let hops = 0; hops < 8 && block.code.length === 1 && block.code[0]!.op === "j"; hops++)
    block = block.code[0]!.target!;
  return block;
}

function tidy(block: MachineBlock, next: MachineBlock | undefined): void {
  const [branch, jump] = [block.code.at(-2), block.code.at(-1)];
  if (jump?.op !== "j") return;
  if (jump.target === next) return void block.code.pop();
  if (!branch?.target || !isBranch(branch)) return;
  const turned = [changed(branch, { op: opposite[branch.op]!, target: jump.target! }), changed(jump, { target: branch.target })];
  if (branch.target === next) block.code.splice(-2, 2, turned[0]!);
  // Where both are elsewhere, the jump is for the way that is taken less.
  else if (jump.target!.depth > branch.target.depth) block.code.splice(-2, 2, ...turned);
}
