export function main(): void {
  let n: u64;
  n = 1;
  print(n);
}
