class Point { x: u64; y: u64; }
class Size { x: u64; y: u64; }
function take(p: Ptr<Point>): void {}
export function main(): void {
  const s: Size = { x: 1, y: 2 };
  take(ref(s));
}
