// Counting bits, for integers of 64 bits; the compiler corrects narrower ones. Without Zbb these are the
// usual halvings: each step looks at half of what is left.

/// Zero bits above the highest one; 64 for 0.
export function countLeadingZeros(x: u64): u64 {
  if (x === 0) return 64;
  let count: u64 = 0;
  let rest = x;
  if (rest >>> 32 === 0) {
    count += 32;
    rest = rest << 32;
  }
  if (rest >>> 48 === 0) {
    count += 16;
    rest = rest << 16;
  }
  if (rest >>> 56 === 0) {
    count += 8;
    rest = rest << 8;
  }
  if (rest >>> 60 === 0) {
    count += 4;
    rest = rest << 4;
  }
  if (rest >>> 62 === 0) {
    count += 2;
    rest = rest << 2;
  }
  return rest >>> 63 === 0 ? count + 1 : count;
}

/// Zero bits below the lowest one; 64 for 0.
export function countTrailingZeros(x: u64): u64 {
  return x === 0 ? 64 : 63 - countLeadingZeros(x & (~x + 1));
}

/// How many bits are one: sums of pairs, of nibbles, of bytes.
export function popCount(x: u64): u64 {
  const pairs = x - ((x >>> 1) & 0x5555555555555555);
  const nibbles = (pairs & 0x3333333333333333) + ((pairs >>> 2) & 0x3333333333333333);
  const bytes = (nibbles + (nibbles >>> 4)) & 0x0f0f0f0f0f0f0f0f;
  return (bytes * 0x0101010101010101) >>> 56;
}

/// `a === b` for strings.
export function equalText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  for (let i: usize = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
