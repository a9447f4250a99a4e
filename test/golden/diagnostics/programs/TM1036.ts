export function main(): void {
  function inner(): u64 { return 1; }
  print(inner());
}
