// CSRs, assembly, naked functions, atomics, device registers, attributes.
class Counters { a: Atomic<u32>; b: Atomic<u64>; }
const counters = zeroed<Counters>();
class Save { regs: Arr<u64, 32>; }
const save = zeroed<Save>();
const REGS = offsetof<Save>("regs");
const SAVED = [8, 9, 18] as const;
const saveList = (list: readonly u8[]) => asm.list(list, (x) => `sd x${x}, ${REGS + 8 * x}(t0)`);

function seven(): u64 { return 7; }
function viaNaked(_x: u64): u64 {
  return naked({ align: 8 })`
  addi  sp, sp, -16
  sd    ra, 8(sp)
  la    t0, ${ref(save)}        // where they go
  ${saveList(SAVED)}
  mv    s1, a0
  call  ${seven}
  add   a0, a0, s1
  li    t1, ${0x1234_5678}
  add   a0, a0, t1
  la    t0, ${ref(save)}
  ld    s1, ${REGS + 8 * 9}(t0)
  ld    ra, 8(sp)
  addi  sp, sp, 16
  ret`;
}
function twoOut(x: u64): [u64, u64] {
  let low: u64 = 0, high: u64 = 0;
  asm({ pure: true })`mul ${out(low)}, ${x}, ${x}
    mulhu ${out(high)}, ${x}, ${x}`;
  return [low, high];
}
function fixed(a: u64, b: u32): u64 { return asm<u64>`add a0, a0, a1 ${{ a0: a, a1: b }}`; }
function named(x: u64): u64 { return asm<u64>`slli $0, ${x}, 3`; }
function small(): u8 { let r: u8 = 0; asm`li ${out(r)}, 0x1ff`; return r; }
function cold(): u64 {
  attr({ cold: true, inline: "never" });
  return 1;
}

export function main(): void {
  csr.mscratch.write(0x1234);
  const old = csr.mscratch.swap(5);
  csr.mscratch.set(0x102);
  csr.mscratch.clear(4);
  print(old, " ", csr.mscratch.read(), " ", csr.mhartid.read(), "\n");
  print(viaNaked(1), " ", fixed(40, 2), " ", named(5), " ", small(), "\n");
  const [low, high] = twoOut(0x1_0000_0001);
  print(low, " ", high, "\n");
  print(counters.a.fetchAdd(3), counters.a.fetchAdd(3), counters.a.load(), " ", counters.b.cas(0, 9), counters.b.cas(0, 10), counters.b.swap(1), " ", counters.a.fetchOr(8), counters.a.fetchAnd(12), counters.a.load("relaxed"), "\n");
  counters.b.store(77);
  fence("rw", "rw");
  fence_i();
  print(counters.b.load("acquire"), " ", cold(), "\n");
  const word = unsafe.ptr<Reg<u32>>(u64.of(ref(save)));
  word.write(0xf0);
  word.modify(0x30, 0x03);
  print(word.read(), " ", register.sp > 0x8000_0000, " ", csr.time.read() <= csr.time.read(), "\n");
  print(symbolAddress("__text_start"), " ", u64.of(main) >= symbolAddress("__text_start"), "\n");
}
