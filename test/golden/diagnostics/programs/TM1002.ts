function apply(f: (x: u64) => u64): u64 { return f(1); }
export function main(): void {
  const base: u64 = csrless();
  apply((x) => x + base);
}
function csrless(): u64 { return 5; }
