// A tree that keeps its height (AVL): insertion and removal by recursion, nodes from a list of free ones.
class Node {
  key: u32;
  height: i32;
  left: Ptr<Node> | null;
  right: Ptr<Node> | null;
}
const pool = zeroed<Arr<Node, 300>>();
class State {
  free: Ptr<Node> | null;
}
const state = zeroed<State>();

function height(n: Ptr<Node> | null): i32 {
  return n === null ? 0 : n.height;
}
function update(n: Ptr<Node>): void {
  const l = height(n.left);
  const r = height(n.right);
  n.height = (l > r ? l : r) + 1;
}
function rotateRight(y: Ptr<Node>): Ptr<Node> {
  const x = y.left!;
  y.left = x.right;
  x.right = y;
  update(y);
  update(x);
  return x;
}
function rotateLeft(x: Ptr<Node>): Ptr<Node> {
  const y = x.right!;
  x.right = y.left;
  y.left = x;
  update(x);
  update(y);
  return y;
}
function balance(n: Ptr<Node>): Ptr<Node> {
  update(n);
  const d = height(n.left) - height(n.right);
  if (d > 1) {
    const l = n.left!;
    if (height(l.left) < height(l.right)) n.left = rotateLeft(l);
    return rotateRight(n);
  }
  if (d < -1) {
    const r = n.right!;
    if (height(r.right) < height(r.left)) n.right = rotateRight(r);
    return rotateLeft(n);
  }
  return n;
}
function insert(n: Ptr<Node> | null, key: u32): Ptr<Node> {
  if (n === null) {
    const fresh = state.free!;
    state.free = fresh.right;
    fresh.key = key;
    fresh.height = 1;
    fresh.left = null;
    fresh.right = null;
    return fresh;
  }
  if (key < n.key) n.left = insert(n.left, key);
  else if (key > n.key) n.right = insert(n.right, key);
  else return n;
  return balance(n);
}
function leftmost(n: Ptr<Node>): Ptr<Node> {
  let at = n;
  while (at.left !== null) at = at.left;
  return at;
}
function remove(n: Ptr<Node> | null, key: u32): Ptr<Node> | null {
  if (n === null) return null;
  if (key < n.key) n.left = remove(n.left, key);
  else if (key > n.key) n.right = remove(n.right, key);
  else {
    if (n.left === null || n.right === null) {
      const child = n.left !== null ? n.left : n.right;
      n.right = state.free;
      state.free = n;
      return child;
    }
    const next = leftmost(n.right);
    n.key = next.key;
    n.right = remove(n.right, next.key);
  }
  return balance(n);
}
function sum(n: Ptr<Node> | null, depth: u64): u64 {
  if (n === null) return 0;
  return sum(n.left, depth + 1) * 31 + n.key + depth + sum(n.right, depth + 1) * 17;
}

export function run(): u64 {
  state.free = null;
  for (let i: u64 = 0; i < pool.length; i++) {
    pool[i].right = state.free;
    state.free = ref(pool[i]);
  }
  let root: Ptr<Node> | null = null;
  let s: u32 = 1;
  let count: u32 = 0;
  for (let i: u32 = 0; i < 250; i++) {
    s = s * 1664525 + 1013904223;
    root = insert(root, s >>> 22);
    count++;
  }
  let h = sum(root, 0);
  for (let i: u32 = 0; i < 600; i++) {
    s = s * 1664525 + 1013904223;
    root = remove(root, s >>> 22);
  }
  h = h * 31 + sum(root, 0) + count;
  return h;
}
