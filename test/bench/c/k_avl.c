#include "k.h"
/* A tree that keeps its height (AVL): insertion and removal by recursion, nodes from a list of free ones. */
typedef struct Node Node;
struct Node { u32 key; i32 height; Node *left, *right; };
static Node pool[300];
static Node *free_list;
static i32 height(Node *n) { return n ? n->height : 0; }
static void update(Node *n) { i32 l = height(n->left), r = height(n->right); n->height = (l > r ? l : r) + 1; }
static Node *rotate_right(Node *y) { Node *x = y->left; y->left = x->right; x->right = y; update(y); update(x); return x; }
static Node *rotate_left(Node *x) { Node *y = x->right; x->right = y->left; y->left = x; update(x); update(y); return y; }
static Node *balance(Node *n) {
  update(n);
  i32 d = height(n->left) - height(n->right);
  if (d > 1) {
    Node *l = n->left;
    if (height(l->left) < height(l->right)) n->left = rotate_left(l);
    return rotate_right(n);
  }
  if (d < -1) {
    Node *r = n->right;
    if (height(r->right) < height(r->left)) n->right = rotate_right(r);
    return rotate_left(n);
  }
  return n;
}
static Node *insert(Node *n, u32 key) {
  if (!n) {
    Node *f = free_list;
    free_list = f->right;
    f->key = key; f->height = 1; f->left = NULL; f->right = NULL;
    return f;
  }
  if (key < n->key) n->left = insert(n->left, key);
  else if (key > n->key) n->right = insert(n->right, key);
  else return n;
  return balance(n);
}
static Node *leftmost(Node *n) { while (n->left) n = n->left; return n; }
static Node *removeKey(Node *n, u32 key) {
  if (!n) return NULL;
  if (key < n->key) n->left = removeKey(n->left, key);
  else if (key > n->key) n->right = removeKey(n->right, key);
  else {
    if (!n->left || !n->right) {
      Node *child = n->left ? n->left : n->right;
      n->right = free_list;
      free_list = n;
      return child;
    }
    Node *next = leftmost(n->right);
    n->key = next->key;
    n->right = removeKey(n->right, next->key);
  }
  return balance(n);
}
static u64 sum(Node *n, u64 depth) {
  if (!n) return 0;
  return sum(n->left, depth + 1) * 31 + n->key + depth + sum(n->right, depth + 1) * 17;
}
u64 run(void) {
  free_list = NULL;
  for (u64 i = 0; i < 300; i++) { pool[i].right = free_list; free_list = &pool[i]; }
  Node *root = NULL;
  u32 s = 1, count = 0;
  for (u32 i = 0; i < 250; i++) { s = s * 1664525 + 1013904223; root = insert(root, s >> 22); count++; }
  u64 h = sum(root, 0);
  for (u32 i = 0; i < 600; i++) { s = s * 1664525 + 1013904223; root = removeKey(root, s >> 22); }
  h = h * 31 + sum(root, 0) + count;
  return h;
}
