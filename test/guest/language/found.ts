// What random programs found, each as small as it gets.

/// A copy that is an argument is the callee's to change.
class Wide {
  list: Arr<u32, 8>;
  sum(): u32 {
    let sum: u32 = 0;
    for (const x of this.list) sum += x;
    return sum;
  }
}
const wide = zeroed<Wide>();
function changed(value: Wide): u32 {
  value.list[0] += 5;
  return value.sum();
}

/// A number or null, by a condition.
function half(x: u32, by: u32 = 2): u32 | null {
  return x % by === 0 ? x / by : null;
}
function odd(x: u32): u32 | null {
  return x % 2 === 0 ? null : x;
}

/// An address that is part of another, in a loop whose test is made on the outer one.
const grid = zeroed<Arr<Arr<u16, 5>, 4>>();
function mix(rows: Ptr<Arr<Arr<u16, 5>, 4>>, at: u64): u64 {
  let sum: u64 = 0;
  for (const row of rows) {
    for (const x of row) sum = sum * 3 + x;
    row[at % 5]++;
  }
  return sum;
}

/// The struct around static data, whose address the linker knows.
class Part {
  count: u64;
}
class Whole {
  before: Arr<u64, 100>;
  id: u64;
  part: Part;
}
const whole = zeroed<Whole>();

/// A function value that takes a tuple.
type Add = (pair: [u32, u8], more: u32) => u32;
const add: Add = (pair, more) => pair[0] + pair[1] + more;
function twice(f: Add, pair: [u32, u8]): u32 {
  return f(pair, 1) + f([5, 6], 7);
}

export function main(): void {
  wide.list[3] = 2;
  print(changed(copy(wide)), " ", changed(copy(wide)), " ", wide.sum(), "\n");
  print(half(10) ?? 1, " ", half(9) ?? 1, " ", half(9, 3) ?? 1, " ", odd(7) ?? 0, " ", odd(8) ?? 0, "\n");
  let sum: u64 = 0;
  for (let i: u64 = 0; i < 7; i++) sum = sum * 31 + mix(ref(grid), i);
  print(sum, "\n");
  whole.id = 7;
  print(unsafe.container<Whole>(ref(whole.part), "part").id, "\n");
  print(twice(add, [3, 4]), "\n");
}
