class Node { id: u64; next: Node; }
export function main(): void {}
