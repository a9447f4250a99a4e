export function main(): void {
  const a: readonly u64[] = [1, 2];
  const b: readonly u64[] = [...a, 3];
}
