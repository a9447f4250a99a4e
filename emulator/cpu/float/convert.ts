// Conversions, comparisons, minimum and maximum, classes.
// ISA manual, volume I, chapters 20.7 to 20.9; IEEE 754-2019, chapters 5.4, 5.6, 9.6.

import { I32, I64, select, when } from "../../isa/value.js";
import { localI32 } from "../../wasm/code.js";
import { type Body, Flag, type Format, formats, isNotNumber, isSignalling, isZero, normalize, type Parts, returnNaN, Rounding, shiftRightSticky, takeApart, withSign } from "./body.js";

export interface IntegerKind {
  readonly bits: 32 | 64;
  readonly signed: boolean;
}

/// Out of range, and NaN, give the nearest end of the range, and NaN the upper one.
export function emitToInteger(body: Body, format: Format, { bits, signed }: IntegerKind): void {
  const state = body.word(2);
  const mode = body.rounding(body.word(1), state);
  const a = takeApart(body, format, body.operand(0));
  const limit = (isNegative: I32) => select(isNegative, I64.of(signed ? -(2 ** (bits - 1)) : 0), signed ? I64.of(2 ** (bits - 2)).sub(1).shl(1).or(1) : I64.of(-1));
  const isNegative = body.let(a.sign.wrap().and(isNotNumber(format, a).eqz()));
  const fail = () => {
    body.raise(Flag.invalid, state);
    body.code.return(limit(isNegative));
  };
  body.if(isZero(a), () => body.code.return(I64.of(0)));
  const { exponent, significand } = normalize(body, format, a);
  const scale = body.let(exponent.sub(format.bias));
  body.if(scale.geS(64), fail);
  const whole = body.let(I64.of(0)), rest = body.let(I64.of(0));
  body.if(scale.ltS(0), () => body.set(rest, shiftRightSticky(body, significand, body.let(I32.of(-1).sub(scale)))), () => {
    body.set(whole, significand.shrU(I32.of(63).sub(scale).extendU()));
    body.if(scale.ltS(63), () => body.set(rest, significand.shl(scale.add(1).extendU())));
  });
  const HALF = -(2 ** 63);
  const nearest = rest.gtU(HALF).or(rest.eq(HALF).and(whole.wrap().and(1).or(mode.eq(Rounding.nearestAway))));
  const away = rest.ne(0).and(mode.eq(Rounding.down).and(isNegative).or(mode.eq(Rounding.up).and(isNegative.eqz())));
  body.set(whole, whole.add(when(mode.and(3).eqz(), nearest, away).extendU()));
  const most = signed ? I64.of(bits === 32 ? 2 ** 31 : -(2 ** 63)) : bits === 32 ? I64.of(2 ** 32 - 1) : I64.of(-1);
  body.if(signed ? whole.gtU(most).or(whole.eq(most).and(isNegative.eqz())) : whole.gtU(most).or(isNegative.and(whole.ne(0))), fail);
  body.if(rest.ne(0), () => body.raise(Flag.inexact, state));
  const result = body.let(select(isNegative, I64.of(0).sub(whole), whole));
  body.code.return(bits === 32 ? result.extend32S() : result);
}

export function emitFromInteger(body: Body, format: Format, { signed }: IntegerKind): void {
  const value = body.operand(0), state = body.word(2);
  const mode = body.rounding(body.word(1), state);
  body.if(value.eqz(), () => body.return(format, I64.of(0)));
  const sign = body.let(signed ? value.shrU(63) : I64.of(0));
  const magnitude = body.let(signed ? when(sign.wrap(), I64.of(0).sub(value), value) : value);
  const shift = body.let(magnitude.clz());
  body.return(format, body.round(format, sign, I32.of(format.bias + 63).sub(shift.wrap()), magnitude.shl(shift), mode, state));
}

export function emitNarrow(body: Body): void {
  const { s, d } = formats;
  const state = body.word(2);
  const mode = body.rounding(body.word(1), state);
  const a = takeApart(body, d, body.operand(0));
  body.if(isNotNumber(d, a), () => {
    body.if(isSignalling(d, a), () => body.raise(Flag.invalid, state));
    body.return(s, I64.of(s.nan));
  });
  body.if(a.exponent.eq(d.special), () => body.return(s, withSign(s, a.sign, I64.of(s.infinity))));
  body.if(isZero(a), () => body.return(s, withSign(s, a.sign, I64.of(0))));
  const { exponent, significand } = normalize(body, d, a);
  body.return(s, body.round(s, a.sign, exponent.sub(d.bias - s.bias), significand, mode, state));
}

/// Exact but for NaNs.
export function emitWiden(body: Body): void {
  const { s, d } = formats;
  const a = takeApart(body, s, body.operand(0));
  body.if(isNotNumber(s, a), () => {
    body.if(isSignalling(s, a), () => body.raise(Flag.invalid, body.word(2)));
    body.return(d, I64.of(d.nan));
  });
  body.code.return(localI32(0).asF32().promote().bits());
}

/// Comparisons of NaNs are false. Equality flags signalling ones only, the others all.
export function emitCompare(body: Body, format: Format, relation: "eq" | "lt" | "le"): void {
  const state = body.word(3);
  const [a, b] = [0, 1].map((index) => takeApart(body, format, body.operand(index))) as [Parts, Parts];
  body.if(isNotNumber(format, a).or(isNotNumber(format, b)), () => {
    if (relation === "eq") body.if(isSignalling(format, a).or(isSignalling(format, b)), () => body.raise(Flag.invalid, state));
    else body.raise(Flag.invalid, state);
    body.code.return(I64.of(0));
  });
  const compared = format.suffix === "s" ? a.bits.wrap().asF32()[relation](b.bits.wrap().asF32()) : a.bits.asF64()[relation](b.bits.asF64());
  body.code.return(compared.extendU());
}

/// A NaN gives way to a number; -0 is less than 0.
export function emitMinMax(body: Body, format: Format, choice: "min" | "max"): void {
  const state = body.word(3);
  const [a, b] = [0, 1].map((index) => takeApart(body, format, body.operand(index))) as [Parts, Parts];
  body.if(isNotNumber(format, a).and(isNotNumber(format, b)), () => returnNaN(body, format, [a, b], state));
  body.if(isNotNumber(format, a).or(isNotNumber(format, b)), () => {
    body.if(isSignalling(format, a).or(isSignalling(format, b)), () => body.raise(Flag.invalid, state));
    body.return(format, select(isNotNumber(format, a), b.bits, a.bits));
  });
  body.code.return(format.suffix === "s" ? a.bits.wrap().asF32()[choice](b.bits.wrap().asF32()).bits() : a.bits.asF64()[choice](b.bits.asF64()).bits());
}

/// One bit of ten. ISA manual, volume I, table 34.
export function emitClass(body: Body, format: Format): void {
  const a = takeApart(body, format, body.operand(0));
  const bit = (number: number) => I64.of(1 << number);
  const signed = (negative: number) => select(a.sign.wrap(), bit(negative), bit(7 - negative));
  body.if(isNotNumber(format, a), () => body.code.return(select(isSignalling(format, a), bit(8), bit(9))));
  body.if(a.exponent.eq(format.special), () => body.code.return(signed(0)));
  body.if(isZero(a), () => body.code.return(signed(3)));
  body.code.return(select(a.exponent.eqz(), signed(2), signed(1)));
}
