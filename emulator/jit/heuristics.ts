// Which loads remember the page that they read last: those of a table in a small
// loop, whose address is computed anew each time. There the way through the TLB
// is a part of every round's latency (crc32 is 1.5 times as fast without). Loads
// that walk through memory, or follow pointers, are faster as they are.

import type { Instruction } from "./region.js";
import type { Item } from "./structure.js";

/// Instructions of a loop in which loads may remember pages.
export const SMALL_LOOP = 64;

export function isSmall(body: readonly Item[]): boolean {
  let instructions = 0;
  for (const item of body) {
    if (item.kind === "loop") return false;
    instructions += item.block.instructions.length;
  }
  return instructions <= SMALL_LOOP;
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
