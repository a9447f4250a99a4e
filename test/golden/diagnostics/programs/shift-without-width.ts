export function bit(n: u64): boolean {
  const x = 1 << n;
  return x === 4;
}
export function main(): void {}
