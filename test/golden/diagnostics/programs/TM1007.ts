class Box { value: u64; }
export function main(): void {
  const b = new Box();
}
