// Floats that take several instructions to make lie in memory, once for the
// whole program, where one load gets them. The last before the back end: until
// then a constant is its bits, which folding can see.

import { bitsOf, isFloat } from "../ir/ops.js";
import { memoryBytes, type Data, type Module } from "../ir/types.js";

/// What a `lui` makes needs no memory: its low 12 bits are zero.
const isShort = (bits: bigint) => BigInt.asIntN(32, bits) === bits && (bits & 0xfffn) === 0n;

export function poolFloats(module: Module): void {
  const pool = new Map<string, Data>();
  for (const fn of module.functions)
    for (const { body } of fn.blocks)
      for (const value of body) {
        if (value.op !== "const" || !isFloat(value.type) || isShort(value.imm)) continue;
        const size = memoryBytes[value.type];
        const hex = BigInt.asUintN(bitsOf(value.type), value.imm).toString(16).padStart(size * 2, "0");
        value.symbol = `.${value.type}.${hex}`;
        if (pool.has(value.symbol)) continue;
        const bytes = Uint8Array.from(hex.match(/../g)!.reverse(), (pair) => Number.parseInt(pair, 16));
        pool.set(value.symbol, { name: value.symbol, size, align: size, bytes, readonly: true, relocations: [] });
      }
  module.data.push(...pool.values());
}
