// The flat memory that a module runs in when it is no machine's: addresses are
// small numbers.
//
//     0        nothing
//     0x1000   functions, 16 bytes each: called, never read
//     …        static data
//     …        frames, growing upwards

import type { Func, Module } from "./types.js";

const FUNCTIONS = 0x1000,
  FUNCTION_BYTES = 16;

export interface MemoryLayout {
  readonly addresses: ReadonlyMap<string, number>;
  readonly dataStart: number;
  /// Where the data ends and frames begin.
  readonly end: number;
}

export function layOutMemory({ functions, data }: Module): MemoryLayout {
  const addresses = new Map<string, number>();
  functions.forEach(({ name }, index) => addresses.set(name, FUNCTIONS + index * FUNCTION_BYTES));
  const dataStart = FUNCTIONS + functions.length * FUNCTION_BYTES;
  let end = dataStart;
  for (const { name, size, align } of data) {
    end = Math.ceil(end / align) * align;
    addresses.set(name, end);
    end += size;
  }
  return { addresses, dataStart, end };
}

/// Puts the data into place. `addressOf` throws for what has no address here.
export function writeData({ data }: Module, memory: DataView, addressOf: (symbol: string) => number): void {
  const bytes = new Uint8Array(memory.buffer);
  for (const { name, bytes: held } of data) if (held) bytes.set(held, addressOf(name));
  for (const { name, relocations } of data)
    for (const { offset, symbol, addend } of relocations)
      memory.setBigInt64(addressOf(name) + offset, BigInt(addressOf(symbol) + addend), true);
}

/// The number of the function at an address; may be none's.
export const functionIndex = (address: number): number => (address - FUNCTIONS) / FUNCTION_BYTES;
export const FIRST_FUNCTION = FUNCTIONS;
export const FUNCTION_SHIFT = Math.log2(FUNCTION_BYTES);

/// The data or function that an address lies in, and the distance from its start.
export function symbolAt(module: Module, addresses: ReadonlyMap<string, number>, address: number): { symbol: string; offset: number } | undefined {
  for (const { name, size } of module.data) {
    const offset = address - addresses.get(name)!;
    if (offset >= 0 && offset < Math.max(size, 1)) return { symbol: name, offset };
  }
  const fn: Func | undefined = module.functions[functionIndex(address)];
  return fn && { symbol: fn.name, offset: 0 };
}
