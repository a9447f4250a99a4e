// What every engine's machine has in common: memory access through the inline
// TLB, temporaries, atomics. They differ in where operands come from, how
// control moves, and how code leaves.

import { floatSignature } from "../isa/float-functions.js";
import { effectsOf } from "../isa/flow.js";
import { Cause, type ExactCall, type LoadKind, type Machine, type ResultKind, type StateField, type StoreKind, type ValueClass } from "../isa/machine.js";
import { operandKinds } from "../isa/operand.js";
import type { QuickFunction } from "../isa/quick-functions.js";
import type { Row } from "../isa/row.js";
import { callOf, F32, F64, I32, I64, Op, type Value } from "../isa/value.js";
import { CACHE_BLOCK } from "../isa/zi.js";
import { type Code, type Label, type Locals, localLike } from "../wasm/code.js";
import { TWO_EXPONENTS_D, TWO_EXPONENTS_S } from "./float/limits.js";
import { ATOMIC, BLOCK, PAGE, State, Tlb } from "./layout.js";
import { floatNumber, quickNumber } from "./units.js";

const loads: Record<LoadKind, { opcode: number; size: number }> = {
  s8: { opcode: Op.i64Load8S, size: 1 }, u8: { opcode: Op.i64Load8U, size: 1 },
  s16: { opcode: Op.i64Load16S, size: 2 }, u16: { opcode: Op.i64Load16U, size: 2 },
  s32: { opcode: Op.i64Load32S, size: 4 }, u32: { opcode: Op.i64Load32U, size: 4 },
  u64: { opcode: Op.i64Load, size: 8 },
};
const stores: Record<StoreKind, { opcode: number; size: number }> = {
  "8": { opcode: Op.i64Store8, size: 1 }, "16": { opcode: Op.i64Store16, size: 2 },
  "32": { opcode: Op.i64Store32, size: 4 }, "64": { opcode: Op.i64Store, size: 8 },
};

const NOWHERE = I32.of(0);

export abstract class WasmMachine implements Machine {
  abstract get pc(): I64;
  abstract get nextPc(): I64;
  abstract goto(offset: I64): void;
  abstract jump(target: I64): void;
  abstract readCsr(): I64;
  abstract writeCsr(value: I64): void;
  abstract attempt(name: QuickFunction, operands: readonly I64[], retires: boolean): void;
  abstract attemptCsr(value: I64, then: () => void): void;
  /// Leaves from before this instruction. `detail` is the address that missed, if any.
  protected abstract leave(cause: Cause, detail?: I64): void;
  /// The TLB set in use.
  protected abstract readonly tlb: I32;
  /// What the address of the hart's state is counted from.
  protected get base(): I32 { return NOWHERE; }

  constructor(
    protected readonly code: Code,
    protected readonly locals: Locals,
    /// Where the hart's state lies, from `base` on.
    protected readonly state: number,
  ) {}

  let<V extends Value>(value: V): V {
    const local = this.locals.temporary(value.type);
    this.code.set(local, value);
    return localLike(value, local);
  }

  load(kind: LoadKind, vaddr: I64): I64 {
    const { opcode, size } = loads[kind];
    return new I64(opcode, [this.translate("load", size, vaddr)]);
  }

  store(kind: StoreKind, vaddr: I64, value: I64): void {
    const { opcode, size } = stores[kind];
    const address = this.translate("store", size, vaddr);
    // A float that was only made into bits to be stored is stored as it is.
    if (kind === "64" && value.opcode === Op.i64ReinterpretF64) this.code.store(Op.f64Store, address, 0, value.inputs[0] as F64);
    else this.code.store(opcode, address, 0, value);
  }

  storeWhere(condition: I32, kind: StoreKind, vaddr: I64, value: I64): void {
    this.code.if(condition);
    const { opcode, size } = stores[kind];
    this.code.store(opcode, this.translate("store", size, vaddr, ATOMIC), 0, value);
    this.code.end();
  }

  update(kind: "s32" | "u64", vaddr: I64, change: (old: I64) => I64): I64 {
    const { opcode, size } = loads[kind];
    const address = this.let(this.translate("store", size, vaddr, ATOMIC));
    const old = this.let(new I64(opcode, [address]));
    this.code.store(kind === "u64" ? Op.i64Store : Op.i64Store32, address, 0, change(old));
    return old;
  }

  zeroBlock(vaddr: I64): void {
    const address = this.let(this.translate("store", CACHE_BLOCK, vaddr));
    for (let offset = 0; offset < CACHE_BLOCK; offset += 8) this.code.store(Op.i64Store, address, offset, I64.of(0));
  }

  touchBlock(vaddr: I64): void { this.lookUp("load", CACHE_BLOCK, vaddr, BLOCK); }

  branch(condition: I32, offset: I64): void {
    this.code.if(condition);
    this.goto(offset);
    this.code.end();
  }

  raise(cause: Cause, condition?: I32, detail: I64 = I64.of(0)): void {
    if (condition) this.code.if(condition);
    this.leave(cause, detail);
    if (condition) this.code.end();
  }

  rounded<V extends F32 | F64>(kind: ResultKind, value: V, exact: ExactCall): V {
    const { rm } = exact;
    if (rm.constant !== undefined && !maybeNearest(rm.constant)) return this.exact((value instanceof F32 ? F32 : F64) as unknown as ValueClass<V>, exact);
    const result = this.let(value);
    const isUnusual = result instanceof F32
      ? result.bits().shl(1).sub(kind === "product" ? TWO_EXPONENTS_S : 0).geU(this.floatLimitS)
      : result.bits().shl(1).sub(kind === "product" ? TWO_EXPONENTS_D : 0).geU(this.floatLimitD);
    this.#replace(rm.constant === undefined ? isUnusual.or(rm.wrap().add(1).and(6)) : isUnusual, result, exact);
    return result;
  }

  unless<V extends F32 | F64 | I64>(condition: I32, value: V, exact: ExactCall): V {
    const result = this.let(value);
    this.#replace(condition, result, exact);
    return result;
  }

  exact<V extends F32 | F64 | I64>(like: ValueClass<V>, exact: ExactCall): V {
    const result = this.let(this.#call(like, exact));
    this.flagsChanged();
    return result;
  }

  roundsToNearest(): I32 { return this.floatLimitD.ne(0); }

  /// float/limits.ts.
  protected get floatLimitS(): I32 { return I32.load(this.base, this.state + State.floatLimitS); }
  protected get floatLimitD(): I64 { return I64.load(this.base, this.state + State.floatLimitD); }
  /// A float function was called, so the limits may be others.
  protected flagsChanged(): void {}

  #replace<V extends F32 | F64 | I64>(condition: I32, variable: V, exact: ExactCall): void {
    this.code.if(condition);
    this.code.set(variable.immediate, this.#call(variable.constructor as unknown as ValueClass<V>, exact));
    this.flagsChanged();
    this.code.end();
  }

  #call<V extends F32 | F64 | I64>(like: ValueClass<V>, { name, operands, rm }: ExactCall): V {
    const inputs = [...operands.map((operand) => (operand instanceof I64 ? operand : operand.bits())), rm.wrap(), this.base.add(this.state)];
    const number = floatNumber(name);
    const value = floatSignature(name).result === "s" ? callOf(I32, number, inputs).asF32() : callOf(I64, number, inputs);
    return ((like as unknown) === F64 ? (value as I64).asF64() : value) as V;
  }

  getState(field: StateField): I64 {
    return I64.load(this.base, this.state + State[field]);
  }
  setState(field: StateField, value: I64): void {
    this.code.store(Op.i64Store, this.base, this.state + State[field], value);
  }

  /// The address in WebAssembly memory of a guest address. One comparison finds
  /// a wrong page and an access that crosses the page's end:
  ///
  ///     x = vaddr ^ tag     the offset in the page, where the page is right
  ///     x > 4096 - size     leave; the slow path fills the TLB or faults
  protected translate(access: "load" | "store", size: number, vaddr: I64, flags = 0): I32 {
    const { entry, x } = this.lookUp(access, size, this.let(vaddr), flags);
    return I32.load(entry, Tlb[access] + 8).add(x.wrap());
  }

  /// Leaves where the TLB does not allow the access.
  protected lookUp(access: "load" | "store", size: number, vaddr: I64, flags: number): { entry: I32; x: I64 } {
    const entry = this.let(tlbEntry(this.tlb, vaddr));
    const x = this.let(vaddr.xor(I64.load(entry, Tlb[access])));
    const found = this.code.if(x.gtU(PAGE - size));
    this.findTranslation(access, size, vaddr, x, found);
    this.code.store(Op.i32Store, this.base, this.state + State.access, I32.of(size | flags));
    this.leave(access === "load" ? Cause.loadMiss : Cause.storeMiss, vaddr);
    this.code.end();
    return { entry, x };
  }

  /// The TLB has no entry: an engine may look for the translation, and goes on at `found` with the offset where there is one.
  protected findTranslation(_access: "load" | "store", _size: number, _vaddr: I64, _offset: I64, _found: Label): void {}
}

/// Whether a mode may be round to nearest even: it is, or it is the dynamic one.
function maybeNearest(mode: number): boolean { return ((mode + 1) & 6) === 0; }

/// What a row needs of mstatus.FS: that it is not off, or that it is dirty.
export type FloatUse = "none" | "on" | "dirty";
export function floatUse(row: Row): FloatUse {
  const { fields } = row.pattern;
  if (fields.some(({ name }) => name === "frd") || effectsOf(row).flags) return "dirty";
  return fields.some(({ name }) => operandKinds[name].file === "f") ? "on" : "none";
}

/// The offset in the page once the TLB has an entry, or what is no offset.
export function walk(vaddr: I64, access: "load" | "store" | "fetch", size: number, state: I32): I64 {
  return callOf(I64, quickNumber("walk"), [vaddr, I64.of(Tlb[access]), I64.of(size), state]);
}

/// The entry for an address, in the first TLB of a set: bits 12 to 21, times sixteen.
export function tlbEntry(set: I32, vaddr: I64): I32 {
  return vaddr.wrap().shrU(8).and(Tlb.mask).add(set);
}
