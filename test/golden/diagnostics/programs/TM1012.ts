export function main(): void {
  const a: u64 = 5n;
}
