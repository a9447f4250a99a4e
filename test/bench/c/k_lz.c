#include "k.h"
/* LZ77 with a table of hashes, in LZ4's manner, and back. */
static u8 text[1024], packed[1200], unpacked[1024];
static u32 heads[256];
static u32 word(const u8 *p) { return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24; }
static u64 length(u8 *out, u64 at, u64 n) {
  for (; n >= 255; n -= 255) out[at++] = 255;
  out[at++] = (u8)n;
  return at;
}
static u64 compress(const u8 *in, u64 n, u8 *out) {
  u64 at = 0, anchor = 0, i = 0;
  for (u32 k = 0; k < 256; k++) heads[k] = 0;
  while (i + 4 < n) {
    u32 w = word(in + i), slot = w * 2654435761u >> 24;
    u64 from = heads[slot];
    heads[slot] = (u32)i + 1;
    if (from == 0 || word(in + from - 1) != w) { i++; continue; }
    from--;
    u64 match = 4;
    while (i + match < n && in[from + match] == in[i + match]) match++;
    u64 literals = i - anchor;
    out[at++] = (u8)((literals < 15 ? literals : 15) << 4 | (match - 4 < 15 ? match - 4 : 15));
    if (literals >= 15) at = length(out, at, literals - 15);
    for (u64 k = 0; k < literals; k++) out[at++] = in[anchor + k];
    out[at++] = (u8)(i - from);
    out[at++] = (u8)((i - from) >> 8);
    if (match - 4 >= 15) at = length(out, at, match - 4 - 15);
    i += match;
    anchor = i;
  }
  u64 literals = n - anchor;
  out[at++] = (u8)((literals < 15 ? literals : 15) << 4);
  if (literals >= 15) at = length(out, at, literals - 15);
  for (u64 k = 0; k < literals; k++) out[at++] = in[anchor + k];
  return at;
}
static u64 decompress(const u8 *in, u64 n, u8 *out) {
  u64 i = 0, at = 0;
  while (i < n) {
    u8 token = in[i++];
    u64 literals = token >> 4;
    if (literals == 15) { u8 c; do { c = in[i++]; literals += c; } while (c == 255); }
    for (u64 k = 0; k < literals; k++) out[at++] = in[i++];
    if (i >= n) break;
    u64 back = in[i] | in[i + 1] << 8;
    i += 2;
    u64 match = (token & 15) + 4;
    if (match == 19) { u8 c; do { c = in[i++]; match += c; } while (c == 255); }
    for (u64 k = 0; k < match; k++, at++) out[at] = out[at - back];
  }
  return at;
}
u64 run(void) {
  u64 h = 0;
  u32 s = 11;
  for (u32 round = 0; round < 3; round++) {
    for (u64 i = 0; i < 1024; i++) {
      s = s * 1103515245 + 12345;
      text[i] = (s >> 28) < 3 ? (u8)(97 + (s >> 20) % 26) : i >= 40 ? text[i - 40 + round] : (u8)(s >> 24);
    }
    u64 n = compress(text, 1024, packed);
    for (u64 i = 0; i < n; i++) h = h * 31 + packed[i];
    if (decompress(packed, n, unpacked) != 1024) return 1;
    for (u64 i = 0; i < 1024; i++) if (text[i] != unpacked[i]) return 2;
    h += n;
  }
  return h;
}
