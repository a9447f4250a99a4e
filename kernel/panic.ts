// The kernel's own words, and its end. A failed check is an `ebreak`; the compiler's table says where in
// the source it stands and why.
import { ResetReason, shutdown, writeBytes, writeConsole } from "./riscv64/sbi.js";
import { PHYSMAP_BASE } from "./memory/layout.js";

const BREAKPOINT: u64 = 3;
/// The test device of QEMU's virt board: (code << 16) | 0x3333 ends the machine with that code.
const FINISHER: u64 = PHYSMAP_BASE + 0x10_0000;
const EXIT_GUEST_DIED: u32 = 125;

function writeHex(value: u64): void {
  const text = arr<u8, 16>(16);
  for (let i: usize = 0; i < 16; i++) text[i] = "0123456789abcdef"[(value >>> (60 - 4 * i)) & 15];
  writeConsole("0x");
  writeBytes(text.slice());
}

export function reportPanic(cause: u64, pc: u64, value: u64): never {
  writeConsole("kernel panic: ");
  if (cause === BREAKPOINT) {
    writeConsole(panicMessage(pc));
  } else {
    writeConsole("scause ");
    writeHex(cause);
    writeConsole(" sepc ");
    writeHex(pc);
    writeConsole(" stval ");
    writeHex(value);
  }
  writeConsole("\n");
  unsafe.ptr<Reg<u32>>(FINISHER).write((EXIT_GUEST_DIED << 16) | 0x3333);
  shutdown(ResetReason.SystemFailure);
}
