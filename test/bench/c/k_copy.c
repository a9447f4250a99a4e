#include "k.h"
typedef struct { u64 a, b; u32 c; u16 d; u8 e[10]; } Record;
static u8 from[1024], to[1024];
static u64 wide[128], other[128];
static Record records[16];
static void bytes(u8 *d, const u8 *s, u64 n) { for (u64 i = 0; i < n; i++) d[i] = s[i]; }
static void words(u64 *d, const u64 *s, u64 n) { for (u64 i = 0; i < n; i++) d[i] = s[i]; }
static void fill(u8 *d, u64 n, u8 value) { for (u64 i = 0; i < n; i++) d[i] = value; }
static u64 equal(const u8 *a, const u8 *b, u64 n) { for (u64 i = 0; i < n; i++) if (a[i] != b[i]) return i; return n; }
u64 run(void) {
  u64 h = 0;
  for (u32 round = 0; round < 12; round++) {
    for (u64 i = 0; i < 1024; i++) from[i] = (u8)(i * 7 + round);
    for (u64 i = 0; i < 128; i++) wide[i] = i * 0x9e3779b97f4a7c15ul + round;
    fill(to, 1024, (u8)round);
    bytes(to + round, from, 1000);
    words(other, wide, 128);
    h = h * 31 + equal(to + round, from, 1000) + to[1001] + other[round * 9];
    for (u32 i = 0; i < 15; i++) {
      records[i].a += h; records[i].e[i % 10]++;
      records[i + 1] = records[i];
    }
    h ^= records[15].a + records[15].e[3];
  }
  return h;
}
