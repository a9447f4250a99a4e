class Box { a: u64; }
function digits(): u64[] {
  return [1, 2, 3];
}
function part(): readonly u8[] {
  const bytes = zeroed<Arr<u8, 8>>();
  return bytes.slice(2);
}
function box(make: boolean): Ptr<Box> | null {
  const made = zeroed<Box>();
  return make ? ref(made) : null;
}
export function main(): void {
  print(digits().length, part().length, box(true) === null);
}
