#include "k.h"
typedef int i32; typedef long i64; typedef short i16;
typedef struct { i32 ring[16]; u32 at; } filter_t;
typedef struct { i32 at[9]; } matrix;
static filter_t filter;
static const i16 weights[16] = { -12, 30, -55, 90, -140, 210, -320, 680, 680, -320, 210, -140, 90, -55, 30, -12 };
static i16 samples[512]; static i32 output[512]; static u16 histogram[64];
static matrix turn, state;
static i32 fir(filter_t *f, i16 sample) {
  f->ring[f->at & 15] = sample; f->at++;
  i64 sum = 0;
  for (u32 i = 0; i < 16; i++) sum += (i64)f->ring[(f->at - 1 - i) & 15] * weights[i];
  sum >>= 10;
  return sum > 2147483647 ? 2147483647 : sum < -2147483648l ? -2147483648l : sum;
}
static i32 times(i32 a, i32 b) { return ((i64)a * b + 0x8000) >> 16; }
static matrix multiply(const matrix *a, const matrix *b) {
  matrix result = { { 0 } };
  for (u64 i = 0; i < 3; i++) for (u64 j = 0; j < 3; j++) {
    i32 sum = 0;
    for (u64 k = 0; k < 3; k++) sum += times(a->at[i * 3 + k], b->at[k * 3 + j]);
    result.at[i * 3 + j] = sum;
  }
  return result;
}
static u32 root(u32 x) {
  u32 bit = 1u << 30, rest = x, result = 0;
  while (bit > rest) bit >>= 2;
  while (bit) {
    if (rest >= result + bit) { rest -= result + bit; result = (result >> 1) + bit; } else result >>= 1;
    bit >>= 2;
  }
  return result;
}
u64 run(void) {
  u32 seed = 99;
  for (u64 i = 0; i < 512; i++) { seed = seed * 1103515245 + 12345; samples[i] = seed >> 16; }
  turn = (matrix){ { 65000, -8000, 100, 8000, 65000, -50, -100, 50, 65536 } };
  state = (matrix){ { 65536, 0, 0, 0, 65536, 0, 0, 0, 65536 } };
  u64 h = 0;
  for (u64 round = 0; round < 3; round++) {
    for (u64 i = 0; i < 512; i++) output[i] = fir(&filter, samples[i]);
    for (u64 i = 0; i < 512; i++) {
      i32 value = output[i];
      u32 size = root(value < 0 ? -(u32)value : (u32)value);
      histogram[size >> 4 < 63 ? size >> 4 : 63]++;
      h = h * 31 + size;
    }
    for (u64 i = 0; i < 20; i++) { matrix next = multiply(&turn, &state); state = next; }
    for (u64 i = 0; i < 9; i++) h = h * 31 + (u64)(i64)state.at[i];
  }
  for (u64 i = 0; i < 64; i++) h = h * 31 + histogram[i];
  return h;
}
