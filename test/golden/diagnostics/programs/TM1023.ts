class Box { value: u64; }
export function take(b: Ptr<Box> | undefined): void {}
export function main(): void {}
