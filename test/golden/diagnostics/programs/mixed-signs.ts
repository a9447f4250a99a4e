export function sum(a: i32, b: u32): u32 {
  const c: u32 = a & 1;
  return b + c;
}
export function main(): void {}
