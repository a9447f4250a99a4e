export function main(): void {
  let a: u64 = 1;
  a = 2, a = 3;
}
