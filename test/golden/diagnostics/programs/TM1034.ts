let n: u64 = 1;
n = 2;
export function main(): void {}
