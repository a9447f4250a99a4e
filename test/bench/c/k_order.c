#include "k.h"
/* A sort of records by a comparison that is passed to it, as qsort's; two orders. */
typedef struct { u32 id; i32 weight; u64 key; } Record;
typedef int (*Compare)(const Record *, const Record *);
static Record records[200];
static int byWeight(const Record *a, const Record *b) { return a->weight < b->weight ? -1 : a->weight > b->weight; }
static int byKey(const Record *a, const Record *b) {
  if (a->key != b->key) return a->key < b->key ? -1 : 1;
  return a->id < b->id ? -1 : a->id > b->id;
}
__attribute__((noinline)) static void sort(Record *r, i64 low, i64 high, Compare compare) {
  while (high - low > 8) {
    i64 middle = low + (high - low) / 2, i = low, j = high;
    Record pivot = r[middle];
    do {
      while (compare(&r[i], &pivot) < 0) i++;
      while (compare(&r[j], &pivot) > 0) j--;
      if (i <= j) { Record t = r[i]; r[i] = r[j]; r[j] = t; i++; j--; }
    } while (i <= j);
    if (j - low < high - i) { sort(r, low, j, compare); low = i; }
    else { sort(r, i, high, compare); high = j; }
  }
  for (i64 i = low + 1; i <= high; i++) {
    Record t = r[i];
    i64 j = i;
    for (; j > low && compare(&t, &r[j - 1]) < 0; j--) r[j] = r[j - 1];
    r[j] = t;
  }
}
u64 run(void) {
  u64 h = 0;
  u32 s = 5;
  for (u32 round = 0; round < 3; round++) {
    for (u32 i = 0; i < 200; i++) {
      s = s * 1664525u + 1013904223u;
      records[i] = (Record){i, (i32)s >> 20, (u64)(s >> 8) * 977 % 101};
    }
    sort(records, 0, 199, byWeight);
    for (u32 i = 0; i < 200; i++) h = h * 31 + (u64)(i64)records[i].weight;
    sort(records, 0, 199, byKey);
    for (u32 i = 0; i < 200; i++) h = h * 31 + records[i].id;
  }
  return h;
}
