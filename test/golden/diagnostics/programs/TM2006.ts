export function main(): void {
  const x: u64 | string = "a";
}
