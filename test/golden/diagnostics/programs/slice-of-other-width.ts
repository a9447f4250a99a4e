function take(x: u64[]): void {}
export function main(): void {
  const list: u32[] = [1, 2];
  take(list);
}
