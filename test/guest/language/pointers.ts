// Null, lists, Many, container, function pointers, tagged pointers, casts.
class Node { id: u64; next: Ptr<Node> | null; }
class Link { next: Ptr<Link> | null; }
class Item { id: u32; link: Link; }
enum Kind { None, Node, Item }
type Kinds = { [Kind.None]: never; [Kind.Node]: Node; [Kind.Item]: Item };
class Holder { what: Tagged<Kinds>; }
type Action = (x: u64) => u64;
class Row { name: string; run: Action; }

const nodes = zeroed<Arr<Node, 4>>();
const holder = zeroed<Holder>();
let head: Ptr<Node> | null = null;

function push(id: u64): void {
  const n = ref(nodes[id]);
  n.id = id;
  n.next = head;
  head = n;
}
/// Through a pointer to the link, without a special case for the first.
function remove(id: u64): boolean {
  let at: Ptr<Ptr<Node> | null> = ref<Ptr<Node> | null>(head);
  for (;;) {
    const n = at.$;
    if (n === null) return false;
    if (n.id === id) { at.$ = n.next; return true; }
    at = ref(n.next);
  }
}
function sum(): u64 {
  let total: u64 = 0;
  for (let n = head; n; n = n.next) total = total * 10 + n.id;
  return total;
}
function double(x: u64): u64 { return x * 2; }
const rows: readonly Row[] = [{ name: "double", run: double }, { name: "square", run: (x) => x * x }];
function apply(f: Action, x: u64): u64 { return f(x); }
function find(name: string): Action | null {
  for (const row of rows) if (row.name === name) return row.run;
  return null;
}

export function main(): void {
  for (let i: u64 = 0; i < 4; i++) push(i);
  print(sum(), " ");
  print(remove(2), " ", remove(9), " ", sum(), " ", remove(3), " ", sum(), "\n");
  const item: Item = { id: 5, link: { next: null } };
  const link = ref(item.link);
  print(unsafe.container<Item>(link, "link").id, " ", u64.of(link) - u64.of(ref(item)), "\n");
  holder.what = tagged.of(Kind.Node, ref(nodes[1]));
  print(tagged.kind(holder.what) === Kind.Node, " ", tagged.as(holder.what, Kind.Node).id, "\n");
  holder.what = tagged.none();
  print(tagged.kind(holder.what) === Kind.None, "\n");
  for (const row of rows) print(row.name, "=", row.run(9), " ", apply(row.run, 4), ";");
  print(apply((x) => x + 1, 1), " ", find("none") === null, " ", find("square")!(5), "\n");
  const words = unsafe.many<u64>(u64.of(ref(nodes)));
  print(words[2], " ", words.add(2)[0], " ", words.at(2).$, " ", words.add(4).diff(words), " ", words.slice(3).length, "\n");
  const first = head ?? ref(nodes[0]);
  print(first.id, " ", unsafe.cast<u64>(first).$, "\n");
}
