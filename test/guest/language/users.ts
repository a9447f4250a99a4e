// What people write who have read the documentation alone: a ring of structs, words in a list, SHA-256.

interface Sized {
  size(): u64;
}
class Packet implements Sized {
  readonly id: u32;
  readonly bytes: u32;
  size(): u64 {
    return this.bytes;
  }
}
class Ring<T, N extends number> {
  items: Arr<T, N>;
  head: usize;
  tail: usize;
  push(item: T): boolean {
    if (this.tail - this.head === valueof<N>()) return false;
    this.items[this.tail++ % valueof<N>()] = item;
    return true;
  }
  pop(): T | null {
    return this.head === this.tail ? null : this.items[this.head++ % valueof<N>()];
  }
  each(f: (item: T) => void): void {
    for (let i = this.head; i < this.tail; i++) f(this.items[i % valueof<N>()]);
  }
}
function total<T extends Sized, N extends number>(ring: Ptr<Ring<T, N>>): u64 {
  let sum: u64 = 0;
  ring.each((item) => {
    sum += item.size();
  });
  return sum;
}
const ring: Ring<Packet, 4> = zeroed();
function packets(): void {
  for (let i: u32 = 0; i < 6; i++) print(ring.push(make<Packet>({ id: i, bytes: 100 * i })), " ");
  print(total(ref(ring)), ":");
  for (let p = ring.pop(); p !== null; p = ring.pop()) print(" ", p.id, "/", p.size());
  print("\n");
}

const names = ["one", "two", "three"];
function words(extra: string): void {
  const own = ["four", extra];
  own[0] = names[1];
  names[1] = "2";
  for (const [i, name] of names.entries()) print(i, "=", name, " ");
  for (const name of own) print(name, own.length, " ");
  const [low, high]: [u32, u32] = [1, 2];
  const numbers = [high, low];
  numbers[1] += 40;
  for (const number of numbers) print(number, " ");
  print("\n");
}

const K: readonly u32[] = comptime(() => {
  const out = arr<u32, 64>();
  let n: u64 = 2;
  for (let i: u64 = 0; i < 64; n++) {
    let isPrime = true;
    for (let d: u64 = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
    if (!isPrime) continue;
    const root = cubeRoot(f64(n));
    out[i] = u32((root - f64.floor(root)) * 4294967296);
    i++;
  }
  return out.slice();
});
function cubeRoot(n: f64): f64 {
  let x = n;
  for (let i: u64 = 0; i < 100; i++) x = x - (x * x * x - n) / (3 * x * x);
  return x;
}
const rotate = (x: u32, n: u32): u32 => (x >>> n) | (x << (32 - n));
function compress(state: Ptr<Arr<u32, 8>>, block: readonly u8[]): void {
  const w = arr<u32, 64>();
  for (let i: usize = 0; i < 16; i++) for (const byte of block.slice(i * 4, i * 4 + 4)) w[i] = (w[i] << 8) | byte;
  for (let i: usize = 16; i < 64; i++) {
    const s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >>> 3);
    const s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >>> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state.$;
  for (const [i, k] of K.entries()) {
    const t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k + w[i];
    const t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, d + t1, c, b, a, t1 + t2];
  }
  const more = [a, b, c, d, e, f, g, h];
  for (const [i, x] of more.entries()) state[i] += x;
}
function digest(text: string): void {
  const block = arr<u8, 64>();
  for (const [i, byte] of text.entries()) block[i] = byte;
  block[text.length] = 0x80;
  block[63] = u8(text.length * 8);
  const state: Arr<u32, 8> = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
  compress(ref(state), block);
  const digits = "0123456789abcdef";
  const out = arr<u8, 64>();
  for (const [i] of out.entries()) out[i] = digits[(state[i / 8] >>> u32(28 - 4 * (i % 8))) & 15];
  print(unsafe.text(out), "\n");
}

export function main(): void {
  packets();
  words("five");
  digest("abc");
}
