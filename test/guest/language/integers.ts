// Widths, signs, wrapping, shifts, division, literals.
type Paddr = Distinct<u64, "paddr">;
const LIMIT = 24;
const MASK: u64 = (1 << 12) - 1;
enum Flag { A = 1 << 0, B = 1 << 1, C = 1 << 4 }
const ALL = Flag.A | Flag.B | Flag.C;

function wrap8(a: u8, b: u8): u64 { return a + b; }
function mixed(a: u32, b: u8): u32 { return a ^ b; }
function shifts(a: i32, n: u64): i32 { return a >> n; }
function logical(a: i32, n: u64): i32 { return a >>> n; }
function div(a: i64, b: i64): i64 { return a / b; }
function rem(a: i64, b: i64): i64 { return a % b; }
function div8(a: i8, b: i8): i8 { return a / b; }
function page(p: Paddr): Paddr { return p & ~MASK; }
function bit(n: u64): u64 { return 1 << n; }
function post(): u64 { let i: u8 = 255; const old = i++; return u64(old) * 1000 + i; }
function compound(): u32 { let x: u32 = 10; x += 5; x *= 3; x -= 1; x <<= 4; x >>= 1; x |= 1; x &= 0xff; x ^= 0x0f; return x; }

export function main(): void {
  print(wrap8(200, 100), " ", mixed(0xffff_fff0, 0x0f), " ", shifts(-16, 2), " ", logical(-16, 28), "\n");
  print(div(-7, 2), " ", rem(-7, 2), " ", div(i64.MIN, -1), " ", rem(i64.MIN, -1), " ", div8(-128, -1), "\n");
  print(page(0x12345), " ", bit(40), " ", post(), " ", compound(), "\n");
  print(u8(0x1ff), " ", i8(200), " ", u32(-1 + 0), " ", u64(i32.MIN), " ", i64(u32.MAX), " ", u64.MAX, " ", i64.MIN, "\n");
  const big: u64 = 0xffff_ffff_8000_0001;
  const inverted: u32 = ~0;
  print(big, " ", inverted, " ", ALL, " ", LIMIT, " ", u64.BITS, "\n");
  const narrow: u16 = 40000;
  print(u64(narrow) * 2, " ", narrow * 2, " ", -narrow, " ", ~narrow, "\n");
  print(u64.countLeadingZeros(1), " ", u32.countLeadingZeros(1), " ", u64.countTrailingZeros(0x100), " ", u8.countTrailingZeros(0), " ", u64.popCount(0xff0f), " ", u64.mulHigh(u64.MAX, 16), "\n");
  const fits = u8.tryFrom(200 + LIMIT), not = u8.tryFrom(bit(9));
  print(fits === null ? "null" : "fits", " ", not === null ? "null" : "fits", " ", fits ?? 0, " ", not ?? 7, " ", u32.checked(bit(31)), "\n");
  const top = u64.MAX, low = i64.MIN, small: u64 = 3;
  print(u64.tryFrom(top + small) ?? 1, " ", u64.tryFrom(small - top) ?? 2, " ", u64.tryFrom(top * small) ?? 3, " ", u64.tryFrom(small * small) ?? 0, "\n");
  print(i64.tryFrom(low + -1) ?? 1, " ", i64.tryFrom(low - 1) ?? 2, " ", i64.tryFrom(low * 2) ?? 3, " ", i64.tryFrom(low + 5) ?? 0, "\n");
  const s: i16 = -300;
  print(s >> 4, " ", s >>> 4, " ", u16(s), " ", i64(s) * 1000, " ", s < 0, " ", big > 5, "\n");
}
