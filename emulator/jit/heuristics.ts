// Which loads remember the page that they read last: those of a table in a small
// loop, whose address is computed anew each time. There the way through the TLB
// is a part of every round's latency (crc32 is 1.5 times as fast without). Loads
// that walk through memory, or follow pointers, are faster as they are.

import type { Instruction } from "./region.js";
import type { Loop } from "./structure.js";

/// Instructions of a loop in which loads may remember pages.
export const SMALL_LOOP = 64;

/// Whether a loop is small: it has no other inside but the smallest loop of its own head.
export function isSmall(loop: Loop): boolean { return instructionsOf(loop) <= SMALL_LOOP; }

function instructionsOf({ body, heads }: Loop): number {
  let instructions = 0;
  for (const item of body) instructions += item.kind === "block" ? item.block.instructions.length : item.heads[0] === heads[0] ? instructionsOf(item) : SMALL_LOOP + 1;
  return instructions;
}

/// Whether the instruction there is a load from an address that its block computes from something else.
export function looksUpTable(instructions: readonly Instruction[], index: number): boolean {
  const { row, operands } = (instructions[index] as Instruction).decoded;
  const base = operands.rs1;
  if (!accessesMemory(instructions[index] as Instruction) || row.pattern.fields.some(({ name }) => name === "rs2" || name === "frs2")) return false;
  let writes = 0;
  for (let at = index - 1; at >= 0; at--) {
    const writer = instructions[at] as Instruction;
    const { rd, rs1, rs2 } = writer.decoded.operands;
    if (rd !== base) continue;
    if (writes === 0 && accessesMemory(writer)) return false;
    // A register that is only stepped on has one write, which reads it.
    if (++writes > 1 || (rs1 !== base && rs2 !== base)) return true;
  }
  return false;
}

function accessesMemory({ decoded }: Instruction): boolean { return decoded.row.text.endsWith("(rs1)"); }
