// Sum, product, quotient, root and fused multiply-add, in integers.
// IEEE 754-2019, chapter 5.4.1. A difference is a sum with one sign changed.

import { I32, I64, select, when } from "../../isa/value.js";
import { type Body, Flag, type Format, isZero, normalize, type Parts, returnInvalid, returnNaN, Rounding, shiftRightSticky, takeApart, withSign } from "./body.js";
import { emitFastFma } from "./fast-fma.js";

type Emit = (body: Body, format: Format) => void;

const isInfinite = ({ special }: Format, { exponent }: Parts) => exponent.eq(special);

/// The sign of a sum of opposites that is zero.
const zeroSign = (mode: I32) => mode.eq(Rounding.down).extendU();

export const emitAdd: Emit = (body, format) => {
  const state = body.word(3);
  const mode = body.rounding(body.word(2), state);
  const a = takeApart(body, format, body.operand(0)), b = takeApart(body, format, body.operand(1));
  const opposite = body.let(a.sign.ne(b.sign));
  body.if(isInfinite(format, a).or(isInfinite(format, b)), () => {
    returnNaN(body, format, [a, b], state);
    returnInvalid(body, format, isInfinite(format, a).and(isInfinite(format, b)).and(opposite), state);
    body.return(format, select(isInfinite(format, a), a.bits, b.bits));
  });
  const magnitude = ({ exponent, fraction }: Parts) => exponent.extendU().shl(format.fraction).or(fraction);
  const swapped = body.let(magnitude(b).gtU(magnitude(a)));
  const pick = <V extends I32 | I64>(large: V, small: V) => [body.let(select(swapped, small, large)), body.let(select(swapped, large, small))] as const;
  const [largeField, smallField] = pick(a.exponent, b.exponent);
  const [largeFraction, smallFraction] = pick(a.fraction, b.fraction);
  // Top bit at 62, so that a sum has room; the bits below take what is shifted out.
  const place = (field: I32, fraction: I64) => body.let(field.ne(0).extendU().shl(format.fraction).or(fraction).shl(62 - format.fraction));
  const exponentOf = (field: I32) => field.or(field.eqz());
  const large = place(largeField, largeFraction);
  const distance = body.let(exponentOf(largeField).sub(exponentOf(smallField)));
  const small = shiftRightSticky(body, place(smallField, smallFraction), distance);
  const sum = body.let(when(opposite, large.sub(small), large.add(small)));
  body.if(sum.eqz(), () => body.return(format, withSign(format, when(opposite, zeroSign(mode), a.sign), I64.of(0))));
  const shift = body.let(sum.clz());
  body.return(format, body.round(format, select(swapped, b.sign, a.sign), exponentOf(largeField).add(1).sub(shift.wrap()), sum.shl(shift), mode, state));
};

export const emitMul: Emit = (body, format) => {
  const state = body.word(3);
  const mode = body.rounding(body.word(2), state);
  const a = takeApart(body, format, body.operand(0)), b = takeApart(body, format, body.operand(1));
  const sign = body.let(a.sign.xor(b.sign));
  body.if(isInfinite(format, a).or(isInfinite(format, b)), () => {
    returnNaN(body, format, [a, b], state);
    returnInvalid(body, format, isZero(a).or(isZero(b)), state);
    body.return(format, withSign(format, sign, I64.of(format.infinity)));
  });
  body.if(isZero(a).or(isZero(b)), () => body.return(format, withSign(format, sign, I64.of(0))));
  const left = normalize(body, format, a), right = normalize(body, format, b);
  const { high, low } = multiply(body, left.significand, right.significand);
  // The product's top bit is 127 or 126.
  const shift = body.let(high.clz());
  const significand = body.let(high.shl(shift).or(when(shift.eqz(), I64.of(0), low.shrU(63))));
  const exponent = left.exponent.add(right.exponent).sub(format.bias - 1).sub(shift.wrap());
  body.return(format, body.round(format, sign, exponent, significand.or(low.shl(shift).ne(0).extendU()), mode, state));
};

/// Bits of the quotient that one division gives.
const QUOTIENT_BITS = 10;

export const emitDiv: Emit = (body, format) => {
  const state = body.word(3);
  const mode = body.rounding(body.word(2), state);
  const a = takeApart(body, format, body.operand(0)), b = takeApart(body, format, body.operand(1));
  const sign = body.let(a.sign.xor(b.sign));
  returnNaN(body, format, [a, b], state);
  returnInvalid(body, format, isInfinite(format, a).and(isInfinite(format, b)).or(isZero(a).and(isZero(b))), state);
  body.if(isInfinite(format, b).or(isZero(a)), () => body.return(format, withSign(format, sign, I64.of(0))));
  body.if(isInfinite(format, a).or(isZero(b)), () => {
    body.if(isInfinite(format, a).eqz(), () => body.raise(Flag.divideByZero, state));
    body.return(format, withSign(format, sign, I64.of(format.infinity)));
  });
  const left = normalize(body, format, a), right = normalize(body, format, b);
  const divisor = body.let(right.significand.shrU(63 - format.fraction));
  const remainder = body.let(left.significand.shrU(63 - format.fraction));
  const quotient = body.let(remainder.geU(divisor).extendU());
  body.set(remainder, remainder.sub(select(quotient.wrap(), divisor, I64.of(0))));
  const steps = Math.ceil((format.fraction + 3) / QUOTIENT_BITS);
  const digit = body.let(I64.of(0));
  for (let step = 0; step < steps; step++) {
    body.set(remainder, remainder.shl(QUOTIENT_BITS));
    body.set(digit, remainder.divU(divisor));
    body.set(remainder, remainder.sub(digit.mul(divisor)));
    body.set(quotient, quotient.shl(QUOTIENT_BITS).or(digit));
  }
  const shift = body.let(quotient.clz());
  const exponent = left.exponent.sub(right.exponent).add(format.bias + 63 - steps * QUOTIENT_BITS).sub(shift.wrap());
  body.return(format, body.round(format, sign, exponent, quotient.shl(shift).or(remainder.ne(0).extendU()), mode, state));
};

export const emitSqrt: Emit = (body, format) => {
  const state = body.word(2);
  const mode = body.rounding(body.word(1), state);
  const a = takeApart(body, format, body.operand(0));
  returnNaN(body, format, [a], state);
  body.if(isZero(a), () => body.return(format, a.bits));
  returnInvalid(body, format, a.sign.wrap(), state);
  body.if(isInfinite(format, a), () => body.return(format, a.bits));
  const { exponent, significand } = normalize(body, format, a);
  const scale = body.let(exponent.sub(format.bias));
  // Two bits before the point: the number is at least 1, below 4.
  const rest = body.let(select(scale.and(1), significand, significand.shrU(1)));
  const root = body.let(I64.of(0)), remainder = body.let(I64.of(0)), trial = body.let(I64.of(0));
  const bits = format.fraction + 8;
  const count = body.let(I32.of(bits));
  const again = body.code.loop();
  body.set(remainder, remainder.shl(2).or(rest.shrU(62)));
  body.set(rest, rest.shl(2));
  body.set(trial, root.shl(2).or(1));
  body.set(root, root.shl(1));
  body.if(remainder.geU(trial), () => {
    body.set(remainder, remainder.sub(trial));
    body.set(root, root.or(1));
  });
  body.set(count, count.sub(1));
  body.code.brIf(again, count);
  body.code.end();
  const sticky = remainder.or(rest).ne(0).extendU();
  body.return(format, body.round(format, I64.of(0), scale.shrS(1).add(format.bias), root.shl(64 - bits).or(sticky), mode, state));
};

export const emitFma: Emit = (body, format) => {
  const state = body.word(4);
  emitFastFma(body, format);
  const mode = body.rounding(body.word(3), state);
  const a = takeApart(body, format, body.operand(0)), b = takeApart(body, format, body.operand(1)), c = takeApart(body, format, body.operand(2));
  const sign = body.let(a.sign.xor(b.sign));
  const opposite = body.let(sign.ne(c.sign));
  const isInfiniteProduct = body.let(isInfinite(format, a).or(isInfinite(format, b)));
  body.if(isInfiniteProduct.or(isInfinite(format, c)), () => {
    // Infinity times zero is invalid even where a quiet NaN is added.
    const isInvalid = isInfinite(format, a).and(a.fraction.eqz()).and(isZero(b)).or(isInfinite(format, b).and(b.fraction.eqz()).and(isZero(a)));
    returnInvalid(body, format, isInvalid, state);
    returnNaN(body, format, [a, b, c], state);
    returnInvalid(body, format, isInfiniteProduct.and(isInfinite(format, c)).and(opposite), state);
    body.return(format, select(isInfiniteProduct, withSign(format, sign, I64.of(format.infinity)), c.bits));
  });
  body.if(isZero(a).or(isZero(b)), () => {
    body.return(format, when(isZero(c), withSign(format, when(opposite, zeroSign(mode), sign), I64.of(0)), c.bits));
  });
  const left = normalize(body, format, a), right = normalize(body, format, b);
  const product = multiply(body, left.significand, right.significand);
  // Two 128-bit numbers with the top bit at 126, so that a sum has room; `exponent` is of that bit.
  const top = body.let(product.high.clz());
  const exponent = body.let(left.exponent.add(right.exponent).sub(format.bias - 1).sub(top.wrap()));
  const high = body.let(product.high), low = body.let(product.low);
  body.if(top.eqz(), () => shiftRight128(body, high, low, I32.of(1)));
  const resultSign = body.let(sign);
  body.if(isZero(c).eqz(), () => {
    const added = normalize(body, format, c);
    const otherHigh = body.let(added.significand.shrU(1)), otherLow = body.let(added.significand.shl(63));
    const distance = body.let(exponent.sub(added.exponent));
    body.if(distance.ltS(0), () => {
      shiftRight128(body, high, low, body.let(I32.of(0).sub(distance)));
      body.set(exponent, added.exponent);
    }, () => shiftRight128(body, otherHigh, otherLow, distance));
    body.if(opposite, () => {
      body.if(otherHigh.gtU(high).or(otherHigh.eq(high).and(otherLow.gtU(low))), () => {
        const wasHigh = body.let(high), wasLow = body.let(low);
        body.set(high, otherHigh); body.set(low, otherLow);
        body.set(otherHigh, wasHigh); body.set(otherLow, wasLow);
        body.set(resultSign, c.sign);
      });
      body.set(high, high.sub(otherHigh).sub(low.ltU(otherLow).extendU()));
      body.set(low, low.sub(otherLow));
    }, () => {
      body.set(low, low.add(otherLow));
      body.set(high, high.add(otherHigh).add(low.ltU(otherLow).extendU()));
    });
    body.if(high.or(low).eqz(), () => body.return(format, withSign(format, zeroSign(mode), I64.of(0))));
  });
  body.set(exponent, exponent.add(1));
  body.if(high.eqz(), () => {
    body.set(high, low);
    body.set(low, I64.of(0));
    body.set(exponent, exponent.sub(64));
  });
  const shift = body.let(high.clz());
  body.if(shift.ne(0), () => body.set(high, high.shl(shift).or(low.shrU(I64.of(64).sub(shift)))));
  body.set(low, low.shl(shift));
  body.return(format, body.round(format, resultSign, exponent.sub(shift.wrap()), high.or(low.ne(0).extendU()), mode, state));
};

/// 64 by 64 bits, from four products of halves.
function multiply(body: Body, a: I64, b: I64): { high: I64; low: I64 } {
  const aLow = body.let(a.and(0xffff_ffff)), aHigh = body.let(a.shrU(32)), bLow = body.let(b.and(0xffff_ffff)), bHigh = body.let(b.shrU(32));
  const middle = body.let(aHigh.mul(bLow).add(aLow.mul(bLow).shrU(32)));
  const carry = body.let(aLow.mul(bHigh).add(middle.and(0xffff_ffff)));
  return { high: body.let(aHigh.mul(bHigh).add(middle.shrU(32)).add(carry.shrU(32))), low: body.let(a.mul(b)) };
}

/// In place, with a sticky last bit.
function shiftRight128(body: Body, high: I64, low: I64, count: I32): void {
  body.if(count.ne(0), () => {
    body.if(count.ltU(64), () => {
      const left = I32.of(64).sub(count).extendU();
      const lost = body.let(low.shl(left).ne(0).extendU());
      body.set(low, low.shrU(count.extendU()).or(high.shl(left)).or(lost));
      body.set(high, high.shrU(count.extendU()));
    }, () => {
      body.set(low, shiftRightSticky(body, high, body.let(count.sub(64))).or(low.ne(0).extendU()));
      body.set(high, I64.of(0));
    });
  });
}
