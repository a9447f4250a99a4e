class Box { static count: u64; }
export function main(): void {}
