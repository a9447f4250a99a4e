// Trap entry and exit. sscratch holds the running Tcb while the user runs; in the kernel tp holds it.
//
// Each register is saved when it must be. a0..a5 and a7 carry arguments and results: a fast path leaves them where
// they are, and only the slow entry saves them. s0..s11 are kept by every function that is called here, so they are
// saved only where another thread is entered, and before a fault, which may show them to its handler. Preserved
// across Call and ReplyRecv: all registers but a0..a5 and a7.
import { Tcb, Registers } from "../object/tcb.js";
import { fastCall, fastReplyRecv } from "../ipc/fastpath.js";
import { syscalls } from "../abi/syscalls.js";
import { dispatchFault, dispatchSyscall } from "../dispatch.js";
import { reportPanic } from "../panic.js";
import { switchThread, waitForThread } from "../schedule/scheduler.js";
import { dispatchInterrupt } from "./interrupt.js";
import { KernelLock, TICKET_STEP, waitForLock } from "./lock.js";

const X = offsetof<Tcb>("registers") + offsetof<Registers>("x");
const ECALL_FROM_USER = 8;
// Registers by number, in three parts: what a function may change and no message uses, with the user's sp and gp; what
// functions keep; what messages use. The save and restore lists cannot drift apart.
const CHANGED = [1, 2, 3, 5, 6, 7, 16, 28, 29, 30, 31] as const;
const KEPT = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27] as const;
const MESSAGE = [10, 11, 12, 13, 14, 15, 17] as const;

const saveList = (list: readonly u8[]) => asm.list(list, (x) => `sd x${x}, ${X + 8 * x}(tp)`);
// For the debugger: a trap's caller is what was interrupted, and its frame's address is where its registers are saved.
// The pc has no number of its own.
const PC = 64;
const savedRules = (list: readonly u8[]) => asm.list(list, (x) => `.cfi_offset x${x}, ${8 * x}`);
const sameRules = (list: readonly u8[]) => asm.list(list, (x) => `.cfi_same_value x${x}`);
const undefinedRules = (list: readonly u8[]) => asm.list(list, (x) => `.cfi_undefined x${x}`);
const inRegisters = () => `
  .cfi_def_cfa sp, 0
  .cfi_register ${PC}, sepc
  .cfi_same_value tp
  ${sameRules(CHANGED)}
  ${sameRules(KEPT)}
  ${sameRules(MESSAGE)}`;
const inThread = () => `
  .cfi_def_cfa tp, ${X}
  .cfi_offset ${PC}, 0
  .cfi_offset tp, ${8 * 4}
  ${savedRules(CHANGED)}
  ${savedRules(KEPT)}`;
const loadList = (list: readonly u8[]) => asm.list(list, (x) => `ld x${x}, ${X + 8 * x}(tp)`);

// On a machine with several harts the kernel lock is taken by `lock` at a syscall, by `lockAtTrap` at any other trap,
// and given back by `release` or `releaseLate`, which knows less; `waiting` is where they go while it is another's.
const entry = (lock: string, lockAtTrap: string, release: string, releaseLate: string, enter: () => never, waiting: string) => `
  .cfi_signal_frame
  .cfi_return_column ${PC}
  ${inRegisters()}
  csrrw tp, sscratch, tp
  .cfi_register tp, sscratch
  beqz  tp, 6f                      // a trap inside the kernel: a failed check
  ${saveList(CHANGED)}
  .cfi_def_cfa tp, ${X}
  ${savedRules(CHANGED)}
  csrrw t0, sscratch, zero          // zero: from here on a trap is one inside the kernel
  .cfi_register tp, t0
  csrr  t1, sepc
  csrr  t2, scause
  sd    t0, ${X + 8 * 4}(tp)
  .cfi_offset tp, ${8 * 4}
  addi  t3, t2, -${ECALL_FROM_USER}
  .cfi_remember_state
  bnez  t3, 3f
  ${lock}
  addi  t1, t1, 4
  sd    t1, ${X}(tp)
  .cfi_offset ${PC}, 0
  ${undefinedRules(MESSAGE)}        // the fast path's from here on
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
  ${savedRules(MESSAGE)}
  ld    gp, ${offsetof<Tcb>("hart")}(tp)
  mv    sp, gp
  call  ${dispatchSyscall}
  beq   a0, tp, 4f
  ${saveList(KEPT)}
  j     ${enter}

  .cfi_restore_state
3:sd    t1, ${X}(tp)
  .cfi_offset ${PC}, 0
  ${saveList(MESSAGE)}
  ${savedRules(MESSAGE)}
  ${lockAtTrap}
  ld    gp, ${offsetof<Tcb>("hart")}(tp)
  mv    sp, gp
  csrr  a0, scause
  bgez  a0, 7f
  call  ${dispatchInterrupt}
  beq   a0, tp, 4f
  ${saveList(KEPT)}
  j     ${enter}

7:${saveList(KEPT)}
  call  ${dispatchFault}
  beq   a0, tp, 4f
  j     ${enter}

  .cfi_remember_state
  ${inRegisters()}
  .cfi_register tp, sscratch
6:j     ${kernelTrap}
  .cfi_restore_state
  ${waiting}

  // The same thread goes on.
4:ld    t1, ${offsetof<Tcb>("sstatus")}(tp)
  ld    t2, ${X}(tp)
  csrw  sstatus, t1
  csrw  sepc, t2
  csrw  sscratch, tp
  ${releaseLate}
  ${loadList(CHANGED)}
  ${loadList(MESSAGE)}
  ld    x4, ${X + 8 * 4}(tp)
  ${inRegisters()}
  sret

  // a6: thread to resume, a0: its a0
2:${saveList(KEPT)}
  mv    tp, a6
  ${inThread()}
  ld    t0, ${offsetof<Tcb>("satp")}(tp)
  ld    t1, ${offsetof<Tcb>("sstatus")}(tp)
  ld    t2, ${X}(tp)
  csrw  satp, t0
  csrw  sstatus, t1
  csrw  sepc, t2
  csrw  sscratch, tp
  ${release}
  ${loadList(CHANGED)}
  ${loadList(KEPT)}
  ld    x4, ${X + 8 * 4}(tp)
  ${inRegisters()}
  sret`;

/// On a machine with one hart.
export function trapEntry(): never {
  return naked({ section: ".text.trap", align: 4, symbol: "trap_entry" })`${entry("", "", "", "", enterThread, "")}`;
}

/// On a machine with several.
export function lockedTrapEntry(): never {
  return naked({ section: ".text.trap", align: 4, symbol: "locked_trap_entry" })`${entry(lockAtSyscall(), lockAtTrap(), release(), releaseLate(), lockedEnterThread, awaitTurn())}`;
}

const SERVING = offsetof<KernelLock>("serving");

// t2: TICKET_STEP. From here to the end of the fast path, t5 has the lock and t6 the ticket.
const draw = () => `
  ld    t5, ${offsetof<Tcb>("lock")}(tp)
  amoadd.w.aq t6, t2, (t5)
  lw    t4, ${SERVING}(t5)
  bne   t6, t4, 8f
  fence r, rw`;
const lockAtSyscall = () => `
  ${draw()}
9:`;
const lockAtTrap = () => `
  li    t2, ${TICKET_STEP}
  ${draw()}
0:`;
// While it waits the thread is all in memory, as if it had not trapped: another hart may take it.
const awaitTurn = () => `
  .cfi_register ${PC}, sepc
  ${sameRules(MESSAGE)}
8:sd    t1, ${X}(tp)
  ${saveList(KEPT)}
  ${saveList(MESSAGE)}
  .cfi_offset ${PC}, 0
  ${savedRules(MESSAGE)}
  ld    gp, ${offsetof<Tcb>("hart")}(tp)
  mv    sp, gp
  mv    a0, t6
  call  ${waitForLock}
  beqz  a0, 1f
  ld    t0, ${offsetof<Tcb>("satp")}(tp)
  csrw  satp, t0
  csrr  t2, scause
  addi  t2, t2, -${ECALL_FROM_USER}
  bnez  t2, 0b
  ${loadList(MESSAGE)}
  ld    t1, ${X}(tp)
  ld    t5, ${offsetof<Tcb>("lock")}(tp)
  lw    t6, ${SERVING}(t5)
  j     9b
1:call  ${switchThread}
  j     ${lockedEnterThread}`;
const release = () => `
  addi  t6, t6, ${TICKET_STEP}
  fence rw, w
  sw    t6, ${SERVING}(t5)`;
const releaseLate = () => `
  ld    t5, ${offsetof<Tcb>("lock")}(tp)
  lw    t6, ${SERVING}(t5)
  ${release()}`;

@align(16)
class Panic {
  stack: Arr<u64, 128>;
  /// Not 0: a hart has failed, and the first one speaks.
  begun: u64;
}
const panicking = zeroed<Panic>();

/// Only a failed check or a bug traps here: reports and stops.
export function kernelTrap(): never {
  return naked({ section: ".text.cold" })`
  .cfi_signal_frame
  .cfi_return_column ${PC}
  .cfi_register ${PC}, sepc
  .cfi_register tp, sscratch
  mv    s0, sp                      // so that a debugger finds the stack of what failed
  .cfi_def_cfa s0, 0
  .cfi_register sp, s0
  .cfi_undefined s0
  ${undefinedRules([6, 10, 11, 12])}
  la    sp, ${ref(panicking)}
  addi  sp, sp, ${offsetof<Panic>("begun")}
  li    t1, 1
  amoswap.d t1, t1, (sp)
  bnez  t1, 1f
  csrr  a0, scause
  csrr  a1, sepc
  csrr  a2, stval
  call  ${reportPanic}
1:wfi
  j     1b`;
}

/// Restores all registers of the thread in a0; 0: waits until one can run. All of the last thread's are saved.
export function enterThread(): never {
  return naked({ section: ".text.trap" })`${restore("")}`;
}

export function lockedEnterThread(): never {
  return naked({ section: ".text.trap" })`${restore(releaseLate())}`;
}

// Until the thread is known there is no caller.
const restore = (release: string) => `
  .cfi_signal_frame
  .cfi_return_column ${PC}
  .cfi_undefined ${PC}
  bnez  a0, 1f
  call  ${waitForThread}
1:mv    tp, a0
  ${inThread()}
  ${savedRules(MESSAGE)}
  ld    t0, ${offsetof<Tcb>("satp")}(tp)
  ld    t1, ${offsetof<Tcb>("sstatus")}(tp)
  ld    t2, ${X}(tp)
  csrw  satp, t0
  csrw  sstatus, t1
  csrw  sepc, t2
  csrw  sscratch, tp
  ${release}
  ${loadList(CHANGED)}
  ${loadList(KEPT)}
  ${loadList(MESSAGE)}
  ld    x4, ${X + 8 * 4}(tp)
  ${inRegisters()}
  sret`;
