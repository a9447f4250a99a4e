// Arrow functions that capture: they become part of the caller.

function each<T>(items: readonly T[], visit: (item: T, index: u64) => void): void {
  for (let i: u64 = 0; i < items.length; i++) visit(items[i], i);
}
function find(items: readonly u64[], fits: (item: u64) => boolean): u64 | null {
  for (const item of items) if (fits(item)) return item;
  return null;
}
function fold<T, R>(items: readonly T[], first: R, step: (sum: R, item: T) => R): R {
  let sum = first;
  for (const item of items) sum = step(sum, item);
  return sum;
}
/// Hands its function on.
function eachTwice(items: readonly u64[], visit: (item: u64, index: u64) => void): void {
  each<u64>(items, visit);
  each<u64>(items, (item, index) => visit(item * 10, index + items.length));
}
class Tree {
  values: Arr<u64, 4>;
  count: u64;

  forEach(visit: (value: u64) => boolean): boolean {
    for (let i: u64 = 0; i < this.count; i++) if (!visit(this.values[i])) return false;
    return true;
  }
}
function above(items: readonly u64[], limit: u64): u64 {
  const found = find(items, (item) => item > limit);
  return found ?? 0;
}

export function main(): void {
  const numbers: Arr<u64, 4> = [3, 1, 4, 1];
  let sum: u64 = 0;
  each<u64>(numbers, (item, index) => {
    if (index === 3) return;
    sum += item * index;
  });
  print(sum, " ", above(numbers, 3), " ", above(numbers, 9), "\n");
  const scale: u64 = 7;
  print(fold<u64, u64>(numbers, 0, (a, b) => a + b * scale), "\n");
  eachTwice(numbers, (item, index) => print(index, ":", item, " "));
  print("\n");
  const tree = zeroed<Tree>();
  tree.count = 3;
  for (let i: u64 = 0; i < 3; i++) tree.values[i] = i * i;
  let last: u64 = 0;
  const all = tree.forEach((value) => {
    last = value;
    return value < 1;
  });
  print(all, " ", last, "\n");
  const add = (x: u64): u64 => x + sum;
  print(add(1), " ", add(add(0)), "\n");
}
