/* A C program around part.ts, on bare metal: gcc compiles it, and links the object that the compiler wrote. */
#include <stdbool.h>
#include <stdint.h>

struct point { int16_t x; uint64_t y; float weight; struct point *next; };
struct bytes { const uint8_t *pointer; uint64_t length; };
typedef int32_t step(int32_t x, uint64_t *state);

int64_t ts_widths(uint8_t, int8_t, uint16_t, int16_t, uint32_t, int32_t, uint64_t, int64_t, int8_t, uint32_t);
uint32_t ts_u32(uint32_t);
int8_t ts_i8(int8_t);
float ts_floats(double, float, uint32_t);
uint64_t ts_area(struct point *);
uint64_t ts_calls(struct point *);
step *ts_pick(bool);
uint64_t ts_counter(uint64_t);

int8_t c_add8(int8_t a, uint8_t b) { return a + b; }
uint64_t c_mix(uint8_t a, int16_t b, uint32_t c, int64_t d, uint16_t e, int32_t f, uint64_t g, int8_t h, uint32_t i, int64_t j) {
  return a + (uint64_t)(int64_t)b * 2 + (uint64_t)c * 3 + (uint64_t)d * 4 + e * 5u + (uint64_t)(int64_t)f * 6 + g * 7 + (uint64_t)(int64_t)h * 8 + i * 9ull + (uint64_t)j * 10;
}
double c_floats(float a, double b, int32_t c, float d) { return a * b + c * d; }
struct point *c_move(struct point *point, int16_t by) { point->x += by; point->weight *= 2; return point; }
int32_t c_apply(step *f, int32_t x, uint64_t *state) { return f(x, state) + f(x + 1, state); }
bool c_not(bool flag) { return !flag; }
uint32_t c_sum(struct bytes text) { uint32_t sum = 0; for (uint64_t i = 0; i < text.length; i++) sum = sum * 3 + text.pointer[i]; return sum; }

uint32_t c_count = 37;
struct point c_origin = { 1, 100, 0, 0 };
uint16_t c_table[4] = { 1, 2, 3, 4 };
struct point *c_first;
uint64_t ts_data(uint32_t by);

/* ts_calls in C. */
static int32_t twice(int32_t x, uint64_t *state) { *state += 1; return x * 2; }
static int32_t minus(int32_t x, uint64_t *state) { *state += 100; return -x; }
static uint64_t area(struct point *point) {
  uint64_t sum = 0;
  for (; point; point = point->next) sum += (uint64_t)(int64_t)point->x + point->y + (uint64_t)point->weight;
  return sum;
}
static uint64_t calls(struct point *point, uint64_t before) {
  uint64_t state = 7, sum = (uint64_t)(int64_t)c_add8(-100, 120);
  sum = sum * 31 + c_mix(200, -300, 4000000000, -5, 60000, -7, 8, -9, 10, -11);
  sum = sum * 31 + (uint64_t)(c_floats(1.5f, 2.25, -3, 0.5f) * 8);
  sum = sum * 31 + area(c_move(point, 5));
  sum = sum * 31 + (uint64_t)(int64_t)c_apply(twice, 21, &state);
  sum = sum * 31 + (uint64_t)(int64_t)c_apply(minus, 21, &state);
  sum = sum * 31 + state + c_sum((struct bytes){ (const uint8_t *)"typemetal", 9 });
  return sum + (before + 1) * 3;
}

static volatile uint8_t *const uart = (uint8_t *)0x10000000;
static void put(uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) *uart = "0123456789abcdef"[value >> shift & 15];
  *uart = '\n';
}
static int failures;
static void check(uint64_t value, uint64_t expected) { if (value != expected) failures++; put(value); }

void start(void) {
  struct point second = { -3, 1ull << 40, 2.5f, 0 }, first = { 10, 5, 1.5f, &second };
  uint64_t state = 0;
  check(ts_widths(255, -128, 65535, -32768, 4000000000u, -2000000000, 1ull << 50, -5, -1, 7), 255 - 384 + 5 * 65535ll - 7 * 32768ll + 11 * 4000000000ll - 13 * 2000000000ll + 17 * (1ll << 50) - 95 - 23 + 203);
  check(ts_u32(0x80000001u), 1);
  check((uint64_t)(int64_t)ts_i8(127), (uint64_t)-128);
  check((uint64_t)(ts_floats(1.25, 3.0f, 4) * 1000), 3250);
  check(ts_area(&first), 10 + 5 + 1 - 3 + (1ull << 40) + 2);
  check((uint64_t)(int64_t)c_apply(ts_pick(true), 5, &state), 22);
  check((uint64_t)(int64_t)c_apply(ts_pick(false), 5, &state), (uint64_t)-11);
  check(state, 202);
  check(ts_counter(2), 3);
  struct point copy = first;
  check(ts_calls(&first), calls(&copy, 1));
  check(ts_data(5), 100 + 3 + 1000);
  check(ts_data(3), 100 + 4 + 100);
  check(c_count * 10 + c_table[3] + (c_first == &c_origin), 45 * 10 + 4 + 1);
  put((uint64_t)failures);
  *(volatile uint32_t *)0x100000 = 0x5555;
  for (;;) ;
}
__attribute__((naked, section(".text.unlikely.start"))) void _start(void) {
  __asm__(".option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n li sp, 0x80400000\n li t0, 0x2000\n csrs mstatus, t0\n j start");
}
