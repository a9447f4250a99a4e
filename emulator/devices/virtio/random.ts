// Numbers that depend on a seed alone: xoshiro128** 1.1 (Blackman and Vigna),
// its state filled by splitmix32. For repeatable runs, not for secrets.

export class SeededRandom {
  readonly #state: Uint32Array;

  constructor(seed: number) {
    let mixed = (seed % 2 ** 32) ^ Math.floor(seed / 2 ** 32);
    this.#state = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e37_79b9) | 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
      return z ^ (z >>> 15);
    });
  }

  /// 32 bits, unsigned.
  next(): number {
    const [a, b, c, d] = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const [e, f] = [c ^ a, d ^ b];
    this.#state.set([a ^ f, b ^ e, e ^ (b << 9), rotate(f, 11)]);
    return result;
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0, word = 0; at < bytes.length; at++, word >>>= 8) {
      if (at % 4 === 0) word = this.next();
      bytes[at] = word;
    }
  }

  save(): number[] {
    return [...this.#state];
  }

  restore(state: readonly number[]): void {
    this.#state.set(state);
  }
}

function rotate(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}
