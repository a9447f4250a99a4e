export function main(): void {
  let x: u64 = 10;
  x **= 2;
}
