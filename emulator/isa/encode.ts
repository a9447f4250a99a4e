// Encoding: from a row and operands to a word. The compiler's emitter calls this.

import { operandKinds } from "./operand.js";
import { insert, matches } from "./pattern.js";
import type { Operands, Row } from "./row.js";

/// The word, in its low 16 bits where the row is compressed. Throws where an operand does not fit.
export function encode(row: Row, operands: Operands): number {
  let word = row.pattern.match;
  for (const field of row.pattern.fields) {
    const value = operands[field.name] ?? operandKinds[field.name].default;
    if (value === undefined) throw new RangeError(`${row.mnemonic} needs ${field.name}`);
    word |= insert(field, value);
  }
  if (!matches(row.pattern, word)) throw new RangeError(`${row.mnemonic} reserves these operands`);
  return word >>> 0;
}
