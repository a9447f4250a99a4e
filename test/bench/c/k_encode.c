#include "k.h"
/* CRC-32 by nibbles, Adler-32, base64 there and back. */
static u8 input[192], encoded[256], decoded[192];
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static u8 values[256];
static u32 table[16];
static u32 crc(const u8 *data, u64 length) {
  u32 c = ~0u;
  for (u64 i = 0; i < length; i++) {
    c ^= data[i];
    c = table[c & 15] ^ c >> 4;
    c = table[c & 15] ^ c >> 4;
  }
  return ~c;
}
static u32 adler(const u8 *data, u64 length) {
  u32 a = 1, b = 0;
  for (u64 i = 0; i < length; i++) { a = (a + data[i]) % 65521; b = (b + a) % 65521; }
  return b << 16 | a;
}
static u64 encode(const u8 *from, u64 length, u8 *to) {
  u64 at = 0, i = 0;
  for (; i + 2 < length; i += 3) {
    u32 word = from[i] << 16 | from[i + 1] << 8 | from[i + 2];
    to[at++] = alphabet[word >> 18];
    to[at++] = alphabet[word >> 12 & 63];
    to[at++] = alphabet[word >> 6 & 63];
    to[at++] = alphabet[word & 63];
  }
  if (i < length) {
    u32 word = from[i] << 16 | (i + 1 < length ? from[i + 1] << 8 : 0);
    to[at++] = alphabet[word >> 18];
    to[at++] = alphabet[word >> 12 & 63];
    to[at++] = i + 1 < length ? alphabet[word >> 6 & 63] : '=';
    to[at++] = '=';
  }
  return at;
}
static u64 decode(const u8 *from, u64 length, u8 *to) {
  u32 word = 0, bits = 0;
  u64 at = 0;
  for (u64 i = 0; i < length; i++) {
    if (from[i] == '=') break;
    word = word << 6 | values[from[i]];
    bits += 6;
    if (bits >= 8) { bits -= 8; to[at++] = (u8)(word >> bits); }
  }
  return at;
}
u64 run(void) {
  u64 h = 0;
  u32 s = 9;
  for (u32 i = 0; i < 16; i++) {
    u32 c = i;
    for (u32 k = 0; k < 4; k++) c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
    table[i] = c;
  }
  for (u32 i = 0; i < 64; i++) values[(u8)alphabet[i]] = (u8)i;
  for (u32 round = 0; round < 8; round++) {
    u64 length = 185 + round;
    for (u64 i = 0; i < length; i++) { s = s * 1103515245 + 12345; input[i] = (u8)(s >> 16); }
    u64 n = encode(input, length, encoded), m = decode(encoded, n, decoded);
    h = h * 31 + crc(encoded, n) + adler(decoded, m) + m;
    for (u64 i = 0; i < m; i++) if (decoded[i] != input[i]) return 0;
  }
  return h;
}
