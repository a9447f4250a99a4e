// Trap entry and exit. sscratch holds the running Tcb while the user runs; in the kernel tp holds it.
//
// Each register is saved when it must be. a0..a5 and a7 carry arguments and results: a fast path leaves them where
// they are, and only the slow entry saves them. s0..s11 are kept by every function that is called here, so they are
// saved only where another thread is entered, and before a fault, which may show them to its handler. Preserved
// across Call and ReplyRecv: all registers but a0..a5 and a7.
import { Tcb, Registers } from "../object/tcb.js";
import { fastCall, fastReplyRecv } from "../ipc/fastpath.js";
import { HART_OFFSET, hartBlocks } from "../hart.js";
import { syscalls } from "../abi/syscalls.js";
import { dispatchFault, dispatchSyscall } from "../dispatch.js";
import { reportPanic } from "../panic.js";
import { waitForThread } from "../schedule/scheduler.js";
import { dispatchInterrupt } from "./interrupt.js";

const X = offsetof<Tcb>("registers") + offsetof<Registers>("x");
const ECALL_FROM_USER = 8;
// Registers by number, in three parts: what a function may change and no message uses, with the user's sp and gp; what
// functions keep; what messages use. The save and restore lists cannot drift apart.
const CHANGED = [1, 2, 3, 5, 6, 7, 16, 28, 29, 30, 31] as const;
const KEPT = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27] as const;
const MESSAGE = [10, 11, 12, 13, 14, 15, 17] as const;

const saveList = (list: readonly u8[]) => asm.list(list, (x) => `sd x${x}, ${X + 8 * x}(tp)`);
const loadList = (list: readonly u8[]) => asm.list(list, (x) => `ld x${x}, ${X + 8 * x}(tp)`);

export function trapEntry(): never {
  return naked({ section: ".text.trap", align: 4, symbol: "trap_entry" })`
  csrrw tp, sscratch, tp
  beqz  tp, 6f                      // a trap inside the kernel: a failed check
  ${saveList(CHANGED)}
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
  ld    gp, ${offsetof<Tcb>("hart")}(tp)
  mv    sp, gp
  call  ${dispatchSyscall}
  beq   a0, tp, 4f
  ${saveList(KEPT)}
  j     ${enterThread}

3:sd    t1, ${X}(tp)
  ${saveList(MESSAGE)}
  ld    gp, ${offsetof<Tcb>("hart")}(tp)
  mv    sp, gp
  csrr  a0, scause
  bgez  a0, 7f
  call  ${dispatchInterrupt}
  beq   a0, tp, 4f
  ${saveList(KEPT)}
  j     ${enterThread}

7:${saveList(KEPT)}
  call  ${dispatchFault}
  beq   a0, tp, 4f
  j     ${enterThread}

6:j     ${kernelTrap}

  // The same thread goes on.
4:ld    t1, ${offsetof<Tcb>("sstatus")}(tp)
  ld    t2, ${X}(tp)
  csrw  sstatus, t1
  csrw  sepc, t2
  csrw  sscratch, tp
  ${loadList(CHANGED)}
  ${loadList(MESSAGE)}
  ld    x4, ${X + 8 * 4}(tp)
  sret

  // a6: thread to resume, a0: its a0
2:${saveList(KEPT)}
  mv    tp, a6
  ld    t0, ${offsetof<Tcb>("satp")}(tp)
  ld    t1, ${offsetof<Tcb>("sstatus")}(tp)
  ld    t2, ${X}(tp)
  csrw  satp, t0
  csrw  sstatus, t1
  csrw  sepc, t2
  csrw  sscratch, tp
  ${loadList(CHANGED)}
  ${loadList(KEPT)}
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

/// Restores all registers of the thread in a0; 0: waits until one can run. All of the last thread's are saved.
export function enterThread(): never {
  return naked({ section: ".text.trap" })`
  bnez  a0, 1f
  call  ${waitForThread}
1:mv    tp, a0
  ld    t0, ${offsetof<Tcb>("satp")}(tp)
  ld    t1, ${offsetof<Tcb>("sstatus")}(tp)
  ld    t2, ${X}(tp)
  csrw  satp, t0
  csrw  sstatus, t1
  csrw  sepc, t2
  csrw  sscratch, tp
  ${loadList(CHANGED)}
  ${loadList(KEPT)}
  ${loadList(MESSAGE)}
  ld    x4, ${X + 8 * 4}(tp)
  sret`;
}
