#include "k.h"
/* A red-black tree with parents: insertion, walk in order, search. */
typedef struct Node { struct Node *left, *right, *parent; u64 key; u8 red; } Node;
static Node pool[400];
static Node *root;
static void rotateLeft(Node *x) {
  Node *y = x->right;
  x->right = y->left;
  if (y->left) y->left->parent = x;
  y->parent = x->parent;
  if (!x->parent) root = y;
  else if (x == x->parent->left) x->parent->left = y;
  else x->parent->right = y;
  y->left = x;
  x->parent = y;
}
static void rotateRight(Node *x) {
  Node *y = x->left;
  x->left = y->right;
  if (y->right) y->right->parent = x;
  y->parent = x->parent;
  if (!x->parent) root = y;
  else if (x == x->parent->right) x->parent->right = y;
  else x->parent->left = y;
  y->right = x;
  x->parent = y;
}
static int insert(Node *n, u64 key) {
  Node *parent = NULL, *at = root;
  while (at) {
    parent = at;
    if (key == at->key) return 0;
    at = key < at->key ? at->left : at->right;
  }
  n->key = key; n->left = n->right = NULL; n->parent = parent; n->red = 1;
  if (!parent) root = n;
  else if (key < parent->key) parent->left = n;
  else parent->right = n;
  while (n != root && n->parent->red) {
    Node *p = n->parent, *g = p->parent;
    if (p == g->left) {
      Node *u = g->right;
      if (u && u->red) { p->red = 0; u->red = 0; g->red = 1; n = g; continue; }
      if (n == p->right) { n = p; rotateLeft(n); p = n->parent; }
      p->red = 0; g->red = 1;
      rotateRight(g);
    } else {
      Node *u = g->left;
      if (u && u->red) { p->red = 0; u->red = 0; g->red = 1; n = g; continue; }
      if (n == p->left) { n = p; rotateRight(n); p = n->parent; }
      p->red = 0; g->red = 1;
      rotateLeft(g);
    }
  }
  root->red = 0;
  return 1;
}
static Node *next(Node *n) {
  if (n->right) { n = n->right; while (n->left) n = n->left; return n; }
  Node *p = n->parent;
  while (p && n == p->right) { n = p; p = p->parent; }
  return p;
}
u64 run(void) {
  u64 s = 3, h = 0, used = 0;
  root = NULL;
  for (u32 i = 0; i < 400; i++) {
    s = s * 6364136223846793005ul + 1442695040888963407ul;
    if (insert(&pool[used], s >> 54)) used++;
  }
  Node *n = root;
  while (n->left) n = n->left;
  for (; n; n = next(n)) h = h * 31 + n->key + n->red;
  for (u64 key = 0; key < 1024; key += 3) {
    Node *at = root;
    while (at && at->key != key) at = key < at->key ? at->left : at->right;
    if (at) h += at->red ? 3 : 5;
  }
  return h;
}
