// A kernel without start code of its own: supervisor mode under SBI firmware, linked at 0x80200000, paging
// off. Its main(hart, deviceTree) runs on the hart that the firmware chose; when it returns, the machine
// ends with the number it returned, or 0.
import { died, endMachine } from "./ending.js";

const STACK_BYTES = 0x1_0000;
@align(16)
class Stack {
  bytes: Arr<u8, 0x1_0000>;
}
const stack = zeroed<Stack>();

// SBI: extension in a7, function in a6; an error in a0, a value in a1.
const LEGACY_PUTCHAR = 1;
const BASE = 0x10;
const PROBE_EXTENSION = 3;
const DEBUG_CONSOLE = 0x4442434e;
const SYSTEM_RESET = 0x53525354;

export function _start(): never {
  return naked({ section: ".text.start", symbol: "_start" })`
  la    sp, ${ref(stack)}
  li    t0, ${STACK_BYTES}
  add   sp, sp, t0
  la    t0, ${trapped}
  csrw  stvec, t0
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

/// Every trap of a kernel that sets no handler of its own: a failed check, or a fault.
export function trapped(): never {
  return naked({ section: ".text.cold", align: 4 })`
  la    sp, ${ref(stack)}
  li    t0, ${STACK_BYTES}
  add   sp, sp, t0
  csrr  a0, scause
  csrr  a1, sepc
  csrr  a2, stval
  call  ${died}`;
}

export function finish(code: u64): never {
  endMachine(code);
  asm({ clobber: ["a1"] })`ecall ${{ a0: 0, a1: 0, a6: 0, a7: SYSTEM_RESET }} ${{ a0: out(ended.code) }}`;
  for (;;) wfi();
}
class Ended {
  code: u64;
}
const ended = zeroed<Ended>();

function hasDebugConsole(): boolean {
  let value: u64 = 0;
  asm`ecall ${{ a0: DEBUG_CONSOLE, a6: PROBE_EXTENSION, a7: BASE }} ${{ a0: out(ended.code), a1: out(value) }}`;
  return value !== 0;
}

export function consoleWrite(text: string): void {
  if (hasDebugConsole()) {
    asm`ecall ${{ a0: text.length, a1: u64.of(text.ptr), a2: 0, a6: 0, a7: DEBUG_CONSOLE }} ${{ a0: out(ended.code), a1: out(ended.code) }}`;
    return;
  }
  for (const byte of text) asm<u64>`ecall ${{ a0: byte, a7: LEGACY_PUTCHAR }}`;
}
