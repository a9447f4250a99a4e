export function add(a: i64, b: u64): boolean {
  return a < b;
}
export function main(): void {}
