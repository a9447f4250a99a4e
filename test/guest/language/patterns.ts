// Patterns: in declarations, parameters and for…of, inside each other; elements of tuples.

class Vector {
  x: u64;
  y: u64;
}
class Line {
  from: Vector;
  to: Vector;
}

function sum([a, b]: [u64, u64], { x, y: second }: Ptr<Vector>): u64 {
  return a + b * 10 + x * 100 + second * 1000;
}
function lengths(lines: readonly Line[]): u64 {
  let total: u64 = 0;
  for (const { from: { x: left }, to: { x: right } } of lines) total += right - left;
  return total;
}
function both(n: u64): [u64, [u8, boolean]] {
  return [n + 1, [u8(n), n > 3]];
}

export function main(): void {
  const v: Vector = { x: 3, y: 4 };
  print(sum([1, 2], ref(v)), "\n");
  const lines: Arr<Line, 2> = [
    { from: { x: 1, y: 0 }, to: { x: 5, y: 0 } },
    { from: { x: 2, y: 0 }, to: { x: 9, y: 0 } },
  ];
  print(lengths(lines), "\n");
  const pairs: Arr<[u64, u8], 2> = [
    [1, 2],
    [3, 4],
  ];
  for (const [a, b] of pairs) print(a, b, " ");
  const [n, [low, isLarge]] = both(5);
  print(n, low, isLarge, "\n");
  const [[p, q], r]: [[u64, u64], u64] = [[1, 2], 3];
  const [first, , third] = lines[0].from.x > 0 ? three(1) : three(2);
  print(p, q, r, " ", first, third, " ", both(1)[0], both(2)[1][0], "\n");
  const few: Arr<u64, 3> = [7, 8, 9];
  const [one, two] = few;
  print(one, two, "\n");
  entries(few.slice());
}
/// The index is a copy of the counter; structs are named in their place.
function entries(few: readonly u64[]): void {
  for (const [i, x] of few.entries()) print(i, ":", x, " ");
  const points: Arr<Vector, 2> = [{ x: 1, y: 2 }, { x: 3, y: 4 }];
  for (const [i, point] of points.entries()) point.x += i * 10;
  const pointer = ref(points);
  outer: for (let [i, { x, y }] of pointer.entries()) {
    i += 5;
    for (const [, b] of "ab".entries()) if (b === 0x62 && x > 10) break outer;
    print(i, x, y, " ");
  }
  for (const [i] of few.slice(1).entries()) print(i);
  for (const both of few.entries()) print(" ", both[0] + both[1]);
  const names = make<Names>({ list: [4, 5] });
  for (const name of names.entries()) print(" ", name);
  print("\n");
}
class Names {
  list: Arr<u32, 2>;
  /// Not the library's.
  entries(): readonly u32[] {
    return this.list.slice();
  }
}
function three(n: u64): [u64, u64, u64] {
  return [n, n * 2, n * 3];
}
