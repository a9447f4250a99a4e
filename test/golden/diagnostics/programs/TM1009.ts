class Base { value: u64; }
class Box extends Base { more: u64; }
export function main(): void {}
