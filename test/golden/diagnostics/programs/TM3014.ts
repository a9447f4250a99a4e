interface Memory { peek: Op<1, (at: Ptr<u64>) => u64>; }
function protocolWord(index: u64): Ptr<u64> { return unsafe.ptr<u64>(index); }
export function main(at: u64): void {
  const memory = clientOf<Memory>(1);
  print(memory.peek(unsafe.ptr(at)), "\n", protocolWord(0).$);
}
