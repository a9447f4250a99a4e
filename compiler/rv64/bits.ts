// Sets of small numbers, a bit for each.

/// The numbers in a set, in order; `from` and `words` say which of the words are it.
export function bitsOf(bits: Uint32Array, from = 0, words = bits.length): number[] {
  const found: number[] = [];
  for (let word = 0; word < words; word++)
    for (let rest = bits[from + word]!; rest !== 0; rest &= rest - 1) found.push(word * 32 + (31 - Math.clz32(rest & -rest)));
  return found;
}
