// Patterns: the bits of an instruction, written as the ISA manual draws them,
// most significant bit first.
//
//     imm[11:0]              rs1  000  rd  0010011        addi
//     offset[12|10:5]  rs2   rs1  000  offset[4:1|11]  1100011   beq
//     010  uimm[5:3]  rs1'  uimm[2|6]  rd'  00            c.lw
//
// A word is a literal, or a field: a name from operand.ts and the bits of the
// operand that lie there. `'` marks a compressed register (x8 to x15 in three
// bits). `!=0` or `!=0,2` names register numbers that the pattern excludes.

import { operandKinds, type OperandName } from "./operand.js";

/// Bits of the word that are bits of an operand.
interface Piece {
  readonly wordBit: number;
  readonly valueBit: number;
  readonly width: number;
}

export interface Field {
  readonly name: OperandName;
  readonly pieces: Piece[];
  /// What is added to the bits: 8 for a compressed register.
  readonly base: number;
}

export interface Pattern {
  /// In bytes, 2 or 4.
  readonly length: number;
  readonly mask: number;
  readonly match: number;
  readonly fields: readonly Field[];
  /// Words that have these bits are not this instruction.
  readonly excludes: readonly { mask: number; match: number }[];
}

export function parsePattern(source: string): Pattern {
  const words = source.trim().split(/\s+/).map(parseWord);
  const bits = words.reduce((sum, word) => sum + word.width, 0);
  if (bits !== 16 && bits !== 32) throw new Error(`pattern has ${bits} bits: ${source}`);

  let mask = 0, match = 0, wordBit = bits;
  const fields: Field[] = [];
  const excludes: { mask: number; match: number }[] = [];
  for (const word of words) {
    wordBit -= word.width;
    if (word.literal !== undefined) {
      mask |= ones(word.width) << wordBit;
      match |= word.literal << wordBit;
      continue;
    }
    let field = fields.find(({ name }) => name === word.name);
    if (!field) fields.push((field = { name: word.name, pieces: [], base: word.base }));
    let bit = wordBit + word.width;
    for (const { high, low } of word.ranges) {
      const width = high - low + 1;
      field.pieces.push({ wordBit: (bit -= width), valueBit: low, width });
    }
    for (const value of word.excluded) excludes.push({ mask: ones(word.width) << wordBit, match: value << wordBit });
  }
  for (const { name, pieces } of fields) {
    if (operandKinds[name].nonzero) excludes.push({ mask: pieces.reduce((all, p) => all | (ones(p.width) << p.wordBit), 0), match: 0 });
  }
  return { length: bits / 8, mask, match, fields, excludes };
}

export function matches(pattern: Pattern, word: number): boolean {
  return (word & pattern.mask) === pattern.match && !pattern.excludes.some(({ mask, match }) => (word & mask) === match);
}

/// Whether some word is both: their literals agree, and neither's literals are what the other excludes.
export function overlap(a: Pattern, b: Pattern): boolean {
  if (a.length !== b.length || ((a.match ^ b.match) & a.mask & b.mask) !== 0) return false;
  const excludedBy = (one: Pattern, other: Pattern) => one.excludes.some(({ mask, match }) => (other.mask & mask) === mask && (other.match & mask) === match);
  return !excludedBy(a, b) && !excludedBy(b, a);
}

export function extract(field: Field, word: number): number {
  let value = 0, top = 0;
  for (const { wordBit, valueBit, width } of field.pieces) {
    value |= ((word >>> wordBit) & ones(width)) << valueBit;
    if (valueBit + width > top) top = valueBit + width;
  }
  return operandKinds[field.name].signed ? (value << (32 - top)) >> (32 - top) : value + field.base;
}

/// The field's bits in place. A value that does not fit is one that would not be extracted again.
export function insert(field: Field, value: number): number {
  let word = 0;
  for (const { wordBit, valueBit, width } of field.pieces) word |= (((value - field.base) >>> valueBit) & ones(width)) << wordBit;
  if (extract(field, word) !== value) throw new RangeError(`${field.name} cannot be ${value}`);
  return word;
}

function parseWord(source: string) {
  if (/^[01]+$/.test(source)) return { width: source.length, literal: Number.parseInt(source, 2) } as const;
  const parts = /^([a-z]+\d?)('?)(?:\[(.*)\])?(?:!=(.*))?$/.exec(source);
  const name = parts?.[1] as OperandName;
  if (!parts || !operandKinds[name]) throw new Error(`no operand ${source}`);
  const compressed = parts[2] !== "";
  const ranges = (parts[3] ?? `${(compressed ? 3 : (operandKinds[name].width ?? 0)) - 1}:0`).split("|").map((range) => {
    const [high = 0, low = high] = range.split(":").map(Number);
    return { high, low };
  });
  return {
    name, ranges, base: compressed ? 8 : 0,
    width: ranges.reduce((sum, { high, low }) => sum + high - low + 1, 0),
    excluded: parts[4]?.split(",").map(Number) ?? [],
  };
}

function ones(width: number): number {
  return width === 32 ? -1 : (1 << width) - 1;
}
