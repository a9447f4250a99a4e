#include "k.h"
static u8 buffer[256];
static u64 at;
static void put(u8 c) { if (at < 256) buffer[at++] = c; }
static void text(const char *s) { while (*s) put((u8)*s++); }
static void decimal(u64 n) {
  u8 digits[20];
  u64 i = 20;
  do { digits[--i] = (u8)(n % 10 + 48); n /= 10; } while (n);
  while (i < 20) put(digits[i++]);
}
static void hex(u64 n) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    u64 d = (n >> shift) & 15;
    put((u8)(d < 10 ? 48 + d : 87 + d));
  }
}
u64 run(void) {
  u64 h = 0;
  for (u64 i = 0; i < 60; i++) {
    at = 0;
    text("value ");
    decimal(i * i * 7919);
    text(" at 0x");
    hex(h);
    for (u64 k = 0; k < at; k++)
      h = (h ^ buffer[k]) * 1099511628211ul;
  }
  return h;
}
