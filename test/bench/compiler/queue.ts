class Node {
  next: Ptr<Node> | null;
  prev: Ptr<Node> | null;
  key: u64;
  kind: u32;
  rights: u32;
}
class Queue {
  head: Ptr<Node> | null;
  tail: Ptr<Node> | null;
  count: u64;
}
const pool = zeroed<Arr<Node, 64>>();
const ready = zeroed<Arr<Queue, 8>>();

function enqueue(q: Ptr<Queue>, n: Ptr<Node>): void {
  n.next = null;
  n.prev = q.tail;
  if (q.tail) q.tail.next = n;
  else q.head = n;
  q.tail = n;
  q.count++;
}
function dequeue(q: Ptr<Queue>, n: Ptr<Node>): void {
  if (n.prev) n.prev.next = n.next;
  else q.head = n.next;
  if (n.next) n.next.prev = n.prev;
  else q.tail = n.prev;
  q.count--;
}
function derive(from: Ptr<Node>, to: Ptr<Node>, rights: u32): u64 {
  if ((from.rights & rights) !== rights) return 1;
  to.kind = from.kind;
  to.rights = from.rights & rights;
  to.key = from.key ^ rights;
  return 0;
}

export function run(): u64 {
  let s: u64 = 99;
  let h: u64 = 0;
  for (let i: u32 = 0; i < 64; i++) {
    pool[i].key = i;
    pool[i].kind = i & 7;
    pool[i].rights = 15;
    enqueue(ref(ready[i & 7]), ref(pool[i]));
  }
  for (let step: u32 = 0; step < 2000; step++) {
    s = s * 6364136223846793005 + 1442695040888963407;
    const from = ref(ready[(s >>> 33) & 7]);
    const to = ref(ready[(s >>> 40) & 7]);
    let n = from.head;
    if (!n) continue;
    if (n.next && ((s >>> 50) & 1) !== 0) n = n.next;
    dequeue(from, n!);
    h = h * 31 + n!.key + derive(n!, ref(pool[(s >>> 44) & 63]), u32(s >>> 60));
    enqueue(to, n!);
  }
  for (let i: u32 = 0; i < 8; i++) h = h * 17 + ready[i].count;
  return h;
}
