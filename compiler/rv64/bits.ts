// Sets of small numbers, a bit for each. `from`: the word where the set begins.

export function has(bits: Uint32Array, number: number, from = 0): boolean {
  return (bits[from + (number >> 5)]! & (1 << (number & 31))) !== 0;
}
export function add(bits: Uint32Array, number: number, from = 0): void {
  bits[from + (number >> 5)]! |= 1 << (number & 31);
}
export function remove(bits: Uint32Array, number: number, from = 0): void {
  bits[from + (number >> 5)]! &= ~(1 << (number & 31));
}

/// The numbers in a set of so many words, in order.
export function bitsOf(bits: Uint32Array, from = 0, words = bits.length): number[] {
  const found: number[] = [];
  for (let word = 0; word < words; word++)
    for (let rest = bits[from + word]!; rest !== 0; rest &= rest - 1) found.push(word * 32 + (31 - Math.clz32(rest & -rest)));
  return found;
}

/// How many numbers are in it.
export function countOf(bits: Uint32Array, from = 0, words = bits.length): number {
  let count = 0;
  for (let word = from; word < from + words; word++) for (let rest = bits[word]!; rest !== 0; rest &= rest - 1) count++;
  return count;
}
