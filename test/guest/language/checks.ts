// A failed check says where and why.
class Node { id: u64; next: Ptr<Node> | null; }
const table = zeroed<Arr<u64, 4>>();
let head: Ptr<Node> | null = null;
function at(i: usize): u64 {
  return table[i];
}
export function main(): void {
  print(head === null, " ", at(3), "\n");
  print(10 / at(0), at(4), "\n");
}
