export function main(): void {
  let x: u64 = 1;
  x ||= 2;
}
