// IEEE 754 numbers as the IR keeps them: the bits of an f32 or f64, so that memory, promotion and constants
// need to know nothing of them. Results are RISC-V's: rounded to nearest, ties to even; a NaN that is computed
// is the canonical one; a conversion to an integer truncates, and gives the nearest integer there is where the
// number is out of range, the largest for a NaN.

export type FloatBits = 32 | 64;

const view = new DataView(new ArrayBuffer(8));
const canonicalNaN: Readonly<Record<FloatBits, bigint>> = { 32: 0x7fc0_0000n, 64: 0x7ff8_0000_0000_0000n };

export function numberOf(bits: bigint, width: FloatBits): number {
  if (width === 64) {
    view.setBigUint64(0, BigInt.asUintN(64, bits));
    return view.getFloat64(0);
  }
  view.setUint32(0, Number(BigInt.asUintN(32, bits)));
  return view.getFloat32(0);
}

export function bitsOfNumber(value: number, width: FloatBits): bigint {
  if (Number.isNaN(value)) return canonicalNaN[width];
  if (width === 64) {
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  }
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
}

/// An operation on the numbers. That of f64, rounded to f32, is f32's own for +, -, *, / and square roots.
export const onNumbers =
  (operate: (a: number, b: number) => number) =>
  (a: bigint, b: bigint, bits: number): bigint =>
    bitsOfNumber(operate(numberOf(a, bits as FloatBits), numberOf(b, bits as FloatBits)), bits as FloatBits);

export const comparing =
  (compare: (a: number, b: number) => boolean) =>
  (a: bigint, b: bigint, bits: number): bigint =>
    BigInt(compare(numberOf(a, bits as FloatBits), numberOf(b, bits as FloatBits)));

/// The one that is a number where the other is not; -0 is less than 0.
export function smaller(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  if (Number.isNaN(b)) return a;
  return Math.min(a, b);
}
export const larger = (a: number, b: number): number => -smaller(-a, -b);

export const signBit = (bits: number): bigint => 1n << BigInt(bits - 1);

export function integerToFloat(value: bigint, width: FloatBits): bigint {
  if (width === 64) return bitsOfNumber(Number(value), 64);
  // Rounded once: what does not matter for an f32 is kept as one bit that says whether there was any.
  const size = value < 0n ? -value : value;
  const spare = Math.max(size.toString(2).length - 40, 0);
  const kept = size >> BigInt(spare);
  const sticky = kept << BigInt(spare) === size ? kept : kept | 1n;
  const number = Number(sticky) * 2 ** spare;
  return bitsOfNumber(value < 0n ? -number : number, 32);
}

export function floatToInteger(bits: bigint, width: FloatBits, lowest: bigint, highest: bigint): bigint {
  const value = numberOf(bits, width);
  if (Number.isNaN(value) || value === Infinity) return highest;
  if (value === -Infinity) return lowest;
  const integer = BigInt(Math.trunc(value));
  return integer < lowest ? lowest : integer > highest ? highest : integer;
}
