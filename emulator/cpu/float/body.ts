// The body of a float function under construction, and the two formats.

import type { FloatFunction, FloatSuffix } from "../../isa/float-functions.js";
import { I32, I64, Op } from "../../isa/value.js";
import { Body as PlainBody } from "../../wasm/body.js";
import { csrOffset } from "../layout.js";

export const FCSR = csrOffset("fcsr");

export const Rounding = { nearestEven: 0, zero: 1, down: 2, up: 3, nearestAway: 4, dynamic: 7 } as const;
/// The accrued exceptions, as bits of fflags. ISA manual, volume I, chapter 20.2.
export const Flag = { inexact: 1, underflow: 2, overflow: 4, divideByZero: 8, invalid: 16 } as const;

export interface Format {
  readonly suffix: FloatSuffix;
  /// Bits of the fraction.
  readonly fraction: number;
  readonly bias: number;
  /// The exponent field of infinities and NaNs.
  readonly special: number;
  readonly signBit: number;
  readonly infinity: number;
  readonly nan: number;
}

export const formats: Readonly<Record<FloatSuffix, Format>> = { s: formatOf("s", 23, 8), d: formatOf("d", 52, 11) };

function formatOf(suffix: FloatSuffix, fraction: number, exponent: number): Format {
  const special = 2 ** exponent - 1;
  return { suffix, fraction, special, bias: special >> 1, signBit: fraction + exponent, infinity: special * 2 ** fraction, nan: (special + 0.5) * 2 ** fraction };
}

/// Functions that only others of the unit call.
export type InternalFunction = "raise" | `round.${FloatSuffix}`;
export type Numbers = ReadonlyMap<FloatFunction | InternalFunction, number>;

export class Body extends PlainBody {
  constructor(private readonly numbers: Numbers, parameters: readonly number[]) { super(parameters); }

  /// Gives bits, in the format's width.
  return(format: Format, bits: I64): void { this.code.return(format.suffix === "s" ? bits.wrap() : bits); }

  /// The mode, looked up where it is the dynamic one.
  rounding(mode: I32, state: I32): I32 {
    const found = this.let(mode);
    this.if(found.eq(Rounding.dynamic), () => this.set(found, I32.load(state, FCSR).shrU(5).and(7)));
    return found;
  }

  raise(flags: I32 | number, state: I32): void {
    this.code.value(new I32(Op.call, [typeof flags === "number" ? I32.of(flags) : flags, state], this.numbers.get("raise")));
  }

  /// The number nearest, as `mode` says, to significand x 2^(exponent - 63 - bias). The significand's top bit is set, its last one sticky.
  round({ suffix }: Format, sign: I64, exponent: I32, significand: I64, mode: I32, state: I32): I64 {
    return new I64(Op.call, [sign, exponent, significand, mode, state], this.numbers.get(`round.${suffix}`));
  }
}

export interface Parts {
  readonly bits: I64;
  readonly sign: I64;
  readonly exponent: I32;
  readonly fraction: I64;
}

export function takeApart(body: Body, { fraction, special, signBit }: Format, bits: I64): Parts {
  return {
    bits, sign: body.let(bits.shrU(signBit)), exponent: body.let(bits.shrU(fraction).and(special).wrap()), fraction: body.let(bits.and(2 ** fraction - 1)),
  };
}

export function isNotNumber(format: Format, { exponent, fraction }: Parts): I32 { return exponent.eq(format.special).and(fraction.ne(0)); }
export function isSignalling(format: Format, parts: Parts): I32 { return isNotNumber(format, parts).and(parts.fraction.ltU(2 ** (format.fraction - 1))); }
export function isZero({ exponent, fraction }: Parts): I32 { return exponent.eqz().and(fraction.eqz()); }

/// Where one of them is a NaN: gives the NaN, and flags a signalling one.
export function returnNaN(body: Body, format: Format, all: readonly Parts[], state: I32): void {
  const any = (test: (format: Format, parts: Parts) => I32) => all.map((parts) => test(format, parts)).reduce((a, b) => a.or(b));
  body.if(any(isNotNumber), () => {
    body.if(any(isSignalling), () => body.raise(Flag.invalid, state));
    body.return(format, I64.of(format.nan));
  });
}

export function returnInvalid(body: Body, format: Format, condition: I32, state: I32): void {
  body.if(condition, () => {
    body.raise(Flag.invalid, state);
    body.return(format, I64.of(format.nan));
  });
}

/// The significand with its top bit at 63, and the exponent that goes with it, of a number that is not zero.
export function normalize(body: Body, format: Format, { exponent, fraction }: Parts): { exponent: I32; significand: I64 } {
  const significand = body.let(fraction.shl(63 - format.fraction).or(-(2 ** 63)));
  const normal = body.let(exponent);
  body.if(exponent.eqz(), () => {
    body.set(significand, fraction.shl(fraction.clz()));
    body.set(normal, I32.of(64 - format.fraction).sub(fraction.clz().wrap()));
  });
  return { exponent: normal, significand };
}

/// Shifted right; bit 0 says whether any lost bit, or itself, was set.
export function shiftRightSticky(body: Body, value: I64, count: I32): I64 {
  const result = body.let(value);
  body.if(count.ne(0), () => {
    body.if(count.ltU(64), () => {
      body.set(result, value.shrU(count.extendU()).or(value.shl(I32.of(64).sub(count).extendU()).ne(0).extendU()));
    }, () => body.set(result, value.ne(0).extendU()));
  });
  return result;
}

export function withSign({ signBit }: Format, sign: I64, bits: I64): I64 { return bits.or(sign.shl(signBit)); }
