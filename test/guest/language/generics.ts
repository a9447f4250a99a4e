// Monomorphised classes and functions, constant parameters, comptime, tables.
class Thread { id: u32; pad: u64; }
class Pool<T, N extends number> {
  slots: Arr<T, N>;
  used: Arr<boolean, N>;
  alloc(): Ptr<T> | null {
    for (let i: usize = 0; i < this.slots.length; i++)
      if (!this.used[i]) {
        this.used[i] = true;
        return ref(this.slots[i]);
      }
    return null;
  }
  free(p: Ptr<T>): void {
    const index = (u64.of(p) - u64.of(ref(this.slots))) / sizeof<T>();
    this.used[index] = false;
  }
}
class Ring<T> {
  buf: T[];
  head: usize;
  len: usize;
  push(v: T): boolean {
    if (this.len === this.buf.length) return false;
    this.buf[(this.head + this.len) % this.buf.length] = v;
    this.len += 1;
    return true;
  }
  pop(): T | null {
    if (this.len === 0) return null;
    const v = this.buf[this.head];
    this.head = (this.head + 1) % this.buf.length;
    this.len -= 1;
    return v;
  }
}
const pool = zeroed<Pool<Thread, 2>>();
const bytes = zeroed<Pool<u8, 3>>();
const store = zeroed<Arr<u32, 3>>();
const ring = zeroed<Ring<u32>>();

function max<T extends number>(a: T, b: T): T { return a > b ? a : b; }
function swap<T>(a: Ptr<T>, b: Ptr<T>): void {
  const t = copy(a.$);
  a.$ = copy(b.$);
  b.$ = copy(t);
}
function map<T>(list: T[], f: (x: T) => T): void {
  for (let i: usize = 0; i < list.length; i++) list[i] = f(list[i]);
}
function words<T>(): usize { return (sizeof<T>() + 7) >>> 3; }

const crcTable: Arr<u32, 256> = comptime(() => {
  const t = arr<u32, 256>();
  for (let i: u32 = 0; i < 256; i++) {
    let c: u32 = i;
    for (let k: u32 = 0; k < 8; k++) c = (c & 1) !== 0 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    t[i] = c;
  }
  return t;
});
function crc(data: readonly u8[]): u32 {
  let c: u32 = 0xffffffff;
  for (const b of data) c = crcTable[(c ^ b) & 0xff] ^ (c >>> 8);
  return ~c;
}
const seconds = comptime(() => u64(60) * 60 * 24);

type Field = { readonly at: number; readonly bits: number };
const layout_ = { type: { at: 0, bits: 5 }, badge: { at: 16, bits: 48 } } as const satisfies Record<string, Field>;
function extract(word: u64, field: Field): u64 {
  attr({ inline: "always" });
  return (word >>> field.at) & ((1 << field.bits) - 1);
}
const calls = { Send: { number: 0 }, Call: { number: 2 }, Yield: { number: 4 } } as const;
const table = tableOf(calls, { Send: (a: u64) => a + 1, Call: call, Yield: () => u64(5) }, none);
function call(a: u64, b: u32): u64 { return a * b; }
function none(_a: u64, _b: u64): u64 { return 1000; }
enum Color { Red, Green, Blue }
const names: { readonly [C in Color]: string } = { [Color.Red]: "red", [Color.Green]: "green", [Color.Blue]: "blue" };

export function main(): void {
  const a = pool.alloc()!, b = pool.alloc()!;
  a.id = 1;
  b.id = 2;
  print(pool.alloc() === null, " ");
  pool.free(a);
  print(pool.alloc()!.id, " ", bytes.alloc() === null, " ", sizeof<Pool<u8, 3>>(), "\n");
  ring.buf = store.slice();
  print(ring.push(7), ring.push(8), ring.push(9), ring.push(10), " ");
  print(ring.pop() ?? 0, " ", ring.pop() ?? 0, " ", ring.pop() ?? 0, " ", ring.pop() === null, "\n");
  const x: u64 = 3, y: u64 = 4;
  swap(a, b);
  const list: u64[] = [1, 2, 3];
  map(list, (v) => v * v);
  print(max(x, y), " ", max<u8>(9, 2), " ", a.id, b.id, " ", list[0], list[1], list[2], " ", words<Thread>(), "\n");
  print(crc("123456789".bytes()) === 0xcbf43926, " ", seconds, "\n");
  print(extract(0x1234_0025, layout_.type), " ", extract(0x1234_0025, layout_.badge), " ", calls.Call.number, "\n");
  for (let i: usize = 0; i < table.length; i++) print(table[i](6, 0x1_0000_0007), " ");
  print(names[Color.Green], "\n");
}
