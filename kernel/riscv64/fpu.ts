// Floating-point registers, switched when they are used (2.13): a thread that does not own them runs with sstatus.FS
// off, so its first floating-point instruction is illegal; the kernel then saves the owner's registers, loads this
// thread's and lets it try again. Who never computes with floats costs nothing, the fast path least of all.
//
// An instruction that is illegal all the same traps again, with FS on, and is a fault.
import { type Tcb, Fpu } from "../object/tcb.js";
import { hart } from "../hart.js";

const FS: u64 = 3 << 13;
const FS_INITIAL: u64 = 1 << 13;
// By their names: ft0 is f0, fs0 f8, fa0 f10, fs2 f18, ft8 f28.
const T = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const S = [0, 1] as const;
const A = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const S2 = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const;
const T2 = [8, 9, 10, 11] as const;
const FCSR = offsetof<Fpu>("fcsr");

/// Whether this hart has them: FS sticks only then.
export function hasFpu(): boolean {
  csr.sstatus.set(FS_INITIAL);
  const found = (csr.sstatus.read() & FS) !== 0;
  csr.sstatus.clear(FS);
  return found;
}

/// True where the thread has the registers now and did not before: what was illegal may not be any more.
export function takeFpu(t: Ptr<Tcb>): boolean {
  const h = hart();
  if (!h.hasFpu || (t.sstatus & FS) !== 0) return false;
  giveUpFpu();
  csr.sstatus.set(FS);
  loadFpu(ref(t.fpu));
  csr.sstatus.clear(FS);
  t.sstatus |= FS;
  h.fpuOwner = t;
  return true;
}

/// Their owner finds this hart's registers in memory.
export function giveUpFpu(): void {
  const h = hart(), owner = h.fpuOwner;
  if (owner === null) return;
  csr.sstatus.set(FS);
  saveFpu(ref(owner.fpu));
  csr.sstatus.clear(FS);
  owner.sstatus &= ~FS;
  h.fpuOwner = null;
}

/// The thread ends.
export function dropFpu(t: Ptr<Tcb>): void {
  if (t.hart.fpuOwner === t) t.hart.fpuOwner = null;
}

function saveFpu(_to: Ptr<Fpu>): void {
  return naked()`
  ${asm.list(T, (x) => `fsd ft${x}, ${8 * (x + 0)}(a0)`)}
  ${asm.list(S, (x) => `fsd fs${x}, ${8 * (x + 8)}(a0)`)}
  ${asm.list(A, (x) => `fsd fa${x}, ${8 * (x + 10)}(a0)`)}
  ${asm.list(S2, (x) => `fsd fs${x}, ${8 * (x + 16)}(a0)`)}
  ${asm.list(T2, (x) => `fsd ft${x}, ${8 * (x + 20)}(a0)`)}
  csrr  a1, fcsr
  sd    a1, ${FCSR}(a0)
  ret`;
}

function loadFpu(_from: Ptr<Fpu>): void {
  return naked()`
  ${asm.list(T, (x) => `fld ft${x}, ${8 * (x + 0)}(a0)`)}
  ${asm.list(S, (x) => `fld fs${x}, ${8 * (x + 8)}(a0)`)}
  ${asm.list(A, (x) => `fld fa${x}, ${8 * (x + 10)}(a0)`)}
  ${asm.list(S2, (x) => `fld fs${x}, ${8 * (x + 16)}(a0)`)}
  ${asm.list(T2, (x) => `fld ft${x}, ${8 * (x + 20)}(a0)`)}
  ld    a1, ${FCSR}(a0)
  csrw  fcsr, a1
  ret`;
}
