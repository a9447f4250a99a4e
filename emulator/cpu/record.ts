// Records: decoded instructions, as the interpreter reads them.
//
// A page of guest code has one record for each of its 2048 halfwords, and one
// after them which says that the page has ended. (A 4-byte instruction in the
// last halfword has a record of its own elsewhere: it lies in two pages.) So
// the pc needs no variable: a record's place in its page is the instruction's
// place in its page.
//
//     0        2        4        6        8               12        13          14
//     | handler|   rd   |  rs1   |  rs2   |   immediate    |csr mask | privilege | covered
//
// Registers are byte offsets in hart state, so that harts share records, and
// the interpreter adds nothing. A write to x0 goes to a sink, so x0 stays zero
// without a check. Where compiled code begins, the handler says so, and the
// one that it stands in for is `covered`. A third source register lies in
// bytes 12 and 13. A CSR row has the CSR's offset in place of rs2. A hosted
// row has the instruction's word as its immediate.

import type { OperandName } from "../isa/operand.js";
import { operandKinds } from "../isa/operand.js";
import type { Operands } from "../isa/row.js";
import { State } from "./layout.js";

export const RECORD_SIZE = 16;
/// Records lie eight times as far apart as the halfwords they decode.
export const RECORD_SHIFT = 3;
export const RECORDS_IN_PAGE = 2048;
export const DECODED_PAGE_SIZE = (RECORDS_IN_PAGE + 1) * RECORD_SIZE;

/// Places in a record.
export const RecordField = { handler: 0, csr: 6, immediate: 8, csrMask: 12, privilege: 13, covered: 14 } as const;

const registerFields = { rd: 2, frd: 2, rs1: 4, frs1: 4, rs2: 6, frs2: 6, frs3: 12 } as const;

export function recordField(name: OperandName): number {
  return name in registerFields ? registerFields[name as keyof typeof registerFields] : RecordField.immediate;
}

/// Operands that nothing reads at run time; they would overwrite the immediate.
const unread: ReadonlySet<string> = new Set<OperandName>(["csr", "aqrl", "pred", "succ", "fm", "order", "ignored"]);

export function writeRecord(memory: DataView, address: number, handler: number, operands: Operands): void {
  memory.setUint16(address, handler, true);
  for (const key in operands) {
    const name = key as OperandName;
    const value = operands[name] as number;
    const { file } = operandKinds[name];
    if (file) memory.setUint16(address + recordField(name), file === "f" ? State.f + value * 8 : name === "rd" && value === 0 ? State.sink : State.x + value * 8, true);
    else if (!unread.has(name)) memory.setInt32(address + RecordField.immediate, value, true);
  }
}
