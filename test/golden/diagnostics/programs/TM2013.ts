enum Kind { A, B, C }
class A { readonly kind: Kind.A; size: u64; }
class B { readonly kind: Kind.B; flag: boolean; size: u32; }
class C { readonly kind: Kind.C; }
type Any = A | B | C;
export function size(m: Ptr<Any>): u64 {
  if (m.kind === Kind.C) return 0;
  return m.size;
}
export function main(): void {}
