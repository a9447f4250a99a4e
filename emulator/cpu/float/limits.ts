// When a result of host arithmetic is the guest's.
//
// WebAssembly rounds to nearest even and has no flags. Where that is the mode
// and inexact is set already, a result is right, flags included, if it is so
// normal that nothing else can have happened. With the sign shifted out, and
// for products two exponents taken off so that numbers below come around to
// the top, one unsigned comparison with a limit says so:
//
//     sum      bits << 1                  finite: sums below the normal numbers are exact
//     product  (bits << 1) - 2 exponents  finite, normal, and not the least exponent,
//                                         whose numbers may have been tiny
//
// Where the mode is another, or inexact is clear, the limit is zero, which no
// result is below. So the fast path asks one question. The limits lie in the
// hart's state, and change with fcsr.

export const FAST_LIMIT_S = 0xfd00_0000 | 0;
/// 0xffa0_0000_0000_0000 as a signed number.
export const FAST_LIMIT_D = -0x60 * 2 ** 48;
export const TWO_EXPONENTS_S = 2 ** 25;
export const TWO_EXPONENTS_D = 2 ** 54;
