export function main(): void {
  const x: u64 = 1.5;
}
