// Shrink-wrapping of the way out at the top: a function that first looks
// whether there is anything to do needs no frame when there is not. The frame
// is made on the other way, and what the first block already copies into
// registers that must be kept is copied there too.
//
// The order of the blocks says for the unwinder where the frame is: the early
// return lies before the block that makes it.

import { changed, defsOf, isBranch, isCall, isCopy, newInstr, usesOf, type Instr, type MachineBlock, type MachineFunc, type Reg } from "./machine.js";

/// `enter` makes the frame that saves these registers. False where the function has no such shape.
export function shrinkWrap(fn: MachineFunc, saved: readonly Reg[], enter: readonly Instr[]): boolean {
  const [first] = fn.blocks;
  const [branch, jump] = first?.code.slice(-2) ?? [];
  if (!first || !branch?.target || !jump?.target || !isBranch(branch) || jump.op !== "j") return false;
  if (fn.blocks.some(({ code }) => code.some(({ target }) => target === first))) return false;
  const kept = new Set(saved);
  const needsFrame = (instr: Instr) => instr.area !== undefined || isCall(instr) || instr.op === "asm" || defsOf(instr).some((reg) => kept.has(reg));
  const early = [branch, jump].map(({ target }) => endOf(target!)).map((block) => (block.code.at(-1)?.op === "ret" && !block.code.some((instr) => needsFrame(instr) || usesOf(instr).some((reg) => kept.has(reg) && instr.op !== "ret")) ? block : undefined));
  const side = early.findIndex((block) => block !== undefined);
  const out = early[side];
  if (!out || early[1 - side]) return false;
  const [stay, sunk] = split(first.code.slice(0, -2), [branch], kept);
  if (stay.some(needsFrame) || usesOf(branch).some((reg) => kept.has(reg))) return false;
  const other = (side === 0 ? jump : branch).target!;
  const leaves: MachineBlock = { ...out, label: `${fn.name}.early`, code: out.code.map((instr) => newInstr(instr)) };
  const enters: MachineBlock = {
    label: `${fn.name}.framed`,
    code: [...enter, ...sunk, newInstr({ op: "j", target: other, location: jump.location })],
    successors: [other],
    depth: 0,
  };
  const to = (instr: Instr) => (instr.target === other ? enters : leaves);
  first.code = [...stay, changed(branch, { target: to(branch) }), changed(jump, { target: to(jump) })];
  first.successors = [enters, leaves];
  fn.blocks.splice(1, 0, leaves, enters);
  return true;
}

/// Through blocks that only jump.
function endOf(block: MachineBlock): MachineBlock {
  for (let hops = 0; hops < 8 && block.code.length === 1 && block.code[0]!.op === "j"; hops++) block = block.code[0]!.target!;
  return block;
}

/// Copies into kept registers that nothing here reads, of what nothing here changes afterwards; and the rest.
function split(code: readonly Instr[], after: readonly Instr[], kept: ReadonlySet<Reg>): [stay: Instr[], sunk: Instr[]] {
  const [stay, sunk] = [[] as Instr[], [] as Instr[]];
  code.forEach((instr, index) => {
    const later = [...code.slice(index + 1), ...after];
    const isSunk =
      isCopy(instr) &&
      kept.has(instr.rd!) &&
      !later.some((other) => usesOf(other).includes(instr.rd!) || defsOf(other).some((reg) => reg === instr.rd || reg === instr.rs1));
    (isSunk ? sunk : stay).push(instr);
  });
  return [stay, sunk];
}
