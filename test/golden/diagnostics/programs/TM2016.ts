class A { x: u64; }
class B { y: u64; }
export function take(m: Ptr<A | B>): void {}
export function main(): void {}
