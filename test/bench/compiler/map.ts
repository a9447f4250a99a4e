// An open-addressing map from u64 to u32 with deletion, that grows.
enum State { Free, Used, Deleted }
class Entry {
  key: u64;
  value: u32;
  state: State;
}
const first = zeroed<Arr<Entry, 64>>();
const second = zeroed<Arr<Entry, 1024>>();
class Table {
  entries: Entry[];
  count: u64;
}

function hash(key: u64): u64 {
  let x = key;
  x ^= x >>> 33;
  x *= 0xff51afd7ed558ccd;
  x ^= x >>> 33;
  x *= 0xc4ceb9fe1a85ec53;
  return x ^ (x >>> 33);
}
function find(m: Ptr<Table>, key: u64): Ptr<Entry> | null {
  const mask = m.entries.length - 1;
  let at = hash(key) & mask;
  let reuse: Ptr<Entry> | null = null;
  for (let step: u64 = 0; step < m.entries.length; step++) {
    const e = ref(m.entries[at]);
    if (e.state === State.Free) return reuse ? reuse : e;
    if (e.state === State.Deleted) {
      if (!reuse) reuse = e;
    } else if (e.key === key) return e;
    at = (at + 1) & mask;
  }
  return reuse;
}
function grow(m: Ptr<Table>): void {
  const old = m.entries;
  m.entries = second.slice();
  m.count = 0;
  for (const entry of second) entry.state = State.Free;
  for (const { key, value, state } of old) if (state === State.Used) set(m, key, value);
}
function set(m: Ptr<Table>, key: u64, value: u32): void {
  if (m.count * 4 >= m.entries.length * 3 && m.entries.length !== 1024) grow(m);
  const e = find(m, key)!;
  if (e.state !== State.Used) {
    e.state = State.Used;
    e.key = key;
    m.count++;
  }
  e.value = value;
}
function get(m: Ptr<Table>, key: u64): u32 | null {
  const e = find(m, key);
  return e && e.state === State.Used ? e.value : null;
}
function erase(m: Ptr<Table>, key: u64): boolean {
  const e = find(m, key);
  if (!e || e.state !== State.Used) return false;
  e.state = State.Deleted;
  m.count--;
  return true;
}

export function run(): u64 {
  for (const entry of first) entry.state = State.Free;
  const m: Table = { entries: first.slice(), count: 0 };
  let h: u64 = 0;
  let s: u64 = 7;
  for (let i: u32 = 0; i < 1500; i++) {
    s = s * 6364136223846793005 + 1442695040888963407;
    const key = (s >>> 40) % 400;
    if ((s >>> 33) % 4 === 0) h += u64(erase(ref(m), key));
    else set(ref(m), key, i);
    const value = get(ref(m), key ^ 1);
    if (value !== null) h = h * 31 + value;
  }
  return h * 7 + m.count;
}
