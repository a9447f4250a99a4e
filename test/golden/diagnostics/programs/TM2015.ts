function five(): u64 { return 5; }
const x: u64 = five();
export function main(): void {}
