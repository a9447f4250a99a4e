@size(8)
class Box { a: u64; b: u64; }
export function main(): void {}
