// What the dialect gives to C, and what it asks of it. main.c calls all of this.

export class Point {
  x: i16;
  y: u64;
  weight: f32;
  next: Ptr<Point> | null;
}

declare function c_add8(a: i8, b: u8): i8;
declare function c_mix(a: u8, b: i16, c: u32, d: i64, e: u16, f: i32, g: u64, h: i8, i: u32, j: i64): u64;
declare function c_floats(a: f32, b: f64, c: i32, d: f32): f64;
declare function c_move(point: Ptr<Point>, by: i16): Ptr<Point> | null;
declare function c_apply(f: (x: i32, state: Ptr<u64>) => i32, x: i32, state: Ptr<u64>): i32;
declare function c_not(flag: boolean): boolean;
declare function c_sum(bytes: readonly u8[]): u32;
declare let c_count: u32;
declare const c_origin: Point;
declare let c_table: Arr<u16, 4>;
declare let c_first: Ptr<Point> | null;

const counters: Arr<u64, 3> = [1, 2, 3];
const text: string = "typemetal";
class Totals {
  calls: u64;
  last: Ptr<Point> | null;
}
const totals = zeroed<Totals>();
/// A function's address in static data.
const steps: Arr<(x: i32, state: Ptr<u64>) => i32, 2> = [double, negate];

function double(x: i32, state: Ptr<u64>): i32 {
  state.$ += 1;
  return x * 2;
}
function negate(x: i32, state: Ptr<u64>): i32 {
  state.$ += 100;
  return -x;
}

export function ts_widths(a: u8, b: i8, c: u16, d: i16, e: u32, f: i32, g: u64, h: i64, i: i8, j: u32): i64 {
  return i64(a) + i64(b) * 3 + i64(c) * 5 + i64(d) * 7 + i64(e) * 11 + i64(f) * 13 + i64(g) * 17 + h * 19 + i64(i) * 23 + i64(j) * 29;
}
export function ts_u32(x: u32): u32 {
  return x + 0x80000000;
}
export function ts_i8(x: i8): i8 {
  return x + 1;
}
export function ts_floats(a: f64, b: f32, n: u32): f32 {
  return f32(a * 2) + b / f32(n);
}
export function ts_area(point: Ptr<Point>): u64 {
  totals.calls++;
  totals.last = point;
  let sum: u64 = 0;
  for (let at: Ptr<Point> | null = point; at !== null; at = at.next) sum += u64(i64(at.x)) + at.y + u64(at.weight);
  return sum;
}
/// Back into C from here, with everything there is.
export function ts_calls(point: Ptr<Point>): u64 {
  let sum: u64 = u64(c_add8(-100, 120));
  sum = sum * 31 + c_mix(200, -300, 4000000000, -5, 60000, -7, 8, -9, 10, -11);
  sum = sum * 31 + u64(c_floats(1.5, 2.25, -3, 0.5) * 8);
  const moved = c_move(point, 5);
  if (moved !== null) sum = sum * 31 + ts_area(moved);
  const state: Arr<u64, 1> = [7];
  for (const step of steps) sum = sum * 31 + u64(c_apply(step, 21, ref(state[0])));
  sum = sum * 31 + state[0] + c_sum(text.bytes());
  return c_not(sum === 0) ? sum + totals.calls * counters[2] : 0;
}
/// What C has, read and written here.
export function ts_data(by: u32): u64 {
  c_count += by;
  c_table[3] = c_table[by & 3] + 1;
  const first = c_first;
  c_first = ref<Point>(c_origin);
  return c_origin.y + c_table[3] + (first === null ? 1000 : first.y);
}
export function ts_pick(which: boolean): (x: i32, state: Ptr<u64>) => i32 {
  return which ? double : negate;
}
/// A name of its own for C.
export function chosen(index: u64): u64 {
  attr({ symbol: "ts_counter" });
  return counters[index];
}
