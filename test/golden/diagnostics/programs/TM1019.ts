class Node { id: u64; next: Ptr<Node> | null; }
export function next(n: Ptr<Node>): void {
  print(n.next?.id ?? 0);
}
export function main(): void {}
