declare function c_add(a: u32, b: u32): u32;

export function main(): void {
  print(c_add(1, 2), "\n");
}
