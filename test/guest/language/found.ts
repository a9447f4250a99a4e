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

export function main(): void {
  wide.list[3] = 2;
  print(changed(copy(wide)), " ", changed(copy(wide)), " ", wide.sum(), "\n");
  print(half(10) ?? 1, " ", half(9) ?? 1, " ", half(9, 3) ?? 1, " ", odd(7) ?? 0, " ", odd(8) ?? 0, "\n");
  whole.id = 7;
  print(unsafe.container<Whole>(ref(whole.part), "part").id, "\n");
}
