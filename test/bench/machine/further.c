// Further programs: sorting, computed jumps, much code, hashing. No libc, deterministic.
#include "kernels.h"
#define NOINL __attribute__((noinline))
static uint32_t state;
static inline uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}
static uint64_t arena[1 << 17]; // 1 MiB

// Quicksort with insertion sort below sixteen, then a heap of the same values.
static void quicksort(int32_t *a, long low, long high) {
  while (high - low > 16) {
    int32_t pivot = a[(low + high) >> 1];
    long i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        int32_t t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - low < high - i) {
      quicksort(a, low, j);
      low = i;
    } else {
      quicksort(a, i, high);
      high = j;
    }
  }
  for (long i = low + 1; i <= high; i++) {
    int32_t v = a[i];
    long j = i;
    for (; j > low && a[j - 1] > v; j--) a[j] = a[j - 1];
    a[j] = v;
  }
}
static void sift(int32_t *a, long at, long n) {
  int32_t v = a[at];
  for (long child; (child = 2 * at + 1) < n; at = child) {
    if (child + 1 < n && a[child + 1] > a[child]) child++;
    if (a[child] <= v) break;
    a[at] = a[child];
  }
  a[at] = v;
}
NOINL uint64_t k_sort(int reps) {
  enum { N = 40000 };
  int32_t *a = (int32_t *)arena, *b = a + N;
  uint64_t sum = 0;
  for (int r = 0; r < reps; r++) {
    state = r + 1;
    for (long i = 0; i < N; i++) a[i] = b[i] = (int32_t)next();
    quicksort(a, 0, N - 1);
    for (long i = N / 2; i-- > 0;) sift(b, i, N);
    for (long n = N - 1; n > 0; n--) {
      int32_t t = b[0];
      b[0] = b[n];
      b[n] = t;
      sift(b, 0, n);
    }
    for (long i = 0; i < N; i += 97) sum = sum * 31 + (uint32_t)a[i] + (a[i] == b[i]);
  }
  return sum;
}

// A bytecode interpreter: a stack machine with computed jumps.
enum { PUSH, LOAD, STORE, ADD, SUB, MUL, MOD, LESS, EQUAL, JUMP, JUMPZ, DUP, SWAP, INC, AND, END };
NOINL uint64_t k_bytecode(int reps) {
  static const void *const labels[] = { &&push, &&load, &&store, &&add, &&sub, &&mul, &&mod, &&less, &&equal, &&jump, &&jumpz, &&dup, &&swap, &&inc, &&and_, &&end };
  uint64_t sum = 0;
  // Opcode and operand; jumps go to a line.
  static const int16_t pairs[][2] = {
    {PUSH, 0}, {STORE, 0}, {PUSH, 1}, {STORE, 1},
    {LOAD, 0}, {PUSH, 20000}, {LESS, 0}, {JUMPZ, 30},
    {LOAD, 1}, {PUSH, 17}, {MUL, 0}, {LOAD, 0}, {ADD, 0}, {PUSH, 10007}, {MOD, 0}, {STORE, 1},
    {LOAD, 1}, {PUSH, 1}, {AND, 0}, {JUMPZ, 26},
    {LOAD, 1}, {DUP, 0}, {PUSH, 3}, {ADD, 0}, {SWAP, 0}, {STORE, 1},
    {LOAD, 0}, {INC, 0}, {STORE, 0}, {JUMP, 4},
    {END, 0} };
  for (int r = 0; r < reps; r++) {
    int64_t stack[64], variables[4] = {0};
    int64_t *sp = stack;
    const int16_t(*pc)[2] = pairs;
#define NEXT do { pc++; goto *labels[pc[0][0]]; } while (0)
#define GO(to) do { pc = pairs + (to); goto *labels[pc[0][0]]; } while (0)
    goto *labels[pc[0][0]];
  push: *sp++ = pc[0][1]; NEXT;
  load: *sp++ = variables[pc[0][1]]; NEXT;
  store: variables[pc[0][1]] = *--sp; NEXT;
  add: sp--; sp[-1] += sp[0]; NEXT;
  sub: sp--; sp[-1] -= sp[0]; NEXT;
  mul: sp--; sp[-1] *= sp[0]; NEXT;
  mod: sp--; sp[-1] %= sp[0]; NEXT;
  less: sp--; sp[-1] = sp[-1] < sp[0]; NEXT;
  equal: sp--; sp[-1] = sp[-1] == sp[0]; NEXT;
  jump: GO(pc[0][1]);
  jumpz: if (*--sp) NEXT; GO(pc[0][1]);
  dup: sp[0] = sp[-1]; sp++; NEXT;
  swap: { int64_t t = sp[-1]; sp[-1] = sp[-2]; sp[-2] = t; } NEXT;
  inc: sp[-1]++; NEXT;
  and_: sp--; sp[-1] &= sp[0]; NEXT;
  end: sum += variables[1] + (sp - stack);
  }
  return sum;
}

// Much code: 1024 functions, each different, called in an order that no cache likes.
#define F(n) NOINL static uint64_t f##n(uint64_t x) { \
  x ^= x >> (n % 13 + 3); x *= 2 * n + 0x9e3779b1u; if (x & (1ull << (n % 40))) x += n * 77 + 5; else x ^= n * 1234567ull; \
  x = (x << (n % 7 + 1)) | (x >> (63 - n % 7)); if ((x >> 8) % 3 == n % 3) x -= n; x ^= x >> 11; return x + (x >> (n % 5 + 1)) * 3; }
#define F4(n) F(n##0) F(n##1) F(n##2) F(n##3)
#define F16(n) F4(n##0) F4(n##1) F4(n##2) F4(n##3)
#define N4(n) f##n##0, f##n##1, f##n##2, f##n##3,
#define N16(n) N4(n##0) N4(n##1) N4(n##2) N4(n##3)
#define F64(n) F16(n##0) F16(n##1) F16(n##2) F16(n##3)
#define N64(n) N16(n##0) N16(n##1) N16(n##2) N16(n##3)
#define F256(n) F64(n##0) F64(n##1) F64(n##2) F64(n##3)
#define N256(n) N64(n##0) N64(n##1) N64(n##2) N64(n##3)
F256(1) F256(2) F256(3) F256(4)
NOINL uint64_t k_large(int reps) {
  static uint64_t (*const all[])(uint64_t) = { N256(1) N256(2) N256(3) N256(4) };
  uint64_t x = 1;
  state = 7;
  for (int r = 0; r < reps; r++) {
    uint64_t y = x;
    for (int i = 0; i < 64; i++) {
      uint32_t at = next() & 1023;
      for (int j = 0; j < 8; j++) y = all[(at + j) & 1023](y);
    }
    x += y;
  }
  return x;
}

// Hashing: SipHash-like rounds over text, and a table with open addressing.
static inline uint64_t rotate(uint64_t v, int by) { return (v << by) | (v >> (64 - by)); }
static uint64_t sip(uint64_t m) {
  uint64_t a = 0x736f6d6570736575ull, b = 0x646f72616e646f6dull, c = 0x6c7967656e657261ull, d = 0x7465646279746573ull ^ m;
  for (int i = 0; i < 4; i++) {
    a += b; b = rotate(b, 13) ^ a; a = rotate(a, 32);
    c += d; d = rotate(d, 16) ^ c;
    a += d; d = rotate(d, 21) ^ a;
    c += b; b = rotate(b, 17) ^ c; c = rotate(c, 32);
    if (i == 1) { a ^= m; c ^= 0xff; }
  }
  return a ^ b ^ c ^ d;
}
NOINL uint64_t k_hash(int reps) {
  enum { SLOTS = 1 << 15 };
  struct { uint64_t key, value; } *table = (void *)arena;
  uint64_t sum = 0;
  for (int r = 0; r < reps; r++) {
    for (int i = 0; i < SLOTS; i++) table[i].key = 0;
    state = r + 1;
    for (int i = 0; i < 40000; i++) {
      uint64_t key = (next() & 0x3fff) + 1;
      uint64_t at = sip(key) & (SLOTS - 1);
      while (table[at].key && table[at].key != key) at = (at + 1) & (SLOTS - 1);
      if (!table[at].key) table[at].value = 0;
      table[at].key = key;
      sum += ++table[at].value;
    }
  }
  return sum;
}

const struct kern kerns[] = { {"sort", k_sort, 12}, {"bytecode", k_bytecode, 40}, {"large", k_large, 8000}, {"hash", k_hash, 80}, {0, 0, 0} };
