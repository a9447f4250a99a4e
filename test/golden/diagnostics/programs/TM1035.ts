class Box { #value: u64; }
export function main(): void {}
