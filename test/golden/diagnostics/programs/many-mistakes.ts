export function one(): u8 { return 1000; }
export function two(a: u64): u32 { return a; }
export function main(): void {
  const a: u64 = 1;
  if (a) print("a");
  let b = 7;
  print(b);
}
