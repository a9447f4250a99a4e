// Arithmetic that stays at the ends of the range.

function add8(a: u8, b: u8): u8 {
  return u8.saturating(a + b);
}
function sub8(a: u8, b: u8): u8 {
  return u8.saturating(a - b);
}
function mul8(a: i8, b: i8): i8 {
  return i8.saturating(a * b);
}
function add64(a: u64, b: u64): u64 {
  return u64.saturating(a + b);
}
function sub64(a: u64, b: u64): u64 {
  return u64.saturating(a - b);
}
function mul64(a: u64, b: u64): u64 {
  return u64.saturating(a * b);
}
function signed(a: i64, b: i64): [i64, i64, i64] {
  return [i64.saturating(a + b), i64.saturating(a - b), i64.saturating(a * b)];
}

export function main(): void {
  print(add8(200, 55), " ", add8(200, 56), " ", sub8(5, 5), " ", sub8(5, 6), "\n");
  print(mul8(-16, 8), " ", mul8(-16, 9), " ", mul8(-16, -9), "\n");
  print(add64(u64.MAX, 0), " ", add64(u64.MAX, 1), " ", sub64(1, 2), " ", mul64(1 << 32, 1 << 32), " ", mul64(3, 4), "\n");
  const [a, b, c] = signed(i64.MAX, 2);
  const [d, e, f] = signed(i64.MIN, 2);
  print(a, " ", b, " ", c, "\n", d, " ", e, " ", f, "\n");
  print(signed(i64.MIN, -1)[2], " ", u8.saturating(i64(-5)), " ", i8.saturating(u64(900)), " ", u32.saturating(i64.MAX), "\n");
}
