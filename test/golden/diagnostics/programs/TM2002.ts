export function main(): void {
  const x: u8 = 256;
}
