class Box { a: u64; b: u64; }
const boxes = zeroed<Arr<Box, 4>>();
function fill(box: Box): void {
  box.a = 1;
}
export function main(): void {
  const b = boxes[1];
  const own: Box = { a: 0, b: 0 };
  fill(own);
}
