const enum Fixed { Tiny = 3 }
class Bitmap<N extends number> {
  words: Arr<u64, N>;
  size(): u64 { return valueof<N>(); }
}
class Wrap<M extends number> { map: Bitmap<M>; }
function value<K extends number>(): u64 { return valueof<K>(); }
let later: u64 = 4;
class Holder { map: Ptr<Bitmap<typeof later>>; }
export function main(): void {
  const local: u64 = later;
  const a = zeroed<Bitmap<typeof later>>();
  const b = zeroed<Wrap<typeof local>>();
  const c = zeroed<Bitmap<u64>>();
  print(value<typeof local>(), value<u8>());
  print(a.size(), b.map.size(), c.size());
}
