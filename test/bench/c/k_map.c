#include "k.h"
/* An open-addressing map from u64 to u32 with deletion, that grows. */
typedef struct { u64 key; u32 value; u8 state; } Entry; /* 0 free, 1 used, 2 deleted */
static Entry first[64], second[1024];
typedef struct { Entry *entries; u64 capacity, count; } Map;
static u64 hash(u64 x) {
  x ^= x >> 33; x *= 0xff51afd7ed558ccdul;
  x ^= x >> 33; x *= 0xc4ceb9fe1a85ec53ul;
  return x ^ x >> 33;
}
static Entry *find(const Map *m, u64 key) {
  u64 mask = m->capacity - 1, at = hash(key) & mask;
  Entry *reuse = NULL;
  for (u64 step = 0; step < m->capacity; step++) {
    Entry *e = &m->entries[at];
    if (e->state == 0) return reuse ? reuse : e;
    if (e->state == 2) { if (!reuse) reuse = e; }
    else if (e->key == key) return e;
    at = (at + 1) & mask;
  }
  return reuse;
}
static void set(Map *m, u64 key, u32 value);
static void grow(Map *m) {
  Entry *old = m->entries;
  u64 n = m->capacity;
  m->entries = second; m->capacity = 1024; m->count = 0;
  for (u64 i = 0; i < 1024; i++) second[i].state = 0;
  for (u64 i = 0; i < n; i++) if (old[i].state == 1) set(m, old[i].key, old[i].value);
}
static void set(Map *m, u64 key, u32 value) {
  if (m->count * 4 >= m->capacity * 3 && m->entries != second) grow(m);
  Entry *e = find(m, key);
  if (e->state != 1) { e->state = 1; e->key = key; m->count++; }
  e->value = value;
}
static int get(const Map *m, u64 key, u32 *value) {
  Entry *e = find(m, key);
  if (!e || e->state != 1) return 0;
  *value = e->value;
  return 1;
}
static int erase(Map *m, u64 key) {
  Entry *e = find(m, key);
  if (!e || e->state != 1) return 0;
  e->state = 2;
  m->count--;
  return 1;
}
u64 run(void) {
  for (u64 i = 0; i < 64; i++) first[i].state = 0;
  Map m = {first, 64, 0};
  u64 h = 0, s = 7;
  for (u32 i = 0; i < 1500; i++) {
    s = s * 6364136223846793005ul + 1442695040888963407ul;
    u64 key = (s >> 40) % 400;
    if ((s >> 33) % 4 == 0) h += erase(&m, key);
    else set(&m, key, i);
    u32 value;
    if (get(&m, key ^ 1, &value)) h = h * 31 + value;
  }
  return h * 7 + m.count;
}
