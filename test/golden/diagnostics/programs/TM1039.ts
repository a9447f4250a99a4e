export function main(): void {
  const a: u64 = 1, b: u64 = 2, c: u64 = 3;
  const d = a << (b) > (c);
}
