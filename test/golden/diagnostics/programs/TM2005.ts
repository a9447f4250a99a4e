class Box { a: u64; b: u64; }
const boxes = zeroed<Arr<Box, 4>>();
export function main(): void {
  const b = boxes[1];
}
