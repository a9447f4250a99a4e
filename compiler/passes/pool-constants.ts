// Constants that take several instructions to make lie in memory, once for the
// whole program, where one load gets them. The last before the back end: until
// then a constant is its bits, which folding can see.

import { bitsOf, isFloat } from "../ir/ops.js";
import { memoryBytes, type Func, type Module, type Value } from "../ir/types.js";

/// From which on a load, which is two, is better. A float moves to its own file besides.
const MANY = 4,
  MANY_FOR_FLOAT = 2;

/// Instructions that make an integer: `lui` and `addi`, then shifts and more `addi` for what is wider.
function stepsOf(value: bigint): number {
  if (BigInt.asIntN(12, value) === value) return 1;
  const low = BigInt.asIntN(12, value) === 0n ? 0 : 1;
  if (BigInt.asIntN(32, value) === value) return 1 + low;
  let high = BigInt.asIntN(64, value - BigInt.asIntN(12, value)) >> 12n;
  while ((high & 1n) === 0n) high >>= 1n;
  return stepsOf(high) + 1 + low;
}

const isLong = ({ type, imm }: Value) => stepsOf(imm) >= (isFloat(type) ? MANY_FOR_FLOAT : MANY);

export function poolConstants(fn: Func, module: Module): void {
  for (const { body } of fn.blocks)
    for (const value of body) {
      if (value.op !== "const" || !value.type || !isLong(value)) continue;
      const size = memoryBytes[value.type];
      const hex = BigInt.asUintN(bitsOf(value.type), value.imm).toString(16).padStart(size * 2, "0");
      const name = `.${value.type}.${hex}`;
      value.symbol = name;
      if (module.data.some((item) => item.name === name)) continue;
      const bytes = Uint8Array.from(hex.match(/../g)!.reverse(), (pair) => Number.parseInt(pair, 16));
      module.data.push({ name, size, align: size, bytes, readonly: true, relocations: [] });
    }
}
