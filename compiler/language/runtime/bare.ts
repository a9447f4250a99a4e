// A bare-metal program: machine mode, linked at 0x80000000, alone on the machine. Its main(hart, deviceTree)
// runs on hart 0; when it returns, the machine ends with the number it returned, or 0.
import { died, endMachine } from "./ending.js";

const STACK_BYTES = 0x1_0000;
@align(16)
class Stack {
  bytes: Arr<u8, 0x1_0000>;
}
const stack = zeroed<Stack>();

class Uart {
  data: Reg<u8>;
  unused: Arr<u8, 4>;
  lineStatus: RoReg<u8>;
}
const TRANSMITTER_EMPTY = 0x20;
const UART: u64 = 0x1000_0000;

/// mstatus.FS: the FP registers may be used.
const FLOATS_ON: u64 = 0x2000;

export function _start(): never {
  return naked({ section: ".text.start", symbol: "_start" })`
  csrr  t0, mhartid
  bnez  t0, 3f                  // the other harts wait for ever
  la    sp, ${ref(stack)}
  li    t0, ${STACK_BYTES}
  add   sp, sp, t0
  li    t0, ${FLOATS_ON}
  csrs  mstatus, t0
  la    t0, ${trapped}
  csrw  mtvec, t0
  la    t0, __bss_start
  la    t1, __bss_end
1:bgeu  t0, t1, 2f
  sd    zero, 0(t0)
  addi  t0, t0, 8
  j     1b
2:call  program_main
  call  ${finish}
3:wfi
  j     3b`;
}

/// Every trap of a program that sets no handler of its own: a failed check, or a fault.
export function trapped(): never {
  return naked({ section: ".text.cold", align: 4 })`
  la    sp, ${ref(stack)}
  li    t0, ${STACK_BYTES}
  add   sp, sp, t0
  csrr  a0, mcause
  csrr  a1, mepc
  csrr  a2, mtval
  call  ${died}`;
}

export function finish(code: u64): never {
  endMachine(code);
  for (;;) wfi();
}

export function consoleWrite(text: string): void {
  const uart = unsafe.ptr<Uart>(UART);
  for (const byte of text) {
    while ((uart.lineStatus.read() & TRANSMITTER_EMPTY) === 0) {}
    uart.data.write(byte);
  }
}
