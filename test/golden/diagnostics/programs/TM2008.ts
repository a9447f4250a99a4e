export function main(): void {
  const flags: u64 = 5;
  if (flags & 1) print("odd");
}
