// How values move: many arguments, large structs, evaluation once and in order, aliasing, slices in structs.
class Pair { x: u64; y: u64; }
class Large { list: Arr<u32, 40>; pair: Pair; }
class View { bytes: readonly u8[]; name: string; flag: boolean; }
enum Err { Empty = 1, Range = 300 }
let calls: u64 = 0;
const cells = zeroed<Arr<u16, 4>>();
const large = zeroed<Large>();

function next(): u64 { return calls++; }
function many(a: u64, b: u32, c: u8, d: i16, e: string, f: boolean, g: i64, h: u64, i: u32, j: Pair): u64 {
  return a + b + c + u64(i64(d)) + e.length + (f ? 1 : 0) + u64(g) + h + i + j.x * j.y;
}
function fill(by: u32): Large {
  const l = zeroed<Large>();
  for (let i: u32 = 0; i < 40; i++) l.list[i] = i * by;
  l.pair = { x: by, y: by + 1 };
  return l;
}
function total(l: Large): u64 {
  let sum: u64 = 0;
  for (const x of l.list) sum += x;
  l.pair.x = 0;
  return sum + l.pair.y;
}
function view(text: string, from: usize): Result<View, Err> {
  if (text.length === 0) return fail(Err.Empty);
  if (from > text.length) return fail(Err.Range);
  return ok({ bytes: text.bytes().slice(from), name: text, flag: from !== 0 });
}
function word(text: string): Result<string, Err> {
  const v = view(text, 1);
  if (!v.ok) return fail(v.err);
  return ok(unsafe.text(v.val.bytes));
}
function rotate(p: Ptr<Pair>): void { p.$ = { x: p.y, y: p.x }; }
function pick(first: boolean): Pair { return first ? { x: 1, y: 2 } : { x: 3, y: 4 }; }
function fibonacci(n: u64): u64 { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
function isEven(n: u64): boolean { return n === 0 ? true : isOdd(n - 1); }
function isOdd(n: u64): boolean { return n === 0 ? false : isEven(n - 1); }
function maybe(n: u64): Ptr<Pair> | null { return n === 0 ? null : ref(large.pair); }
function falls(n: u8): u64 {
  let r: u64 = 0;
  switch (n) {
    case 1: case 2: r = 12; break;
    default: r = 99; break;
    case 3: r = 3;
  }
  return r;
}

export function main(): void {
  print(many(1, 2, 3, -4, "five", true, -6, 7, 8, { x: 9, y: 10 }), "\n");
  cells[next()] += 5;
  cells[next()]++;
  cells[next() & 3] |= 0xff;
  print(cells[0], cells[1], cells[2], " ", calls, " ", next() * 10 + next(), "\n");
  const l = fill(3);
  print(total(copy(l)), " ", l.pair.x, " ", total(fill(1)), " ", fill(2).list[39], " ", fill(4).pair.y, "\n");
  large.pair = { x: 7, y: 8 };
  rotate(ref(large.pair));
  large.pair = { x: large.pair.y, y: large.pair.x + 1 };
  print(large.pair.x, large.pair.y, " ", pick(true).y, pick(false).x, "\n");
  const { x, y: why } = maybe(1)!;
  print(x, why, " ", maybe(0) === null, " ", (maybe(0) ?? ref(large.pair)).y, "\n");
  const w = word("hello"), e = word(""), r = view("abc", 9);
  print(w.ok ? w.val : "?", " ", e.ok ? Err.Range : e.err, " ", r.ok ? Err.Empty : r.err, " ", sizeof<Err>(), "\n");
  print(fibonacci(15), " ", isEven(10), isOdd(10), " ", falls(2), falls(3), falls(200), "\n");
  let n: u64 = 0;
  for (let i: u64 = 0; i < 10; i++) {
    if (i % 3 !== 0) continue;
    let k = i;
    do { if (k === 3) continue; n += k; } while (k++ < 4);
  }
  while (true) { if (n > 1000) break; n *= 2; }
  block: {
    if (n > 5) break block;
    n = 0;
  }
  print(n, " ", view("xyz", 1).ok, "\n");
  const grid = arr<Arr<u8, 2>, 2>();
  grid[1][0] = 3;
  const other = copy(grid);
  other[1][0]++;
  print(grid[1][0], other[1][0], " ", large.list.length, "\n");
}
