// Constants as types: `typeof` one that is computed; parts of static data in other constants; what comptime makes and
// the program changes.

const PAGES = 4096;
const WORDS = PAGES / 64;
class Node {
  x: u64;
  parts: Arr<[u8, u32], 2>;
}
const PER = 256 / sizeof<Node>();
const TYPED: u64 = 6;

class Bitmap<N extends number> {
  words: Arr<u64, N>;
  count(): u64 {
    let n: u64 = 0;
    for (const word of this.words) n += u64.popCount(word);
    return n;
  }
}
class Pool<T, N extends number> {
  items: Arr<T, N>;
  marks: Arr<Arr<T, 1>, typeof PER>;
}
type Pages = Bitmap<typeof WORDS>;
class Kernel {
  pages: Bitmap<typeof WORDS>;
  current: Ptr<Bitmap<typeof WORDS>> | null;
  pool: Pool<Arr<u8, typeof TYPED>, typeof PER>;
  lists: Pages[];
}
const free = zeroed<Bitmap<typeof WORDS>>();
const table: Arr<u8, typeof WORDS> = arr<u8, typeof WORDS>();
let kernel = zeroed<Kernel>();

function total(pages: Ptr<Pages>): u64 {
  return pages.count();
}
function sizeOfPool<T, N extends number>(pool: Ptr<Pool<T, N>>): u64 {
  return pool.items.length;
}
function both(): [Ptr<Pages>, u64] {
  return [ref(free), 3];
}
function types(): void {
  free.words[3] = 7;
  print(total(ref(free)), " ", table.length, " ", sizeof<Pages>(), " ", PER, "\n");
  print(sizeOfPool(ref(kernel.pool)), " ", kernel.pool.items[0].length, " ", kernel.pool.marks.length, "\n");
  const doubled = WORDS * 2;
  const local = arr<u16, typeof doubled>();
  const [first] = both();
  kernel.current = first;
  kernel.current = ref(kernel.pages);
  print(local.length, " ", kernel.current.words.length, " ", first.count(), "\n");
}

const bytes: Arr<u8, 4> = [1, 2, 3, 4];
const second = bytes[1];
const node: Node = { x: 3, parts: [[1, 2], [3, 4]] };
const x = node.x;
const part = node.parts[1][1];
const word = "abc";
const letter = word[1];
const list: readonly u32[] = [1, 2, 3];
const sum = list[1] * 2 + list[2];
let counter: u64 = list[2];
const start = counter;
const same = node;
const length = list.length;
const blank = zeroed<Node>();
const nothing = blank.parts[1][0];
const names: readonly string[] = ["one", "two"];
const two = names[1];
function parts(): void {
  bytes[1] = 9;
  node.x = 4;
  counter++;
  print(second, " ", x, " ", part, " ", letter, " ", sum, " ", counter, " ", start, " ", same.x, " ", length, " ", nothing, " ", two, "\n");
}

let count = comptime((): u64 => PAGES * 2);
let other = comptime((): u64 => PAGES * 2);
let squares = comptime((): Arr<u32, 4> => [0, 1, 4, 9]);
let some: u32[] = comptime((): u32[] => [1, 2, 3]);
export function main(): void {
  types();
  parts();
  count++;
  squares[2] += 5;
  some[1] = 7;
  print(count, " ", other, " ", squares[2], " ", some[1], "\n");
}
