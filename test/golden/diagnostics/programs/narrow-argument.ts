function take(x: u16): void {}
export function main(): void {
  const n: u32 = 5;
  take(n);
}
