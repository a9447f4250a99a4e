class Item {
  a: u64;
  b: u64;
  c: u32;
  d: u16;
  e: Arr<u8, 10>;
}
const from = zeroed<Arr<u8, 1024>>();
const to = zeroed<Arr<u8, 1024>>();
const wide = zeroed<Arr<u64, 128>>();
const other = zeroed<Arr<u64, 128>>();
const records = zeroed<Arr<Item, 16>>();

function bytes(d: u8[], s: readonly u8[], n: u64): void {
  for (let i: u64 = 0; i < n; i++) d[i] = s[i];
}
function words(d: u64[], s: readonly u64[], n: u64): void {
  for (let i: u64 = 0; i < n; i++) d[i] = s[i];
}
function fill(d: u8[], n: u64, value: u8): void {
  for (let i: u64 = 0; i < n; i++) d[i] = value;
}
function equal(a: readonly u8[], b: readonly u8[], n: u64): u64 {
  for (let i: u64 = 0; i < n; i++) if (a[i] !== b[i]) return i;
  return n;
}

export function run(): u64 {
  let h: u64 = 0;
  for (let round: u32 = 0; round < 12; round++) {
    for (let i: u64 = 0; i < 1024; i++) from[i] = u8(i * 7 + round);
    for (let i: u64 = 0; i < 128; i++) wide[i] = i * 0x9e3779b97f4a7c15 + round;
    fill(to.slice(), 1024, u8(round));
    bytes(to.slice(round), from, 1000);
    words(other.slice(), wide, 128);
    h = h * 31 + equal(to.slice(round), from, 1000) + to[1001] + other[round * 9];
    for (let i: u32 = 0; i < 15; i++) {
      records[i].a += h;
      records[i].e[i % 10]++;
      records[i + 1] = copy(records[i]);
    }
    h ^= records[15].a + records[15].e[3];
  }
  return h;
}
