// The compressed form of an instruction, found by reading the table's
// expansions backwards: "c.add rd, rs2" is "add rd, rd, rs2", so an add whose
// operands agree with that has it. Nothing here knows a compressed encoding.

import { operandKinds, type OperandName } from "../../emulator/isa/operand.js";
import { extract, matches } from "../../emulator/isa/pattern.js";
import { operandSlots, type Operands, type Row } from "../../emulator/isa/row.js";
import { baseOf, rows } from "../../emulator/isa/table.js";

interface Form {
  readonly row: Row;
  /// For each operand of the base row: the form's field that is it, or its fixed value.
  readonly slots: readonly {
    readonly name: OperandName;
    readonly field: OperandName | undefined;
    readonly value: number;
  }[];
}

const formsOf = new Map<Row, Form[]>();
for (const row of rows) {
  if (!("expandsTo" in row.meaning)) continue;
  const sources = operandSlots(row.meaning.expandsTo);
  const base = baseOf(row);
  const slots = operandSlots(base.text).map((slot, index) => {
    const name = slot as OperandName;
    const source = sources[index]!;
    const field = row.pattern.fields.find((candidate) => candidate.name === source)?.name;
    return { name, field, value: field ? 0 : operandKinds[name].parse(source) };
  });
  formsOf.set(base, [...(formsOf.get(base) ?? []), { row, slots }]);
}

/// The 16-bit word, or undefined where no form fits.
export function encodeCompressed(base: Row, operands: Operands): number | undefined {
  for (const form of formsOf.get(base) ?? []) {
    const fields = fieldsOf(form, operands);
    const word = fields && tryEncode(form.row, fields);
    if (word !== undefined) return word;
  }
  return undefined;
}

/// Undefined where an operand is not what the form has in its place.
function fieldsOf({ slots }: Form, operands: Operands): Operands | undefined {
  for (const { name, field, value } of slots) if (!field && operands[name] !== value) return undefined;
  const fields: Operands = {};
  for (const { name, field } of slots) {
    if (!field) continue;
    const [known, wanted] = [fields[field], operands[name]!];
    if (known !== undefined && known !== wanted) return undefined;
    fields[field] = wanted;
  }
  return fields;
}

/// The word, or undefined where an operand does not fit. Asked for every instruction, so it throws nothing.
function tryEncode({ pattern }: Row, fields: Operands): number | undefined {
  let word = pattern.match;
  for (const field of pattern.fields) {
    const value = fields[field.name];
    if (value === undefined) return undefined;
    let bits = 0;
    for (const { wordBit, valueBit, width } of field.pieces)
      bits |= (((value - field.base) >>> valueBit) & ((1 << width) - 1)) << wordBit;
    if (extract(field, bits) !== value) return undefined;
    word |= bits;
  }
  return matches(pattern, word) ? word : undefined;
}
