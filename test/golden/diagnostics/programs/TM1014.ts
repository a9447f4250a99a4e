export function main(): void {
  const n: u64 = 1;
  print(`n is ${n}`);
}
