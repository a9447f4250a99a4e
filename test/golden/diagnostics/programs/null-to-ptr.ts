class Node { next: Ptr<Node> | null; }
export function next(n: Ptr<Node>): Ptr<Node> { return n.next; }
export function main(): void {}
