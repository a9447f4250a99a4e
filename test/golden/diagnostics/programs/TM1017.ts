class Box { value: u64; }
export function main(): void {
  const b: Box = { value: 1 };
  if (b instanceof Box) print("box");
}
