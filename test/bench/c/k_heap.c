#include "k.h"
/* Quicksort by recursion, then a heap of pairs. */
typedef struct { u32 key; u32 value; } Pair;
static u32 numbers[512];
static Pair heap[256];
static u32 size;
static void quicksort(u32 *a, i64 low, i64 high) {
  while (low < high) {
    u32 pivot = a[(low + high) / 2];
    i64 i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) { u32 t = a[i]; a[i] = a[j]; a[j] = t; i++; j--; }
    }
    if (j - low < high - i) { quicksort(a, low, j); low = i; }
    else { quicksort(a, i, high); high = j; }
  }
}
static void push(u32 key, u32 value) {
  u64 at = size++;
  while (at > 0 && heap[(at - 1) / 2].key > key) { heap[at] = heap[(at - 1) / 2]; at = (at - 1) / 2; }
  heap[at].key = key; heap[at].value = value;
}
static u32 pop(void) {
  u32 result = heap[0].value;
  Pair last = heap[--size];
  u64 at = 0;
  for (;;) {
    u64 child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && heap[child + 1].key < heap[child].key) child++;
    if (heap[child].key >= last.key) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return result;
}
u64 run(void) {
  u64 h = 0;
  u32 seed = 1;
  for (u32 round = 0; round < 4; round++) {
    for (u32 i = 0; i < 512; i++) { seed = seed * 1664525u + 1013904223u; numbers[i] = seed >> 8; }
    quicksort(numbers, 0, 511);
    for (u32 i = 0; i < 512; i += 37) h = h * 31 + numbers[i];
    for (u32 i = 0; i < 256; i++) { seed = seed * 1664525u + 1013904223u; push(seed >> 16, i); }
    while (size > 0) h = h * 33 + pop();
  }
  return h;
}
