// Floating point by rational numbers: independent of the emulator's float
// unit, slow, and plain. A finite number is a fraction of two bigints; rounding
// looks for the two neighbours in the format and picks one.

export interface Result { readonly bits: bigint; readonly flags: number }
export type Format = { readonly fraction: bigint; readonly exponent: bigint };
export const single: Format = { fraction: 23n, exponent: 8n };
export const double: Format = { fraction: 52n, exponent: 11n };

/// sign x numerator / denominator, or what is no number.
type Real = { readonly kind: "finite"; readonly negative: boolean; readonly n: bigint; readonly d: bigint } | { readonly kind: "infinite"; readonly negative: boolean } | { readonly kind: "nan"; readonly signalling: boolean };

const NV = 16, DZ = 8, OF = 4, UF = 2, NX = 1;

const width = ({ fraction, exponent }: Format) => fraction + exponent;
const bias = ({ exponent }: Format) => (1n << (exponent - 1n)) - 1n;
const infinity = (f: Format) => ((1n << f.exponent) - 1n) << f.fraction;
export const quietNaN = (f: Format) => infinity(f) | (1n << (f.fraction - 1n));
const signOf = (f: Format, negative: boolean) => (negative ? 1n << width(f) : 0n);

export function read(f: Format, bits: bigint): Real {
  const negative = ((bits >> width(f)) & 1n) === 1n;
  const magnitude = bits & ((1n << width(f)) - 1n);
  if (magnitude > infinity(f)) return { kind: "nan", signalling: ((magnitude >> (f.fraction - 1n)) & 1n) === 0n };
  if (magnitude === infinity(f)) return { kind: "infinite", negative };
  const field = magnitude >> f.fraction;
  const significand = (magnitude & ((1n << f.fraction) - 1n)) | (field ? 1n << f.fraction : 0n);
  const scale = (field || 1n) - bias(f) - f.fraction;
  return { kind: "finite", negative, n: scale >= 0n ? significand << scale : significand, d: scale < 0n ? 1n << -scale : 1n };
}

/// The integer that a fraction is rounded to, whose halves are compared exactly.
function roundInteger(n: bigint, d: bigint, negative: boolean, mode: number): bigint {
  const floor = n / d, rest = n % d;
  const up = mode === 0 ? 2n * rest > d || (2n * rest === d && (floor & 1n) === 1n) : mode === 4 ? 2n * rest >= d : mode === 2 ? negative && rest > 0n : mode === 3 ? !negative && rest > 0n : false;
  return up ? floor + 1n : floor;
}

/// floor(log2(n / d)).
function magnitudeOf(n: bigint, d: bigint): bigint {
  let e = BigInt(n.toString(2).length - d.toString(2).length);
  if (e >= 0n ? n < d << e : n << -e < d) e--;
  return e;
}

function scaled(n: bigint, d: bigint, shift: bigint): [bigint, bigint] { return shift >= 0n ? [n << shift, d] : [n, d << -shift]; }

export function round(f: Format, negative: boolean, n: bigint, d: bigint, mode: number): Result {
  if (n === 0n) return { bits: signOf(f, negative), flags: 0 };
  const least = 1n - bias(f);
  const e = magnitudeOf(n, d);
  const quantum = (at: bigint) => at - f.fraction;
  const q = quantum(e < least ? least : e);
  const [sn, sd] = scaled(n, d, -q);
  const rounded = roundInteger(sn, sd, negative, mode);
  const inexact = rounded * sd !== sn;
  // Tiny, if rounding with no end to the exponents gives less than the least normal number.
  const [un, ud] = scaled(n, d, -quantum(e));
  const unbounded = roundInteger(un, ud, negative, mode);
  const tiny = e < least - 1n || (e === least - 1n && unbounded < 1n << (f.fraction + 1n));
  let flags = inexact ? NX | (tiny ? UF : 0) : 0;
  // Subnormal numbers and the carry into the next exponent need no case of their own.
  const field = e < least ? 0n : e + bias(f) - 1n;
  let bits = (field << f.fraction) + rounded;
  if (bits >= infinity(f)) {
    flags |= OF | NX;
    const away = mode === 0 || mode === 4 || (mode === 2 && negative) || (mode === 3 && !negative);
    bits = away ? infinity(f) : infinity(f) - 1n;
  }
  return { bits: bits | signOf(f, negative), flags };
}

const invalid = (f: Format): Result => ({ bits: quietNaN(f), flags: NV });
function ofNaN(f: Format, ...all: Real[]): Result | undefined {
  const nans = all.filter((one) => one.kind === "nan");
  return nans.length === 0 ? undefined : { bits: quietNaN(f), flags: nans.some((one) => one.kind === "nan" && one.signalling) ? NV : 0 };
}
const isZero = (a: Real) => a.kind === "finite" && a.n === 0n;

export function fma(f: Format, x: bigint, y: bigint, z: bigint, mode: number): Result {
  const [a, b, c] = [read(f, x), read(f, y), read(f, z)];
  if ((a.kind === "infinite" && isZero(b)) || (b.kind === "infinite" && isZero(a))) return invalid(f);
  const nan = ofNaN(f, a, b, c);
  if (nan) return nan;
  if (a.kind === "nan" || b.kind === "nan" || c.kind === "nan") throw new Error("handled");
  const negative = a.negative !== b.negative;
  if (a.kind === "infinite" || b.kind === "infinite") return c.kind === "infinite" && c.negative !== negative ? invalid(f) : { bits: infinity(f) | signOf(f, negative), flags: 0 };
  if (c.kind === "infinite") return { bits: z, flags: 0 };
  const pn = a.n * b.n, pd = a.d * b.d;
  const sum = (negative ? -pn : pn) * c.d + (c.negative ? -c.n : c.n) * pd;
  // A sum that is zero has the sign of both, or that of the mode.
  if (sum === 0n) return { bits: signOf(f, negative === c.negative ? negative : mode === 2), flags: 0 };
  return round(f, sum < 0n, sum < 0n ? -sum : sum, pd * c.d, mode);
}

const ONE = (f: Format) => bias(f) << f.fraction;
export const flip = (f: Format, bits: bigint) => bits ^ (1n << width(f));

export function add(f: Format, x: bigint, y: bigint, mode: number): Result { return fma(f, x, ONE(f), y, mode); }

export function mul(f: Format, x: bigint, y: bigint, mode: number): Result {
  const [a, b] = [read(f, x), read(f, y)];
  if ((a.kind === "infinite" && isZero(b)) || (b.kind === "infinite" && isZero(a))) return invalid(f);
  const nan = ofNaN(f, a, b);
  if (nan) return nan;
  if (a.kind === "nan" || b.kind === "nan") throw new Error("handled");
  const negative = a.negative !== b.negative;
  if (a.kind === "infinite" || b.kind === "infinite") return { bits: infinity(f) | signOf(f, negative), flags: 0 };
  return round(f, negative, a.n * b.n, a.d * b.d, mode);
}

export function div(f: Format, x: bigint, y: bigint, mode: number): Result {
  const [a, b] = [read(f, x), read(f, y)];
  const nan = ofNaN(f, a, b);
  if (nan) return nan;
  if (a.kind === "nan" || b.kind === "nan") throw new Error("handled");
  const negative = a.negative !== b.negative;
  if (a.kind === "infinite") return b.kind === "infinite" ? invalid(f) : { bits: infinity(f) | signOf(f, negative), flags: 0 };
  if (b.kind === "infinite") return { bits: signOf(f, negative), flags: 0 };
  if (b.n === 0n) return a.n === 0n ? invalid(f) : { bits: infinity(f) | signOf(f, negative), flags: DZ };
  return round(f, negative, a.n * b.d, a.d * b.n, mode);
}

export function sqrt(f: Format, x: bigint, mode: number): Result {
  const a = read(f, x);
  const nan = ofNaN(f, a);
  if (nan) return nan;
  if (isZero(a)) return { bits: x, flags: 0 };
  if (a.kind === "nan" || a.negative) return invalid(f);
  if (a.kind === "infinite") return { bits: x, flags: 0 };
  // The root to far more bits than a double has, and a little more where it is not exact.
  const shift = 2n * (f.fraction + 80n + (a.d.toString(2).length > 0 ? BigInt(a.d.toString(2).length) : 0n));
  const n = (a.n << shift) * a.d;
  const root = integerRoot(n);
  const exact = root * root === n;
  const d = a.d << (shift / 2n);
  return round(f, false, exact ? root : 2n * root + 1n, exact ? d : 2n * d, mode);
}

function integerRoot(n: bigint): bigint {
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

export function toInteger(f: Format, x: bigint, low: bigint, high: bigint, mode: number): { value: bigint; flags: number } {
  const a = read(f, x);
  if (a.kind === "nan") return { value: high, flags: NV };
  if (a.kind === "infinite") return { value: a.negative ? low : high, flags: NV };
  const magnitude = roundInteger(a.n, a.d, a.negative, mode);
  const value = a.negative ? -magnitude : magnitude;
  if (value < low || value > high) return { value: a.negative ? low : high, flags: NV };
  return { value, flags: magnitude * a.d === a.n ? 0 : NX };
}

export function fromInteger(f: Format, value: bigint, mode: number): Result { return round(f, value < 0n, value < 0n ? -value : value, 1n, mode); }

export function convert(from: Format, to: Format, x: bigint, mode: number): Result {
  const a = read(from, x);
  const nan = ofNaN(to, a);
  if (nan) return nan;
  if (a.kind === "nan") throw new Error("handled");
  return a.kind === "infinite" ? { bits: infinity(to) | signOf(to, a.negative), flags: 0 } : round(to, a.negative, a.n, a.d, mode);
}

export function compare(f: Format, relation: "eq" | "lt" | "le", x: bigint, y: bigint): { value: bigint; flags: number } {
  const [a, b] = [read(f, x), read(f, y)];
  if (a.kind === "nan" || b.kind === "nan") return { value: 0n, flags: relation !== "eq" || [a, b].some((one) => one.kind === "nan" && one.signalling) ? NV : 0 };
  const difference = order(a, b);
  return { value: (relation === "eq" ? difference === 0n : relation === "lt" ? difference < 0n : difference <= 0n) ? 1n : 0n, flags: 0 };
}

function order(a: Exclude<Real, { kind: "nan" }>, b: Exclude<Real, { kind: "nan" }>): bigint {
  const rank = (one: Exclude<Real, { kind: "nan" }>) => (one.kind === "infinite" ? (one.negative ? -1n : 1n) : 0n);
  if (a.kind === "infinite" || b.kind === "infinite") return rank(a) - rank(b);
  return (a.negative ? -a.n : a.n) * b.d - (b.negative ? -b.n : b.n) * a.d;
}

export function extreme(f: Format, choice: "min" | "max", x: bigint, y: bigint): Result {
  const [a, b] = [read(f, x), read(f, y)];
  const flags = [a, b].some((one) => one.kind === "nan" && one.signalling) ? NV : 0;
  if (a.kind === "nan" && b.kind === "nan") return { bits: quietNaN(f), flags };
  if (a.kind === "nan") return { bits: y, flags };
  if (b.kind === "nan") return { bits: x, flags };
  const difference = order(a, b);
  const isFirstLess = difference < 0n || (difference === 0n && a.negative && !b.negative);
  return { bits: isFirstLess === (choice === "min") ? x : y, flags };
}
