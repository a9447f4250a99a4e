function sum([a, b]: [u64, u64]): u64 { return a + b; }
export function main(): void {}
