export function take(x: any): void {}
export function main(): void {}
