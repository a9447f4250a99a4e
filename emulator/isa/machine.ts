// Machine: what an instruction may do, apart from arithmetic.
//
// Each engine implements this interface once, and every row then runs in it.
// The contract that makes exits precise: an instruction does whatever may
// fail (translation, `raise`) before it writes anything, so an engine can
// leave at any such point with the pc of this instruction and no effect done.

import type { FloatFunction } from "./float-functions.js";
import type { QuickFunction } from "./quick-functions.js";
import type { F32, F64, I32, I64, Value } from "./value.js";

/// Why an engine left guest code. Below 64 it is the privileged spec's
/// exception code; from 64 on it is a request to the code around the engine.
export const Cause = {
  /// Of the target of a jump, where instructions are four bytes.
  instructionMisaligned: 0,
  fetchAccess: 1,
  illegalInstruction: 2,
  breakpoint: 3,
  loadMisaligned: 4,
  loadAccess: 5,
  storeMisaligned: 6,
  storeAccess: 7,
  /// From U-mode; the other modes' are this plus the mode's number.
  environmentCall: 8,
  fetchPageFault: 12,
  loadPageFault: 13,
  storePageFault: 15,
  /// The instruction budget is used up.
  budget: 64,
  /// Nothing is decoded at the target of a jump, or at the pc.
  fetchMiss: 65,
  undecoded: 66,
  /// The data TLB has no entry that allows the access.
  loadMiss: 67,
  storeMiss: 68,
  /// A row that TypeScript performs (`hosted`).
  host: 69,
  /// mstatus.FS is off, or has to become dirty, or frm holds no rounding mode.
  floatState: 71,
  /// A 4-byte instruction lies in two pages.
  crossing: 72,
  /// Compiled code begins here; of compiled code, that it does not.
  compiled: 73,
} as const;
export type Cause = (typeof Cause)[keyof typeof Cause];

export type LoadKind = "s8" | "u8" | "s16" | "u16" | "s32" | "u32" | "u64";
export type StoreKind = "8" | "16" | "32" | "64";
export type StateField = "reservation" | "blockControl";

/// How a result may be wrong besides being rounded: sums below the normal numbers are exact, products may have underflowed.
export type ResultKind = "sum" | "product";

/// A call of a float function. Flags are set, so it counts as a write, but it may come before an exit that is taken instead.
export interface ExactCall {
  readonly name: FloatFunction;
  readonly operands: readonly (F32 | F64 | I64)[];
  /// A rounding mode; the functions that round nothing ignore it.
  readonly rm: I64;
}

export type ValueClass<V extends Value> = abstract new (...parameters: never) => V;

export interface Destination<V extends Value> {
  set(value: V): void;
}

export interface Machine {
  /// The address of this instruction, and of the one after it.
  readonly pc: I64;
  readonly nextPc: I64;

  /// Evaluates now, once, and gives the result a name.
  let<V extends Value>(value: V): V;
  load(kind: LoadKind, vaddr: I64): I64;
  store(kind: StoreKind, vaddr: I64, value: I64): void;
  /// Stores where the condition holds, else leaves memory alone and cannot fail.
  storeWhere(condition: I32, kind: StoreKind, vaddr: I64, value: I64): void;
  /// Reads, changes and writes one place under one translation; the old value is the result.
  update(kind: "s32" | "u64", vaddr: I64, change: (old: I64) => I64): I64;
  /// Makes a cache block zero, and asks whether one may be managed; the address is the block's.
  zeroBlock(vaddr: I64): void;
  touchBlock(vaddr: I64): void;
  /// Goes to pc + offset: always, or where the condition holds. Last thing in a row.
  goto(offset: I64): void;
  branch(condition: I32, offset: I64): void;
  /// Goes to a computed address. Last thing in a row.
  jump(target: I64): void;
  /// Leaves without effect. Conditional, where a condition is given; `detail` is the trap value.
  raise(cause: Cause, condition?: I32, detail?: I64): void;
  /// The CSR that the instruction names, in rows that run where it is nothing but storage.
  readCsr(): I64;
  writeCsr(value: I64): void;
  /// A result of host arithmetic where it is the guest's (cpu/float/limits.ts), else the exact one.
  rounded<V extends F32 | F64>(kind: ResultKind, value: V, exact: ExactCall): V;
  /// A value, or where the condition holds, the exact one.
  unless<V extends F32 | F64 | I64>(condition: I32, value: V, exact: ExactCall): V;
  exact<V extends F32 | F64 | I64>(like: ValueClass<V>, call: ExactCall): V;
  /// Whether rounding cannot show but in the result: the dynamic mode is to nearest even, and inexact is set.
  roundsToNearest(): I32;
  /// Has a quick function do the instruction; where it did, the hart goes on at State.pc. The row goes on where it declined.
  attempt(name: QuickFunction, operands: readonly I64[], retires: boolean): void;
  /// Writes the CSR that the instruction names by a quick function, and does `then` where it did; else leaves.
  attemptCsr(value: I64, then: () => void): void;
  /// Hart state that is not a register.
  getState(field: StateField): I64;
  setState(field: StateField, value: I64): void;
}
