// A signed index below its bound may still be negative.
const table: Arr<u32, 10> = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
function pick(i: i32): u32 {
  attr({ inline: "never" });
  if (i < 10) return table[i];
  return 0;
}
export function main(hart: u64): void {
  print(pick(i32(hart) + 9), pick(10), "\n");
  print(pick(i32(hart) - 1), "\n");
}
