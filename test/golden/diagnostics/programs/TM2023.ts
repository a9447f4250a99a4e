export function half(n: number): number { return n / 2; }
export function main(): void {}
