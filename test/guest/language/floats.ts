// Floats: arithmetic in both widths, conversions, comparisons with NaN, calls with many arguments, structs,
// printing the fewest digits that read back.

class Point {
  x: f64;
  y: f64;
}
const origin: Point = { x: 0.5, y: -0.25 };
const table: Arr<f32, 4> = [0.5, 0.1, -2, 1e10];
const THIRD = 1 / 3;
const roots = comptime((): Arr<f64, 4> => {
  const made = arr<f64, 4>();
  for (let i: u64 = 0; i < 4; i++) made[i] = f64.sqrt(f64(i));
  return made;
});

function lengthOf(p: Ptr<Point>): f64 {
  return f64.sqrt(p.x * p.x + p.y * p.y);
}
/// More floats than there are registers for them, between integers.
function many(a: f64, n: u64, b: f32, c: f64, d: f64, e: f64, f: f64, g: f64, h: f64, i: f64, m: i64, j: f32): f64 {
  return a + f64(n) * 2 + b + c * 3 + d + e + f + g - h - i * 10 + f64(m) + j;
}
function swapped(a: f64, b: u32): [u32, f64, f32] {
  return [b + 1, -a, f32(a)];
}
function largest<T extends number>(values: readonly T[]): T {
  let found = values[0];
  for (const value of values) if (value > found) found = value;
  return found;
}
function horner(x: f64, factors: readonly f64[]): f64 {
  let sum: f64 = 0;
  for (const factor of factors) sum = sum * x + factor;
  return sum;
}
function fractional(x: f64): f64 {
  return x - f64.floor(x);
}

export function main(): void {
  const p: Point = { x: 3, y: 4 };
  print(lengthOf(ref(p)), " ", lengthOf(ref(origin)), " ", p.x / p.y, "\n");
  print(many(1, 2, 0.5, 3, 4, 5, 6, 7, 8, 9, -10, 0.25), "\n");
  const [n, x, y] = swapped(1.1, 7);
  print(n, " ", x, " ", y, "\n");
  const few: Arr<f64, 3> = [1, 7.5, -2];
  print(largest<f64>(few), " ", largest<f32>(table), " ", horner(2, few), " ", fractional(-1.25), "\n");
  print(roots[2], " ", f64(THIRD), " ", f32(THIRD), "\n");

  let sum: f64 = 0;
  for (let i: u64 = 1; i <= 1000; i++) sum += 1 / f64(i);
  let product: f32 = 1;
  for (let i: f32 = 1; i < 12; i++) product *= i;
  print(sum, " ", product, "\n");

  for (const value of table) print(value, " ", f64(value), " ", i32(value), " ", u8(value), " ", i8(value), "\n");
  print(i64(f64(-1.9)), " ", u64(f64(-1.9)), " ", u32(f64(1e10)), " ", i32(f64.NAN), " ", u16(f64(70000)), "\n");
  print(f32(u64.MAX), " ", f64(i64.MIN), " ", f32(16777217), " ", f32(u64(0x8000_0080_0000_0001)), "\n");

  const nan = f64.NAN;
  print(nan === nan, nan !== nan, nan < 1, nan > 1, !(nan >= 1), " ", f64.isNaN(nan), f64.isFinite(nan), f64.isFinite(sum), "\n");
  print(f64.min(nan, 1), " ", f64.max(-0, 0), " ", f64.abs(-2.5), " ", f64.copySign(3, -0.5), " ", -f64(0), "\n");
  print(f64.floor(-1.5), " ", f64.ceil(-1.5), " ", f64.trunc(-1.5), " ", f64.round(2.5), " ", f64.round(-3.5), "\n");
  print(f64.bits(1.5), " ", f32.bits(-1.5), " ", f64.fromBits(0x3fb999999999999a), "\n");
  print(0.1, " ", f64(0.1) + 0.2, " ", f64.MAX, " ", f64.MIN_POSITIVE, " ", f64.fromBits(1), " ", f32.MAX, "\n");
  print(1e21, " ", 1e-7, " ", 123456789.125, " ", 0.000001, " ", f64.INFINITY, " ", -f64.INFINITY, " ", nan, "\n");
}
