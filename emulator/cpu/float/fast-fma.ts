// Fused multiply-add by host arithmetic, where its result is normal and the
// mode is round to nearest even with inexact set already. A sum that would be
// rounded twice is first rounded to odd, which keeps what the second rounding
// needs (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums:
// proved algorithms using rounding to odd", 2008).

import { type F64, I32, I64, select } from "../../isa/value.js";
import { localI32, localI64 } from "../../wasm/code.js";
import { State } from "../layout.js";
import type { Body, Format } from "./body.js";
import { TWO_EXPONENTS_S } from "./limits.js";

/// Returns the result where it can. Operands are parameters 0 to 2, then mode and state.
export function emitFastFma(body: Body, { suffix }: Format): void {
  const mode = body.word(3), state = body.word(4);
  const isNearestEven = mode.add(1).and(6).eqz();
  if (suffix === "s") {
    body.if(isNearestEven, () => {
      const [a, b, c] = [0, 1, 2].map((index) => localI32(index).asF32().promote()) as [F64, F64, F64];
      // The product of two singles is exact in a double.
      const { sum, error } = exactSum(body, body.let(a.mul(b)), body.let(c));
      const result = body.let(roundToOdd(body, sum, error).demote().bits());
      body.if(result.shl(1).sub(TWO_EXPONENTS_S).ltU(I32.load(state, State.floatLimitS)), () => body.code.return(result));
    });
    return;
  }
  const [aBits, bBits, cBits] = [localI64(0), localI64(1), localI64(2)] as [I64, I64, I64];
  const exponent = (bits: I64) => body.let(bits.shrU(52).and(0x7ff).wrap());
  const [ea, eb, ec] = [exponent(aBits), exponent(bBits), exponent(cBits)] as [I32, I32, I32];
  // So far from the ends that no step overflows or loses bits.
  const isOutside = (value: I32, low: number, count: number) => value.sub(low).gtU(count);
  const isExtreme = isOutside(ea, 400, 1200).or(isOutside(eb, 400, 1200)).or(isOutside(ea.add(eb), 1023 + 200, 1600)).or(isOutside(ec, 200, 1600));
  body.if(isNearestEven.and(I32.load(state, State.floatLimitS).ne(0)).and(isExtreme.eqz()), () => {
    const [a, b, c] = [aBits, bBits, cBits].map((bits) => body.let(bits.asF64())) as [F64, F64, F64];
    const [aHigh, aLow] = split(body, a), [bHigh, bLow] = split(body, b);
    const product = body.let(a.mul(b));
    const rest = body.let(aHigh.mul(bHigh).sub(product).add(aHigh.mul(bLow)).add(aLow.mul(bHigh)).add(aLow.mul(bLow)));
    const inner = exactSum(body, c, rest);
    const outer = exactSum(body, product, inner.sum);
    const { sum, error } = exactSum(body, inner.error, outer.error);
    body.code.return(outer.sum.add(roundToOdd(body, sum, error)).bits());
  });
}

/// a + b = sum + error (Knuth).
function exactSum(body: Body, a: F64, b: F64): { sum: F64; error: F64 } {
  const sum = body.let(a.add(b));
  const rest = body.let(sum.sub(a));
  return { sum, error: body.let(a.sub(sum.sub(rest)).add(b.sub(rest))) };
}

/// Upper and lower half of the significand (Veltkamp).
function split(body: Body, a: F64): [F64, F64] {
  const scaled = body.let(a.mul(I64.of(SPLITTER).asF64()));
  const high = body.let(scaled.sub(scaled.sub(a)));
  return [high, body.let(a.sub(high))];
}

/// Bits of 2^27 + 1.
const SPLITTER = 0x41a0_0000_0200_0000;

function roundToOdd(body: Body, sum: F64, error: F64): F64 {
  const bits = body.let(sum.bits());
  const zero = I64.of(0).asF64();
  body.if(error.ne(zero).and(bits.and(1).eqz().and(error.eq(error))), () => {
    const outward = zero.lt(error).eq(zero.lt(sum));
    body.set(bits, bits.add(select(outward, I64.of(1), I64.of(-1))));
  });
  return bits.asF64();
}
