#include "k.h"
static u64 words[64];
static i64 take(u64 count) {
  for (u64 w = 0; w < 64; w++) {
    u64 free = ~words[w];
    if (free == 0)
      continue;
    for (u64 bit = 0; bit + count <= 64; bit++) {
      u64 mask = ((1ul << count) - 1) << bit;
      if ((free & mask) == mask) {
        words[w] |= mask;
        return (i64)(w * 64 + bit);
      }
    }
  }
  return -1;
}
static void give(u64 at, u64 count) {
  for (u64 i = at; i < at + count; i++)
    words[i >> 6] &= ~(1ul << (i & 63));
}
u64 run(void) {
  u64 h = 0, s = 1;
  for (u32 i = 0; i < 900; i++) {
    s = s * 6364136223846793005ul + 1442695040888963407ul;
    u64 count = (s >> 40) % 7 + 1;
    i64 at = take(count);
    h = h * 31 + (u64)at;
    if (at >= 0 && (s >> 60) < 9)
      give((u64)at, count);
  }
  for (u32 w = 0; w < 64; w++)
    h = h * 17 + words[w];
  return h;
}
