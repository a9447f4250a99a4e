class Box { a: u64; b: u64; }
const box = zeroed<Box>();
export function main(): void {
  print(box["a"]);
}
