// Values made while compiling: any function may run, what one value needs of others is made first, and what a
// result points to is static data too.

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

class Node {
  name: string;
  next: Ptr<Node> | null;
}
class Row {
  name: string;
  run: (x: u64) => u64;
  cells: readonly u16[];
}
const square = (x: u64): u64 => x * x;
let shared: Arr<u32, 4> = [1, 2, 3, 4];

/// As many as there are.
const PRIMES: readonly u16[] = comptime(() => {
  const found = arr<u16, 100>();
  let count: u64 = 0;
  for (let n: u16 = 2; n < 100; n++) {
    let isPrime = true;
    for (const p of found.slice(0, count)) if (n % p === 0) isPrime = false;
    if (isPrime) found[count++] = n;
  }
  return found.slice(0, count);
});
const NAMES: readonly string[] = comptime(() => {
  const pool = arr<u8, 64>();
  const names = arr<string, 5>();
  let end: u64 = 0;
  for (let i: u64 = 0; i < 5; i++) {
    const start = end;
    for (let k: u64 = 0; k <= i; k++) pool[end++] = u8(97 + i + k);
    names[i] = unsafe.text(pool.slice(start, end));
  }
  names[0] = "the first";
  return names.slice();
});
const TITLE: string = comptime((): string => {
  const text = arr<u8, 16>();
  const from = "typemetal";
  for (let i: u64 = 0; i < from.length; i++) text[i] = from[i] - 32;
  return unsafe.text(text.slice(0, from.length));
});
const ROWS = comptime((): Arr<Row, 2> => {
  const cells = arr<u16, 4>();
  for (let i: u64 = 0; i < 4; i++) cells[i] = PRIMES[i] * 100 + u16(NAMES[i].length);
  return [{ name: "double", run: double, cells: cells.slice(0, 2) }, { name: NAMES[3], run: square, cells: cells.slice(1, 4) }];
});
const LIST = comptime((): Ptr<Node> => {
  const nodes = arr<Node, 3>();
  for (let i: u64 = 0; i < 3; i++) nodes[i] = { name: NAMES[i + 1], next: ref(nodes[(i + 1) % 3]) };
  return ref(nodes[0]);
});
const COUNTERS: u32[] = comptime(() => {
  const mine = arr<u32, 3>();
  mine[1] = 5;
  return mine.slice();
});
const OUTSIDE: Ptr<u32> = comptime((): Ptr<u32> => ref(shared[2]));
const EMPTY: readonly u8[] = comptime(() => arr<u8, 4>().slice(2, 2));

const UART: Ptr<u32> = comptime((): Ptr<u32> => unsafe.ptr<u32>(0x1000_0000 + FACTOR * 16));

function sizes<T>(): readonly u64[] {
  return comptime((): readonly u64[] => {
    const made = arr<u64, 2>();
    made[0] = sizeof<T>();
    made[1] = made[0] * 2;
    return made.slice();
  });
}

export function main(): void {
  print(SUM, " ", SQUARES[3], " ", FACTOR, " ", APPLIED, "\n");
  print(unsafe.text(ENTRIES[1].name.slice()), " ", ENTRIES[1].weight, " ", ENTRIES[0].weight, "\n");
  print(PRIMES.length, " ", PRIMES[24], "\n");
  for (const name of NAMES) print(name, " ");
  print(TITLE, "\n");
  for (const row of ROWS) {
    print(row.name, " ", row.run(7));
    for (const cell of row.cells) print(" ", cell);
    print("\n");
  }
  let at = LIST;
  for (let i: u64 = 0; i < 5; i++) {
    print(at.name, " ");
    at = at.next!;
  }
  COUNTERS[1]++;
  OUTSIDE.$ += 10;
  print(COUNTERS[1], " ", COUNTERS.length, " ", shared[2], " ", EMPTY.length, " ", u64.of(UART) >> 4, "\n");
  print(sizes<u32>()[1], " ", sizes<Row>()[1], "\n");
}
