// Rounding and packing, and the flags that it raises. IEEE 754-2019, chapters
// 4.3 and 7; RISC-V detects tininess after rounding.

import { I32, I64, Op, select, when } from "../../isa/value.js";
import { State } from "../layout.js";
import { type Body, FCSR, Flag, type Format, Rounding, shiftRightSticky } from "./body.js";
import { FAST_LIMIT_D, FAST_LIMIT_S } from "./limits.js";

/// (flags, state): sets flags in fcsr. From when inexact is set, host arithmetic does for round-to-nearest-even.
export function emitRaise(body: Body): void {
  const flags = body.word(0), state = body.word(1);
  const all = body.let(I32.load(state, FCSR).or(flags));
  body.code.store(Op.i32Store, state, FCSR, all);
  body.if(all.and(0xe0 | Flag.inexact).eq(Flag.inexact), () => {
    body.code.store(Op.i32Store, state, State.floatLimitS, I32.of(FAST_LIMIT_S));
    body.code.store(Op.i64Store, state, State.floatLimitD, I64.of(FAST_LIMIT_D));
  });
}

/// (sign, exponent, significand, mode, state), see Body.round.
export function emitRound(body: Body, format: Format): void {
  const sign = body.operand(0), exponent = body.word(1), significand = body.operand(2), mode = body.word(3), state = body.word(4);
  const drop = 63 - format.fraction;
  const half = 2 ** (drop - 1), mask = 2 ** drop - 1;
  // What is added before the low bits are dropped. Modes 0 and 4 are the nearest ones.
  const isAway = mode.eq(Rounding.down).eq(sign.wrap());
  const increment = body.let(when(mode.and(3).eqz(), I64.of(half), when(mode.eq(Rounding.zero), I64.of(0), select(isAway, I64.of(mask), I64.of(0)))));
  const base = body.let(exponent.sub(1));
  const isTiny = body.let(I32.of(0));
  const kept = body.let(significand);
  body.if(exponent.ltS(1), () => {
    // Tiny is what stays below the normal numbers when it is rounded as if they went on.
    body.set(isTiny, exponent.ltS(0).or(significand.add(increment).geU(significand)));
    body.set(kept, shiftRightSticky(body, significand, body.let(I32.of(1).sub(exponent))));
    body.set(base, I32.of(0));
  });
  const lost = body.let(kept.and(mask));
  const sum = body.let(kept.add(increment));
  const result = body.let(sum.shrU(drop).or(sum.ltU(kept).extendU().shl(64 - drop)));
  body.if(mode.eqz().and(lost.eq(half)), () => body.set(result, result.and(-2)));
  body.if(lost.ne(0), () => body.raise(isTiny.shl(1).or(Flag.inexact), state));
  body.set(result, base.extendS().shl(format.fraction).add(result));
  body.if(exponent.geS(format.special).or(result.geU(format.infinity)), () => {
    body.raise(Flag.overflow | Flag.inexact, state);
    body.set(result, I64.of(format.infinity).sub(increment.eqz().extendU()));
  });
  body.code.value(result.or(sign.shl(format.signBit)));
}
