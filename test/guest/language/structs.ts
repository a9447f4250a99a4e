// Layout, embedded structs, methods, literals, copies, tuples, destructuring, arrays.
class Inner { a: u8; b: u32; }
@align(64)
class Outer {
  tag: u8;
  inner: Inner;
  list: Arr<u16, 5>;
  next: Ptr<Outer> | null;
  sum(): u64 {
    let total: u64 = this.inner.b;
    for (const x of this.list) total += x;
    return total;
  }
  set(index: usize, value: u16): void { this.list[index] = value; }
  self(): Ptr<Outer> { return ref<Outer>(this); }
  static make(tag: u8): Outer { return make<Outer>({ tag, inner: { a: 1, b: 2 }, list: [1, 2, 3, 4, 5], next: null }); }
}
@packed class Header { kind: u8; size: u32; @at(8) check: u16; }
@size(32) class Padded { x: u64; }
class Point { x: i32; y: i32; }
class Block { paddr: u64; bits: u64; used: u64; }
class Wide { a: u64; b: u64; c: u64; d: u64; e: u64; }

const shared = zeroed<Outer>();
const points: readonly Point[] = [{ x: 1, y: 2 }, { x: -3, y: 4 }];
const matrix: Arr<Arr<u8, 3>, 2> = [[1, 2, 3], [4, 5, 6]];
let counter: u32 = 5;

function swap(p: Point): Point { return { x: p.y, y: p.x }; }
function divmod(a: u64, b: u64): [u64, u64] { return [a / b, a % b]; }
function block(n: u64): Block { return { paddr: n, bits: n + 1, used: n + 2 }; }
function wide(n: u64): Wide { return { a: n, b: n + 1, c: n + 2, d: n + 3, e: n + 4 }; }
function sumWide(w: Wide): u64 { w.a = 100; return w.a + w.b + w.c + w.d + w.e; }
function add(p: Ptr<u32>, by: u32 = 2): void { p.$ += by; }

export function main(): void {
  print(sizeof<Inner>(), " ", sizeof<Outer>(), " ", alignof<Outer>(), " ", offsetof<Outer>("list"), " ", sizeof<Header>(), " ", offsetof<Header>("size"), " ", offsetof<Header>("check"), " ", sizeof<Padded>(), "\n");
  const o = Outer.make(7);
  print(o.tag, " ", o.inner.b, " ", o.sum(), "\n");
  o.set(4, 50);
  const p = o.self();
  p.next = ref(shared);
  shared.tag = 9;
  print(o.sum(), " ", p.next!.tag, " ", p.list[4], " ", p.$.list.length, "\n");
  const copied = copy(o);
  copied.list[0] = 1000;
  print(o.list[0], " ", copied.list[0], " ", copied.sum(), "\n");
  const q = swap({ x: 10, y: -20 });
  print(q.x, " ", q.y, "\n");
  const [quotient, rest] = divmod(47, 5);
  const { paddr, used: u } = block(3);
  print(quotient, " ", rest, " ", paddr, " ", u, "\n");
  const w = wide(1);
  print(sumWide(copy(w)), " ", w.a, " ", w.e, "\n");
  for (const point of points) print(point.x, ",", point.y, ";");
  print(matrix[1][2], " ", points.length, "\n");
  matrix[0][1] = 77;
  add(ref(counter));
  add(ref(counter), 10);
  print(counter, " ", matrix[0][1], "\n");
  let a: u64 = 1, b: u64 = 2;
  [a, b] = [b, a];
  const local = arr<u32, 4>();
  local[2] = 5;
  const slice = local.slice(1, 4);
  slice[0] = 3;
  print(a, b, " ", local[0], local[1], local[2], " ", slice.length, "\n");
  const t = zeroed<Block>();
  t.bits = 4;
  t.used += t.bits;
  shared.inner = { a: 3, b: 4 };
  print(t.paddr, t.bits, t.used, " ", shared.inner.a, shared.inner.b, "\n");
  aligned();
}
@align(16) class Context { a: u64; b: u64; c: u64; d: u64; e: u64; f: u64; }
@align(64) class Line { count: u8; words: Arr<u64, 9>; }
@align(16) class Small { x: u64; }
let seen: u64 = 0;
function fill(c: Ptr<Context>): void { c.a = 1; c.f = 6; seen |= u64.of(c) & 15; }
function byValue(line: Line): u64 { seen |= u64.of(ref(line)) & 63; return line.words[3] + line.count; }
function makeLine(n: u64): Line { const l = zeroed<Line>(); l.words[3] = n; l.count = 1; seen |= u64.of(ref(l)) & 63; return l; }
function deep(n: u64): u64 {
  const odd: Arr<u8, 3> = [1, 2, 3];
  const small: Small = { x: n };
  const c = zeroed<Context>();
  const line = unsafe.uninitialized<Line>();
  line.words[1] = n;
  fill(ref(c));
  seen |= (u64.of(ref(small)) & 15) | (u64.of(ref(line)) & 63);
  odd[n % 3] = 9;
  const rest: u64 = n > 0 ? deep(n - 1) : 0;
  return rest + c.a + c.f + line.words[1] + small.x + odd[n % 3];
}
/// What is aligned on more than a frame is, lies so there too.
function aligned(): void {
  print(deep(5), " ", byValue(makeLine(40)), " ", byValue(copy(makeLine(2))), " ", seen, "\n");
  print(ref<Line>({ count: 3, words: [1, 2, 3, 4, 5, 6, 7, 8, 9] }).words[8], " ", u64.of(ref<Line>({ count: 3, words: arr<u64, 9>() })) & 63, "\n");
}
