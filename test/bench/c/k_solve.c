#include "k.h"
/* Gaussian elimination, a polynomial and Newton's square roots, in doubles and floats. */
static double matrix[12][13];
static float samples[64];
static double series(double x) { double sum = 0, term = 1; for (u32 i = 1; i < 16; i++) { sum += term; term = term * x / i; } return sum; }
static double root(double x) { double guess = x / 2 + 0.5; for (u32 i = 0; i < 20; i++) { double next = (guess + x / guess) / 2; if (next == guess) break; guess = next; } return guess; }
static double solve(void) {
  for (u32 i = 0; i < 12; i++) {
    u32 best = i;
    for (u32 r = i + 1; r < 12; r++) if ((matrix[r][i] < 0 ? -matrix[r][i] : matrix[r][i]) > (matrix[best][i] < 0 ? -matrix[best][i] : matrix[best][i])) best = r;
    for (u32 c = i; c < 13; c++) { double t = matrix[i][c]; matrix[i][c] = matrix[best][c]; matrix[best][c] = t; }
    for (u32 r = i + 1; r < 12; r++) {
      double factor = matrix[r][i] / matrix[i][i];
      for (u32 c = i; c < 13; c++) matrix[r][c] -= factor * matrix[i][c];
    }
  }
  double sum = 0;
  for (i32 i = 11; i >= 0; i--) {
    double value = matrix[i][12];
    for (u32 c = i + 1; c < 12; c++) value -= matrix[i][c] * matrix[c][12];
    value /= matrix[i][i];
    matrix[i][12] = value;
    sum += value;
  }
  return sum;
}
u64 run(void) {
  double total = 0;
  for (u32 round = 0; round < 6; round++) {
    for (u32 r = 0; r < 12; r++) for (u32 c = 0; c < 13; c++) matrix[r][c] = (double)((r * 7 + c * 13 + round) % 17) + (r == c ? 20.0 : 0.0);
    total += solve();
    for (u32 i = 0; i < 64; i++) samples[i] = (float)series(i * 0.01) * 0.5f;
    float mean = 0, high = samples[0];
    for (u32 i = 0; i < 64; i++) { mean += samples[i]; if (samples[i] > high) high = samples[i]; }
    total += root(mean / 64) + high;
  }
  return (u64)(total * 1000000);
}
