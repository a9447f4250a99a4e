// `T | null` of what is no pointer: used as its value where tsc has narrowed it, and compared with `===`.
class Point {
  x: i32;
  y: i32;
}
class Holder {
  point: Point | null;
  count: u8 | null;
}
enum Flag {
  None = 0,
  Read = 1,
  Write = 2,
  Run = 4,
}
class Square {
  side: u64;
  area(): u64 {
    return this.side * this.side;
  }
}

function find(i: u64): Point | null {
  return i > 2 ? { x: i32(i), y: 1 } : null;
}
function half(n: u32): u32 | null {
  return n % 2 === 0 ? n / 2 : null;
}
/// A pointer to a type parameter has what its constraint has.
function twice<S extends { area(): u64 }>(shape: Ptr<S>): u64 {
  return shape.area() * 2;
}
const holder = zeroed<Holder>();

export function main(): u64 {
  const point = find(3);
  if (point !== null) print(point.x, " ", point.y + 1, "\n");
  if (!find(1)) print("none\n");
  let h = half(8);
  while (h !== null) {
    print(h, " ");
    h = h > 1 ? half(h) : null;
  }
  print("\n", half(3) === 4, half(8) === 4, half(3) === half(5), half(8) !== half(10), "\n");
  holder.count = 5;
  if (holder.count !== null) {
    holder.count = holder.count + 3;
    print(holder.count, " ", u32(holder.count) << 1, "\n");
  }
  holder.point = { x: 1, y: 2 };
  if (holder.point) print(holder.point.x, "\n");
  const count = holder.count;
  if (count === null) return 1;
  switch (count) {
    case 8:
      print("eight\n");
      break;
    default:
      print("?\n");
  }
  const table = arr<u8, 16>();
  table[count] = 9;
  print(table[count], -i32(count), "\n");
  let flags = Flag.Read | Flag.Write;
  flags |= Flag.Run;
  print(u32(flags), sizeof<Flag>(), "\n");
  const square = make<Square>({ side: 3 });
  print(twice(ref(square)), "\n");
  return 0;
}
