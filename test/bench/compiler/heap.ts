// Quicksort by recursion, then a heap of pairs.
class Pair {
  key: u32;
  value: u32;
}
const numbers = zeroed<Arr<u32, 512>>();
const heap = zeroed<Arr<Pair, 256>>();
class State {
  size: u32;
}
const state = zeroed<State>();

function quicksort(a: u32[], low: i64, high: i64): void {
  while (low < high) {
    const pivot = a[u64((low + high) / 2)];
    let i = low, j = high;
    while (i <= j) {
      while (a[u64(i)] < pivot) i++;
      while (a[u64(j)] > pivot) j--;
      if (i <= j) {
        const t = a[u64(i)];
        a[u64(i)] = a[u64(j)];
        a[u64(j)] = t;
        i++;
        j--;
      }
    }
    if (j - low < high - i) {
      quicksort(a, low, j);
      low = i;
    } else {
      quicksort(a, i, high);
      high = j;
    }
  }
}
function push(key: u32, value: u32): void {
  let at: u64 = state.size++;
  while (at > 0 && heap[(at - 1) / 2].key > key) {
    heap[at] = copy(heap[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  heap[at].key = key;
  heap[at].value = value;
}
function pop(): u32 {
  const result = heap[0].value;
  const last = copy(heap[--state.size]);
  let at: u64 = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= state.size) break;
    if (child + 1 < state.size && heap[child + 1].key < heap[child].key) child++;
    if (heap[child].key >= last.key) break;
    heap[at] = copy(heap[child]);
    at = child;
  }
  heap[at] = copy(last);
  return result;
}

export function run(): u64 {
  let h: u64 = 0;
  let seed: u32 = 1;
  for (let round: u32 = 0; round < 4; round++) {
    for (let i: u32 = 0; i < 512; i++) {
      seed = seed * 1664525 + 1013904223;
      numbers[i] = seed >>> 8;
    }
    quicksort(numbers.slice(), 0, 511);
    for (let i: u32 = 0; i < 512; i += 37) h = h * 31 + numbers[i];
    for (let i: u32 = 0; i < 256; i++) {
      seed = seed * 1664525 + 1013904223;
      push(seed >>> 16, i);
    }
    while (state.size > 0) h = h * 33 + pop();
  }
  return h;
}
