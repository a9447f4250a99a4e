// Random numbers from a fixed seed, and numbers that find mistakes.

export function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}

/// Numbers from 0 to below what is asked for.
export function drawsFrom(seed: number): (below: number) => number {
  const random = xorshift(seed);
  return (below) => (random() >>> 0) % below;
}

const edges = [
  0n, 1n, 2n, -1n, -2n, 31n, 32n, 63n, 64n, 0x7fn, 0x80n, 0x7fffn, 0x8000n, 0x7fff_ffffn, 0x8000_0000n, -0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn, -0x8000_0000_0000_0000n, -0x7fff_ffff_ffff_ffffn, 0x5555_5555_5555_5555n, 0x0123_4567_89ab_cdefn,
];

/// Half of them edges.
export function random64(random: () => number): bigint {
  const choice = random();
  if (choice & 1) return edges[(choice >>> 1) % edges.length] as bigint;
  return BigInt.asIntN(64, (BigInt(random() >>> 0) << 32n) | BigInt(random() >>> 0)) >> BigInt((choice >>> 1) & 31);
}
