// What a conversion is around has types of its own; only literals take theirs from outside.

function next(x: u32): u32 {
  return x + 1;
}

export function main(): void {
  const n: u32 = 3;
  const few: Arr<u8, 2> = [7, 8];
  print(i64((u32.tryFrom(i16(3)) ?? 3) * next(n)), " ", u16(u32.tryFrom(u64(5)) ?? 2147483648), "\n");
  const wide: i64 = u8.tryFrom(u32(300)) ?? 70000;
  print(wide, " ", f32(n > 2 ? (i32.tryFrom(u64(9)) ?? 0) : 1), " ", u64(1 << n), " ", u8(~few[0]), "\n");
  print(i64(u16.tryFrom(u32(649236055)) ?? 65535), " ", f64(1 / 4), " ", u64(n > 2 ? 1 : 2), "\n");
}
