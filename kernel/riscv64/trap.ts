// Trap entry and exit. sscratch holds the running Tcb while the user runs; in the kernel tp holds it.
//
// Entry saves 24 registers, not 31: a0..a5 and a7 carry arguments and results, so a fast path leaves them
// where they are, and only the slow entry saves them too. Preserved across Call and ReplyRecv: all
// registers but a0..a5 and a7.
import { Tcb, Registers } from "../object/tcb.js";
import { fastCall, fastReplyRecv } from "../ipc/fastpath.js";
import { HART_BLOCK_BITS, HART_OFFSET, hartBlocks } from "../hart.js";
import { syscalls } from "../abi/syscalls.js";
import { dispatchTrap } from "../dispatch.js";
import { reportPanic } from "../panic.js";

const X = offsetof<Tcb>("registers") + offsetof<Registers>("x");
const ECALL_FROM_USER = 8;
// Registers that no message uses, by number: the save and restore lists cannot drift apart.
const PRESERVED = [1, 2, 3, 5, 6, 7, 8, 9, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31] as const;
const MESSAGE = [10, 11, 12, 13, 14, 15, 17] as const;

const saveList = (list: readonly u8[]) => asm.list(list, (x) => `sd x${x}, ${X + 8 * x}(tp)`);
const loadList = (list: readonly u8[]) => asm.list(list, (x) => `ld x${x}, ${X + 8 * x}(tp)`);

export function trapEntry(): never {
  return naked({ section: ".text.trap", align: 4, symbol: "trap_entry" })`
  csrrw tp, sscratch, tp
  beqz  tp, 6f                      // a trap inside the kernel: a failed check
  ${saveList(PRESERVED)}
  csrrw t0, sscratch, zero          // zero: from here on a trap is one inside the kernel
  csrr  t1, sepc
  csrr  t2, scause
  sd    t0, ${X + 8 * 4}(tp)
  addi  t2, t2, -${ECALL_FROM_USER}
  bnez  t2, 3f
  addi  t1, t1, 4
  sd    t1, ${X}(tp)
  addi  t2, a7, -${syscalls.Call.number}
  bnez  t2, 1f
  call  ${fastCall}
  bnez  a6, 2f
  j     5f
1:addi  t2, t2, -${syscalls.ReplyRecv.number - syscalls.Call.number}
  bnez  t2, 5f
  call  ${fastReplyRecv}
  bnez  a6, 2f
5:${saveList(MESSAGE)}
  j     ${slowEntry}
3:sd    t1, ${X}(tp)
  ${saveList(MESSAGE)}
  j     ${slowEntry}

6:j     ${kernelTrap}

  // a6: thread to resume, a0: its a0
2:mv    tp, a6
  ld    t0, ${offsetof<Tcb>("satp")}(tp)
  ld    t1, ${offsetof<Tcb>("sstatus")}(tp)
  ld    t2, ${X}(tp)
  csrw  satp, t0
  csrw  sstatus, t1
  csrw  sepc, t2
  csrw  sscratch, tp
  ${loadList(PRESERVED)}
  ld    x4, ${X + 8 * 4}(tp)
  sret`;
}

/// Only a failed check or a bug traps here: reports and stops.
export function kernelTrap(): never {
  return naked({ section: ".text.cold" })`
  la    sp, ${ref(hartBlocks)}
  li    t0, ${HART_OFFSET}
  add   sp, sp, t0
  csrr  a0, scause
  csrr  a1, sepc
  csrr  a2, stval
  call  ${reportPanic}
1:wfi
  j     1b`;
}

/// Everything is saved in the current Tcb; gives the hart its Hart and stack and goes on in TypeScript.
export function slowEntry(): never {
  return naked({ section: ".text.trap" })`
  lbu   t1, ${offsetof<Tcb>("gate")}(tp)
  la    gp, ${ref(hartBlocks)}
  li    t0, ${HART_OFFSET}
  slli  t1, t1, ${HART_BLOCK_BITS}
  add   gp, gp, t0
  add   gp, gp, t1
  mv    sp, gp
  csrr  a0, scause
  call  ${dispatchTrap}
  j     ${resume}`;
}

/// Restores all registers of the thread in a0.
export function resume(): never {
  return naked({ section: ".text.trap" })`
  mv    tp, a0
  ld    t0, ${offsetof<Tcb>("satp")}(tp)
  ld    t1, ${offsetof<Tcb>("sstatus")}(tp)
  ld    t2, ${X}(tp)
  csrw  satp, t0
  csrw  sstatus, t1
  csrw  sepc, t2
  csrw  sscratch, tp
  ${loadList(PRESERVED)}
  ${loadList(MESSAGE)}
  ld    x4, ${X + 8 * 4}(tp)
  sret`;
}
