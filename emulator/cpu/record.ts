// Records: decoded instructions, as the interpreter reads them.
//
// A page of guest code has one record for each of its 2048 halfwords, and two
// after them which say that the page has ended (the second is where a 4-byte
// instruction in the last halfword would end). So the pc needs no variable:
// a record's place in its page is the instruction's place in its page.
//
//     0        2        4        6        8               12
//     | handler|   rd   |  rs1   |  rs2   |   immediate    |   rs3   |
//
// Registers are byte addresses in hart state, so the interpreter adds nothing.
// A write to x0 goes to a sink, so x0 stays zero without a check.

import type { OperandName } from "../isa/operand.js";
import { operandKinds } from "../isa/operand.js";
import type { Operands } from "../isa/row.js";
import { State } from "./layout.js";

export const RECORD_SIZE = 16;
/// Records lie eight times as far apart as the halfwords they decode.
export const RECORD_SHIFT = 3;
export const RECORDS_IN_PAGE = 2048;
export const DECODED_PAGE_SIZE = (RECORDS_IN_PAGE + 2) * RECORD_SIZE;

const registerFields = { rd: 2, frd: 2, rs1: 4, frs1: 4, rs2: 6, frs2: 6, frs3: 12 } as const;
const IMMEDIATE = 8;

export function recordField(name: OperandName): number {
  return name in registerFields ? registerFields[name as keyof typeof registerFields] : IMMEDIATE;
}

/// Operands that nothing reads at run time; they would overwrite the immediate.
const unread: ReadonlySet<string> = new Set<OperandName>(["rm", "aqrl", "pred", "succ"]);

export function writeRecord(memory: DataView, address: number, handler: number, operands: Operands): void {
  memory.setUint16(address, handler, true);
  for (const key in operands) {
    const name = key as OperandName;
    const value = operands[name] as number;
    const { file } = operandKinds[name];
    if (file) memory.setUint16(address + recordField(name), file === "f" ? State.f + value * 8 : name === "rd" && value === 0 ? State.sink : State.x + value * 8, true);
    else if (!unread.has(name)) memory.setInt32(address + IMMEDIATE, value, true);
  }
}
