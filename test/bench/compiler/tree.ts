// A red-black tree with parents: insertion, walk in order, search.
class Node {
  left: Ptr<Node> | null;
  right: Ptr<Node> | null;
  parent: Ptr<Node> | null;
  key: u64;
  red: boolean;
}
const pool = zeroed<Arr<Node, 400>>();
let root: Ptr<Node> | null = null;

function rotateLeft(x: Ptr<Node>): void {
  const y = x.right!;
  x.right = y.left;
  if (y.left) y.left.parent = x;
  y.parent = x.parent;
  if (!x.parent) root = y;
  else if (x === x.parent.left) x.parent.left = y;
  else x.parent.right = y;
  y.left = x;
  x.parent = y;
}
function rotateRight(x: Ptr<Node>): void {
  const y = x.left!;
  x.left = y.right;
  if (y.right) y.right.parent = x;
  y.parent = x.parent;
  if (!x.parent) root = y;
  else if (x === x.parent.right) x.parent.right = y;
  else x.parent.left = y;
  y.right = x;
  x.parent = y;
}
function insert(node: Ptr<Node>, key: u64): boolean {
  let parent: Ptr<Node> | null = null;
  let at = root;
  while (at) {
    parent = at;
    if (key === at.key) return false;
    at = key < at.key ? at.left : at.right;
  }
  let n = node;
  n.key = key;
  n.left = null;
  n.right = null;
  n.parent = parent;
  n.red = true;
  if (!parent) root = n;
  else if (key < parent.key) parent.left = n;
  else parent.right = n;
  while (n !== root && n.parent!.red) {
    let p = n.parent!;
    const g = p.parent!;
    if (p === g.left) {
      const u = g.right;
      if (u && u.red) {
        p.red = false;
        u.red = false;
        g.red = true;
        n = g;
        continue;
      }
      if (n === p.right) {
        n = p;
        rotateLeft(n);
        p = n.parent!;
      }
      p.red = false;
      g.red = true;
      rotateRight(g);
    } else {
      const u = g.left;
      if (u && u.red) {
        p.red = false;
        u.red = false;
        g.red = true;
        n = g;
        continue;
      }
      if (n === p.left) {
        n = p;
        rotateRight(n);
        p = n.parent!;
      }
      p.red = false;
      g.red = true;
      rotateLeft(g);
    }
  }
  root!.red = false;
  return true;
}
function next(node: Ptr<Node>): Ptr<Node> | null {
  let n = node;
  if (n.right) {
    n = n.right;
    while (n.left) n = n.left;
    return n;
  }
  let p = n.parent;
  while (p && n === p.right) {
    n = p;
    p = p.parent;
  }
  return p;
}

export function run(): u64 {
  let s: u64 = 3;
  let h: u64 = 0;
  let used: u64 = 0;
  for (let i: u32 = 0; i < 400; i++) {
    s = s * 6364136223846793005 + 1442695040888963407;
    if (insert(ref(pool[used]), s >>> 54)) used++;
  }
  let n = root;
  while (n!.left) n = n!.left;
  for (; n; n = next(n)) h = h * 31 + n.key + u64(n.red);
  for (let key: u64 = 0; key < 1024; key += 3) {
    let at = root;
    while (at && at.key !== key) at = key < at.key ? at.left : at.right;
    if (at) h += at.red ? 3 : 5;
  }
  return h;
}
