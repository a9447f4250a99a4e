#include "k.h"
typedef struct Node { struct Node *next, *prev; u64 key; u32 kind, rights; } Node;
typedef struct { Node *head, *tail; u64 count; } Queue;
static Node pool[64];
static Queue ready[8];
static void enqueue(Queue *q, Node *n) {
  n->next = NULL;
  n->prev = q->tail;
  if (q->tail) q->tail->next = n; else q->head = n;
  q->tail = n;
  q->count++;
}
static void dequeue(Queue *q, Node *n) {
  if (n->prev) n->prev->next = n->next; else q->head = n->next;
  if (n->next) n->next->prev = n->prev; else q->tail = n->prev;
  q->count--;
}
static u64 derive(Node *from, Node *to, u32 rights) {
  if ((from->rights & rights) != rights) return 1;
  to->kind = from->kind;
  to->rights = from->rights & rights;
  to->key = from->key ^ rights;
  return 0;
}
u64 run(void) {
  u64 s = 99, h = 0;
  for (u32 i = 0; i < 64; i++) {
    pool[i].key = i;
    pool[i].kind = i & 7;
    pool[i].rights = 15;
    enqueue(&ready[i & 7], &pool[i]);
  }
  for (u32 step = 0; step < 2000; step++) {
    s = s * 6364136223846793005ul + 1442695040888963407ul;
    Queue *from = &ready[(s >> 33) & 7], *to = &ready[(s >> 40) & 7];
    Node *n = from->head;
    if (!n) continue;
    if (n->next && (s >> 50 & 1)) n = n->next;
    dequeue(from, n);
    h = h * 31 + n->key + derive(n, &pool[(s >> 44) & 63], (u32)(s >> 60));
    enqueue(to, n);
  }
  for (u32 i = 0; i < 8; i++)
    h = h * 17 + ready[i].count;
  return h;
}
