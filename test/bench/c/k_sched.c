#include "k.h"
typedef struct task task; typedef struct lock lock;
typedef struct { task *head, *tail; } queue;
struct task { task *next, *prev; lock *lock; u32 id; u8 priority, base, state; u64 wake, ran; };
struct lock { task *holder; queue waiters; };
static task tasks[24]; static queue queues[64]; static lock locks[4];
static struct { u64 ready; task *sleepers; u64 now; u32 seed; } scheduler;

static u32 rnd(void) { scheduler.seed = scheduler.seed * 1664525 + 1013904223; return scheduler.seed >> 8; }
static void append(queue *q, task *t) {
  t->next = 0; t->prev = q->tail;
  if (q->tail) q->tail->next = t; else q->head = t;
  q->tail = t;
}
static void remove_(queue *q, task *t) {
  if (t->prev) t->prev->next = t->next; else q->head = t->next;
  if (t->next) t->next->prev = t->prev; else q->tail = t->prev;
}
static void make_ready(task *t) { t->state = 1; append(&queues[t->priority], t); scheduler.ready |= 1ull << t->priority; }
static void unready(task *t) {
  queue *q = &queues[t->priority];
  remove_(q, t);
  if (!q->head) scheduler.ready &= ~(1ull << t->priority);
}
static u64 clz(u64 x) {
  u64 n = 0;
  if (x == 0) return 64;
  if (!(x >> 32)) { n += 32; x <<= 32; }
  if (!(x >> 48)) { n += 16; x <<= 16; }
  if (!(x >> 56)) { n += 8; x <<= 8; }
  if (!(x >> 60)) { n += 4; x <<= 4; }
  if (!(x >> 62)) { n += 2; x <<= 2; }
  return n + !(x >> 63);
}
static task *pick(void) {
  if (!scheduler.ready) return 0;
  task *t = queues[63 - clz(scheduler.ready)].head;
  if (t) unready(t);
  return t;
}
static void sleep_(task *t, u64 until) {
  t->wake = until; t->state = 2;
  task **link = &scheduler.sleepers;
  while (*link && (*link)->wake <= until) link = &(*link)->next;
  t->next = *link; *link = t;
}
static void tick(void) {
  scheduler.now++;
  while (scheduler.sleepers && scheduler.sleepers->wake <= scheduler.now) {
    task *t = scheduler.sleepers; scheduler.sleepers = t->next; make_ready(t);
  }
}
static void raise_(task *t, u8 priority) {
  while (t && t->priority < priority) {
    if (t->state == 1) { unready(t); t->priority = priority; make_ready(t); } else t->priority = priority;
    lock *l = t->lock;
    t = l ? l->holder : 0;
  }
}
static int acquire(task *t, lock *l) {
  if (!l->holder) { l->holder = t; return 1; }
  t->state = 3; t->lock = l;
  append(&l->waiters, t);
  raise_(l->holder, t->priority);
  return 0;
}
static void release(task *t, lock *l) {
  t->priority = t->base;
  task *best = 0;
  for (task *at = l->waiters.head; at; at = at->next) if (!best || at->priority > best->priority) best = at;
  l->holder = best;
  if (!best) return;
  remove_(&l->waiters, best); best->lock = 0; make_ready(best);
}
u64 run(void) {
  scheduler.ready = 0; scheduler.sleepers = 0; scheduler.now = 0; scheduler.seed = 7;
  for (u64 i = 0; i < 64; i++) queues[i].head = queues[i].tail = 0;
  for (u64 i = 0; i < 4; i++) { locks[i].holder = 0; locks[i].waiters.head = locks[i].waiters.tail = 0; }
  for (u64 i = 0; i < 24; i++) {
    task *t = &tasks[i];
    t->id = i; t->base = (i * 5) & 63; t->priority = t->base; t->ran = 0; t->lock = 0;
    make_ready(t);
  }
  u64 h = 0;
  for (u64 round = 0; round < 1500; round++) {
    tick();
    task *t = pick();
    if (!t) { h = h * 31 + 1; continue; }
    t->ran++;
    h = h * 31 + t->id;
    lock *l = &locks[rnd() & 3];
    if (l->holder == t) { release(t, l); make_ready(t); }
    else if (!l->holder || (rnd() & 7) == 0) { if (acquire(t, l)) sleep_(t, scheduler.now + (rnd() & 7) + 1); }
    else sleep_(t, scheduler.now + (rnd() & 15) + 1);
  }
  for (u64 i = 0; i < 24; i++) h = h * 31 + tasks[i].ran + tasks[i].priority;
  return h;
}
