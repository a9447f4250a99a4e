export function narrow(a: u64): u32 {
  const r: u32 = a * 2;
  return r;
}
export function main(): void {}
