class T { readonly pa: u64; readonly level: u8; }
class Around { readonly t: T; }
function first(level: i64): Result<T, u8> { return ok({ pa: 1, level }); }
function second(level: u64): Result<Around, u8> { return ok({ t: { pa: 1, level: level + 1, }, }); }
function third(wide: i64): Result<Around, u8> {
  return ok({ t: { pa: 1, level: wide } });
}
function fourth(wide: u64): T {
  const t = { pa: u64(1), level: wide };
  return t;
}
function fifth(f: (x: u8) => u64): u64 { return f(1); }
function wide(x: u64): i64 { return i64(x); }
export function main(): void {
  print(first(1).ok, second(2).ok, third(3).ok, fourth(1).level, fifth(wide));
  const p = ref<T>({ pa: 1, level: 2 });
  print(u64(p), u64("a".ptr));
}
