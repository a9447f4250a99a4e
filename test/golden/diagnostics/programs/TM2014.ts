class Box { a: u64; }
export function same(a: readonly u64[], b: readonly u64[]): boolean {
  return a === b;
}
export function main(): void {}
