// The exact float functions: what a row calls where host arithmetic does not do,
// because the guest wants another rounding mode, or to see a flag. Operands and
// results are bits; besides its operands each takes a rounding mode, which may
// be the dynamic one, and it sets flags in fcsr. Made in emulator/cpu/float.

/// s: bits of an f32 in 32; d: bits of an f64; x: a register. The last is the result.
const kinds = {
  "add.s": "sss", "mul.s": "sss", "div.s": "sss", "sqrt.s": "ss", "fma.s": "ssss", "min.s": "sss", "max.s": "sss", "eq.s": "ssx", "lt.s": "ssx", "le.s": "ssx", "class.s": "sx",
  "toW.s": "sx", "toWU.s": "sx", "toL.s": "sx", "toLU.s": "sx", "fromL.s": "xs", "fromLU.s": "xs", "narrow": "ds",
  "add.d": "ddd", "mul.d": "ddd", "div.d": "ddd", "sqrt.d": "dd", "fma.d": "dddd", "min.d": "ddd", "max.d": "ddd", "eq.d": "ddx", "lt.d": "ddx", "le.d": "ddx", "class.d": "dx",
  "toW.d": "dx", "toWU.d": "dx", "toL.d": "dx", "toLU.d": "dx", "fromL.d": "xd", "fromLU.d": "xd", "widen": "sd",
} as const;

export type FloatFunction = keyof typeof kinds;
export type FloatKind = "s" | "d" | "x";
export type FloatSuffix = "s" | "d";

export const floatFunctions = Object.keys(kinds) as readonly FloatFunction[];

export function floatSignature(name: FloatFunction): { readonly operands: readonly FloatKind[]; readonly result: FloatKind } {
  const all = [...kinds[name]] as FloatKind[];
  return { operands: all.slice(0, -1), result: all.at(-1) as FloatKind };
}

/// Their numbers, which are their places among the functions that a module imports.
export const floatNumbers: ReadonlyMap<FloatFunction, number> = new Map(floatFunctions.map((name, index) => [name, index]));
