#include "k.h"
static const u8 alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
#define N 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255
static const u8 values[256] = { N, N, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 62, 255, 255, 255, 63,
  52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 255, 255, 255, 255, 255, 255,
  255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 255, 255, 255, 255, 255,
  255, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 255, 255, 255, 255, 255,
  N, N, N, N, N, N, N, N };
static u8 raw[384], coded[520], back[384];
static u32 points[400];
static u64 encode(const u8 *from, u64 n, u8 *to) {
  u64 at = 0;
  for (u64 i = 0; i + 2 < n; i += 3) {
    u32 bits = ((u32)from[i] << 16) | ((u32)from[i + 1] << 8) | from[i + 2];
    to[at] = alphabet[bits >> 18]; to[at + 1] = alphabet[(bits >> 12) & 63];
    to[at + 2] = alphabet[(bits >> 6) & 63]; to[at + 3] = alphabet[bits & 63];
    at += 4;
  }
  return at;
}
typedef struct { int present; u64 value; } option;
static option decode(const u8 *from, u64 n, u8 *to) {
  u64 at = 0; u32 bits = 0, held = 0;
  for (u64 i = 0; i < n; i++) {
    u8 value = values[from[i]];
    if (value == 255) return (option){ 0, 0 };
    bits = (bits << 6) | value; held += 6;
    if (held >= 8) { held -= 8; to[at++] = bits >> held; }
  }
  return (option){ 1, at };
}
static u64 code_points(const u8 *from, u64 n, u32 *to) {
  u64 count = 0, i = 0;
  while (i < n) {
    u8 first = from[i]; u32 point = first; u64 more = 0;
    if (first >= 0xf0) { point = first & 7; more = 3; }
    else if (first >= 0xe0) { point = first & 15; more = 2; }
    else if (first >= 0xc0) { point = first & 31; more = 1; }
    i++;
    while (more > 0 && i < n && (from[i] & 0xc0) == 0x80) { point = (point << 6) | (from[i] & 63); i++; more--; }
    to[count++] = more == 0 ? point : 0xfffd;
  }
  return count;
}
static long sum_numbers(const u8 *from, u64 n) {
  long sum = 0, value = 0, sign = 1;
  for (u64 i = 0; i < n; i++) {
    u8 letter = from[i];
    if (letter >= 48 && letter <= 57) value = value * 10 + (letter - 48);
    else if (letter == 45) sign = -1;
    else { sum += sign * value; value = 0; sign = 1; }
  }
  return sum + sign * value;
}
static u8 skips[256];
static u64 find(const u8 *text, u64 n, const u8 *word, u64 size) {
  u64 last = size - 1;
  for (u64 i = 0; i < 256; i++) skips[i] = size;
  for (u64 i = 0; i < last; i++) skips[word[i]] = last - i;
  u64 found = 0, at = 0;
  while (at + size <= n) {
    u64 j = last;
    while (text[at + j] == word[j]) { if (j == 0) { found++; break; } j--; }
    at += skips[text[at + last]];
  }
  return found;
}
static const u8 numbers[] = "12,-7,400,65536,-99999,1,2,3,1000000,-42,77,8,-8,31337,271828,-314159";
static const u8 story[] = "an endpoint is where a thread sends and a thread waits; a thread that waits at an endpoint has no thread to run";
u64 run(void) {
  u64 h = 0;
  for (u64 round = 0; round < 12; round++) {
    for (u64 i = 0; i < 384; i++) raw[i] = i * (round + 3) + (i >> 3);
    u64 length = encode(raw, 384, coded);
    option decoded = decode(coded, length, back);
    for (u64 i = 0, n = decoded.present ? decoded.value : 0; i < n; i++) h = h * 31 + back[i];
    u64 count = code_points(raw, 384, points);
    for (u64 i = 0; i < count; i++) h = h * 17 + points[i];
    h += (u64)sum_numbers(numbers, sizeof numbers - 1) + find(story, sizeof story - 1, (const u8 *)"thread", 6) * 7 + find(story, sizeof story - 1, (const u8 *)"endpoint", 8);
  }
  return h;
}
