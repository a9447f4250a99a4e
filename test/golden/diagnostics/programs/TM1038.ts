export function main(): void {
  const n: u64 = 300;
  const b = n as u8;
}
