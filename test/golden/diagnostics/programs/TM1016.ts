class Box { value: u64; }
export function main(): void {
  const b: Box = { value: 1 };
  for (const key in b) print(key);
}
