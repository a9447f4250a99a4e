// Slices that comptime(…) made and nobody writes: after its functions have run, where each points and how long it is
// are constants.

import type { Global } from "./tree.js";

export interface MadeSlice {
  readonly symbol: string;
  readonly addend: number;
  readonly length: bigint;
}
/// By the name of the slice's own static data.
export type MadeSlices = ReadonlyMap<string, MadeSlice>;
export const noSlices: MadeSlices = new Map();

export function madeSlicesOf(globals: readonly Global[]): MadeSlices {
  return new Map(
    globals.flatMap(({ name, type, readonly, comptime, bytes, relocations }) => {
      if (type.kind !== "slice" || !readonly || comptime === undefined || !bytes) return [];
      const pointer = relocations.find(({ offset }) => offset === 0);
      const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true);
      // One of nothing points nowhere.
      return pointer ? [[name, { symbol: pointer.symbol, addend: pointer.addend, length }] as const] : [];
    }),
  );
}

/// What tells one from another in a function's digest.
export function madeSliceText(name: string, slices: MadeSlices): string[] {
  const made = slices.get(name);
  return made ? [`${name} ${made.symbol} ${made.addend} ${made.length}`] : [];
}
