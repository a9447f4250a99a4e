#include "k.h"
/* An LZ77 decoder: a token has a count of literals and of bytes to copy from before; and a search for text. */
static u8 packed[600], plain[4096];
static u64 pack(void) {
  u64 at = 0;
  for (u32 i = 0; i < 60; i++) {
    u32 literals = i % 7 + 1, match = i == 0 ? 0 : i % 11 + 3;
    packed[at++] = (u8)(literals << 4 | (match & 15));
    for (u32 j = 0; j < literals; j++) packed[at++] = (u8)(97 + (i * 5 + j) % 26);
    packed[at++] = (u8)(i % 5 + 1);
  }
  return at;
}
static u64 unpack(const u8 *from, u64 length, u8 *to) {
  u64 at = 0, out = 0;
  while (at < length) {
    u8 token = from[at++];
    u64 literals = token >> 4, match = token & 15;
    while (literals-- > 0) to[out++] = from[at++];
    u64 distance = from[at++];
    while (match-- > 0) { to[out] = to[out - distance]; out++; }
  }
  return out;
}
static u64 find(const u8 *text, u64 length, const u8 *word, u64 size) {
  u64 count = 0;
  for (u64 i = 0; i + size <= length; i++) {
    u64 j = 0;
    while (j < size && text[i + j] == word[j]) j++;
    if (j == size) count++;
  }
  return count;
}
static u64 classify(const u8 *text, u64 length) {
  u64 h = 0;
  for (u64 i = 0; i < length; i++) {
    switch (text[i]) {
    case 'a': h += 1; break;
    case 'b': h ^= 0x55; break;
    case 'c': h -= 3; break;
    case 'd': h = h * 3; break;
    case 'e': h += i; break;
    case 'f': h = h << 1 | h >> 63; break;
    case 'g': h ^= i << 3; break;
    case 'h': h += 77; break;
    case 'i': h ^= h >> 7; break;
    case 'j': h += h << 2; break;
    case 'k': h -= i; break;
    case 'l': h += 5; break;
    case 'm': h ^= 0xff00; break;
    case 'n': h += 9; break;
    case 'o': h = ~h; break;
    case 'p': h += 11; break;
    case 'q': h ^= 13; break;
    case 'r': h += 15; break;
    default: h += 2;
    }
  }
  return h;
}
u64 run(void) {
  u64 h = 0, length = pack();
  for (u32 round = 0; round < 20; round++) {
    u64 size = unpack(packed, length, plain);
    h = h * 31 + size + plain[size - 1 - round];
    h = h * 31 + find(plain, size, (const u8 *)"fgh", 3);
    h = h * 31 + classify(plain, size);
  }
  return h;
}
