#include "k.h"
/* A product of matrices of doubles, and a Fourier transform in place. */
typedef struct { double re, im; } Complex;
static double a[16][16], b[16][16], c[16][16];
static Complex z[64], roots[32];
static void multiply(void) {
  for (u64 i = 0; i < 16; i++)
    for (u64 j = 0; j < 16; j++) {
      double sum = 0;
      for (u64 k = 0; k < 16; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}
static void transform(Complex *x, u64 n) {
  for (u64 i = 1, j = 0; i < n; i++) {
    u64 bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) { Complex t = x[i]; x[i] = x[j]; x[j] = t; }
  }
  for (u64 length = 2; length <= n; length <<= 1) {
    u64 half = length >> 1, stride = n / length;
    for (u64 start = 0; start < n; start += length)
      for (u64 k = 0; k < half; k++) {
        Complex w = roots[k * stride], u = x[start + k], v = x[start + k + half];
        double re = v.re * w.re - v.im * w.im, im = v.re * w.im + v.im * w.re;
        x[start + k].re = u.re + re; x[start + k].im = u.im + im;
        x[start + k + half].re = u.re - re; x[start + k + half].im = u.im - im;
      }
  }
}
u64 run(void) {
  for (u64 i = 0; i < 16; i++)
    for (u64 j = 0; j < 16; j++) { a[i][j] = (double)(i + 1) / (double)(j + 1); b[i][j] = (double)i - (double)j * 0.5; }
  double re = 1, im = 0;
  for (u64 k = 0; k < 32; k++) {
    roots[k].re = re; roots[k].im = im;
    double next = re * 0.9951847266721969 - im * -0.0980171403295606;
    im = re * -0.0980171403295606 + im * 0.9951847266721969;
    re = next;
  }
  for (u64 i = 0; i < 64; i++) { z[i].re = (double)(i * 37 % 64); z[i].im = 0.5; }
  multiply();
  for (u32 round = 0; round < 4; round++) transform(z, 64);
  double sum = 0;
  for (u64 i = 0; i < 16; i++) sum += c[i][15 - i];
  for (u64 i = 0; i < 64; i++) sum += z[i].re * (double)i - z[i].im;
  return (u64)(i64)(sum * 16);
}
