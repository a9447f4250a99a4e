// tsc narrowed `holder.p`, then a call changed it: the check stays.
class Node { id: u64; }
class Holder { p: Ptr<Node> | null; }
const node = zeroed<Node>();
const holder = zeroed<Holder>();
function forget(): void { holder.p = null; }
export function main(): void {
  holder.p = ref(node);
  if (holder.p) {
    print(holder.p.id, "\n");
    forget();
    print(holder.p.id, "\n");
  }
}
