// Values made while compiling: any function may run, and what one value needs of others is made first.

class Entry {
  name: Arr<u8, 4>;
  weight: f64;
}
const SUM: u64 = comptime((): u64 => SQUARES[3] + fibonacci(20));
const SQUARES = comptime((): Arr<u64, 4> => {
  const table = arr<u64, 4>();
  for (let i: u64 = 0; i < 4; i++) table[i] = i * FACTOR;
  return table;
});
const FACTOR: u64 = comptime((): u64 => u64.mulHigh(1 << 63, 14));
const ENTRIES = comptime((): Arr<Entry, 2> => {
  const made = arr<Entry, 2>();
  made[1].weight = f64.sqrt(2);
  const text = "abcd";
  for (let i: u64 = 0; i < text.length; i++) made[1].name[i] = text[i] - 32;
  return made;
});
const HANDLERS: Arr<(x: u64) => u64, 2> = [double, fibonacci];
const APPLIED: u64 = comptime((): u64 => HANDLERS[0](21) + HANDLERS[1](10));

function double(x: u64): u64 {
  return u64.checked(x * 2);
}
function fibonacci(n: u64): u64 {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

export function main(): void {
  print(SUM, " ", SQUARES[3], " ", FACTOR, " ", APPLIED, "\n");
  print(unsafe.text(ENTRIES[1].name.slice()), " ", ENTRIES[1].weight, " ", ENTRIES[0].weight, "\n");
}
