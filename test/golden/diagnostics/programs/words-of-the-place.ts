class Lock {
  held: Atomic<u32>;
  name: string = "lock";
  self(): Ptr<Lock> {
    return ref(this);
  }
}
class Ring<T, N extends number> {
  items: Arr<T, N>;
  size(): u64 {
    return N;
  }
}
class Port {
  data: Reg<u8>;
}
function pad(fill: u8 = "-", width = 4): u64 {
  return fill + width;
}
function work(text: string, port: Ptr<Port>): void {
  let short: u16 = 0;
  let count = 0;
  short = sizeof<Port>() + 3;
  if (text[0] === "\n") print(pad());
  port.data = 4;
  const state = 2;
  switch (state) {
    case 1:
      print(count);
  }
}
export function main(): void {
  work("", unsafe.ptr<Port>(0x1000_0000));
}
