// Decoding: from a word to a row and operands.
//
// Rows are hashed by the bits that tell most of them apart: opcode and funct3
// of a 32-bit instruction, quadrant and funct3 of a compressed one. A row goes
// in every bucket its pattern may fall in, so buckets stay a few rows long.

import { operandKinds, type OperandName } from "./operand.js";
import { extract, type Field, matches } from "./pattern.js";
import { operandSlots, type Operands, type Row } from "./row.js";
import { baseOf, rows } from "./table.js";

export interface Decoded {
  /// The row that gives the meaning; a compressed form is expanded already.
  readonly row: Row;
  /// The row that the word spells.
  readonly form: Row;
  /// In bytes, 2 or 4.
  readonly length: number;
  readonly operands: Operands;
}

/// Where an expansion's operand comes from: a field of the compressed word, or a fixed value.
interface Binding {
  readonly name: OperandName;
  readonly field: Field | undefined;
  readonly value: number;
}

interface Decoder {
  readonly form: Row;
  readonly row: Row;
  readonly bindings: readonly Binding[];
}

const KEY_MASK = { 2: 0xe003, 4: 0x707f } as const;
const buckets = buildBuckets();

/// Decodes the instruction in the low bits of `word`; higher bits are ignored where it is compressed.
export function decode(word: number): Decoded | undefined {
  for (const { form, row, bindings } of buckets.get(bucketKey(word)) ?? []) {
    if (!matches(form.pattern, word)) continue;
    const operands: Operands = {};
    for (const { name, field, value } of bindings) operands[name] = field ? extract(field, word) : value;
    return { row, form, length: form.pattern.length, operands };
  }
  return undefined;
}

/// Operands of the form itself, for its text.
export function fieldsOf(form: Row, word: number): Operands {
  return Object.fromEntries(form.pattern.fields.map((field) => [field.name, extract(field, word)]));
}

export function lengthOf(word: number): 2 | 4 {
  return (word & 3) === 3 ? 4 : 2;
}

function bucketKey(word: number): number {
  return word & KEY_MASK[lengthOf(word)];
}

function buildBuckets(): Map<number, Decoder[]> {
  const buckets = new Map<number, Decoder[]>();
  for (const form of [...rows].sort((a, b) => Number("expandsTo" in b.meaning) - Number("expandsTo" in a.meaning))) {
    const decoder = decoderOf(form);
    for (const key of keysOf(form)) buckets.set(key, [...(buckets.get(key) ?? []), decoder]);
  }
  return buckets;
}

/// Every key whose bits agree with the row's literals.
function keysOf({ pattern }: Row): number[] {
  const keyMask = KEY_MASK[pattern.length as 2 | 4];
  const free = keyMask & ~pattern.mask;
  const keys: number[] = [];
  for (let subset = free; ; subset = (subset - 1) & free) {
    keys.push((pattern.match & keyMask) | subset);
    if (subset === 0) return keys;
  }
}

function decoderOf(form: Row): Decoder {
  const fieldNamed = (name: string) => form.pattern.fields.find((field) => field.name === name);
  const row = baseOf(form);
  if (!("expandsTo" in form.meaning)) {
    return { form, row, bindings: form.pattern.fields.map((field) => ({ name: field.name, field, value: 0 })) };
  }
  const sources = operandSlots(form.meaning.expandsTo);
  const bindings = operandSlots(row.text).map((slot, index) => {
    const name = slot as OperandName;
    const source = sources[index] ?? "";
    const field = fieldNamed(source);
    return { name, field, value: field ? 0 : operandKinds[name].parse(source) };
  });
  return { form, row, bindings };
}
