export function main(): void {
  const a: u64 = 1;
  if (a == 1) throw a;
  const m = new Map();
}
