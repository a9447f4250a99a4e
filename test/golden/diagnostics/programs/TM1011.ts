export function main(): void {
  const a: u64 = 1;
  if (a == 1) print("one");
}
