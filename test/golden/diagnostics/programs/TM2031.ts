class Bitmap<N extends number> {
  words: Arr<u64, N>;
}
const words: u64 = comptime(() => u64.MAX >> 58);
export function main(): void {
  const free = zeroed<Arr<u64, typeof words>>();
  print(free.length);
}
