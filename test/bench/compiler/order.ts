// A sort of records by a comparison that is passed to it, as qsort's; two orders.
class Entry {
  id: u32;
  weight: i32;
  key: u64;
}
type Compare = (a: Ptr<Entry>, b: Ptr<Entry>) => i32;
const records = zeroed<Arr<Entry, 200>>();

function byWeight(a: Ptr<Entry>, b: Ptr<Entry>): i32 {
  return a.weight < b.weight ? -1 : i32(a.weight > b.weight);
}
function byKey(a: Ptr<Entry>, b: Ptr<Entry>): i32 {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.id < b.id ? -1 : i32(a.id > b.id);
}
function sort(r: Entry[], from: i64, to: i64, compare: Compare): void {
  attr({ inline: "never" });
  let low = from;
  let high = to;
  while (high - low > 8) {
    const middle = low + (high - low) / 2;
    let i = low;
    let j = high;
    const pivot = copy(r[u64(middle)]);
    do {
      while (compare(ref(r[u64(i)]), ref(pivot)) < 0) i++;
      while (compare(ref(r[u64(j)]), ref(pivot)) > 0) j--;
      if (i <= j) {
        const t = copy(r[u64(i)]);
        r[u64(i)] = copy(r[u64(j)]);
        r[u64(j)] = copy(t);
        i++;
        j--;
      }
    } while (i <= j);
    if (j - low < high - i) {
      sort(r, low, j, compare);
      low = i;
    } else {
      sort(r, i, high, compare);
      high = j;
    }
  }
  for (let i = low + 1; i <= high; i++) {
    const t = copy(r[u64(i)]);
    let j = i;
    for (; j > low && compare(ref(t), ref(r[u64(j - 1)])) < 0; j--) r[u64(j)] = copy(r[u64(j - 1)]);
    r[u64(j)] = copy(t);
  }
}

export function run(): u64 {
  let h: u64 = 0;
  let s: u32 = 5;
  for (let round: u32 = 0; round < 3; round++) {
    for (let i: u32 = 0; i < 200; i++) {
      s = s * 1664525 + 1013904223;
      records[i] = { id: i, weight: i32(s) >> 20, key: (u64(s >>> 8) * 977) % 101 };
    }
    sort(records.slice(), 0, 199, byWeight);
    for (const { weight } of records) h = h * 31 + u64(i64(weight));
    sort(records.slice(), 0, 199, byKey);
    for (const { id } of records) h = h * 31 + id;
  }
  return h;
}
