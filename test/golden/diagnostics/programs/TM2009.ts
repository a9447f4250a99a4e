class Box { a: u64; }
function each(visit: (x: u64) => void): void {
  visit(1);
}
export function main(boxes: Ptr<Box>): void {
  let box: Box;
  box = { a: 1 };
  print(box.a);
  let later: Ptr<Box>;
  each((x) => print(x + later.a));
  later = boxes;
}
