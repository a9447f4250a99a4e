#include "k.h"
/* Numbers of many limbs: product, division by a small number, decimal digits. */
typedef struct { u64 length; u32 limbs[64]; } Big;
static Big a, b, c;
static u8 digits[700];
static void set(Big *x, u32 value) { x->length = 1; x->limbs[0] = value; }
static void multiply_small(Big *x, u32 by) {
  u64 carry = 0;
  for (u64 i = 0; i < x->length; i++) {
    u64 t = (u64)x->limbs[i] * by + carry;
    x->limbs[i] = (u32)t;
    carry = t >> 32;
  }
  if (carry) x->limbs[x->length++] = (u32)carry;
}
static void add(Big *to, const Big *from) {
  u64 carry = 0, n = to->length > from->length ? to->length : from->length;
  for (u64 i = 0; i < n; i++) {
    u64 t = (i < to->length ? (u64)to->limbs[i] : 0) + (i < from->length ? from->limbs[i] : 0) + carry;
    to->limbs[i] = (u32)t;
    carry = t >> 32;
  }
  to->length = n;
  if (carry) to->limbs[to->length++] = (u32)carry;
}
static void multiply(Big *result, const Big *x, const Big *y) {
  for (u64 i = 0; i < x->length + y->length; i++) result->limbs[i] = 0;
  for (u64 i = 0; i < x->length; i++) {
    u64 carry = 0;
    for (u64 j = 0; j < y->length; j++) {
      u64 t = (u64)x->limbs[i] * y->limbs[j] + result->limbs[i + j] + carry;
      result->limbs[i + j] = (u32)t;
      carry = t >> 32;
    }
    result->limbs[i + y->length] = (u32)carry;
  }
  result->length = x->length + y->length;
  while (result->length > 1 && result->limbs[result->length - 1] == 0) result->length--;
}
static u32 divide_small(Big *x, u32 by) {
  u64 rest = 0;
  for (u64 i = x->length; i > 0; i--) {
    u64 t = rest << 32 | x->limbs[i - 1];
    x->limbs[i - 1] = (u32)(t / by);
    rest = t % by;
  }
  while (x->length > 1 && x->limbs[x->length - 1] == 0) x->length--;
  return (u32)rest;
}
static u64 to_decimal(Big *x, u8 *to) {
  u64 n = 0;
  while (x->length > 1 || x->limbs[0] != 0) {
    u32 part = divide_small(x, 1000000000);
    for (u32 k = 0; k < 9; k++) { to[n++] = (u8)(48 + part % 10); part /= 10; }
  }
  while (n > 1 && to[n - 1] == 48) n--;
  for (u64 i = 0, j = n - 1; i < j; i++, j--) { u8 t = to[i]; to[i] = to[j]; to[j] = t; }
  return n;
}
u64 run(void) {
  set(&a, 1); set(&b, 1);
  for (u32 i = 2; i <= 60; i++) multiply_small(&a, i);
  for (u32 i = 0; i < 150; i++) { add(&b, &a); multiply_small(&b, 3 + (i & 1)); }
  u64 h = 0;
  for (u32 round = 0; round < 6; round++) {
    multiply(&c, &a, &b);
    add(&c, &a);
    u64 n = to_decimal(&c, digits);
    for (u64 i = 0; i < n; i++) h = h * 31 + digits[i];
    multiply_small(&a, 12345 + round);
  }
  return h;
}
