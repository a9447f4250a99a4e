// The interpreter: one WebAssembly function, made from the table.
//
//     loop
//       br_table on the record's handler      one block for each handler
//       handler: the row's semantics, then on to the next record
//     end
//
// A handler is a row at one length, so that the step to the next record is a
// constant; for rows with an offset also at one reach: near targets lie in the
// same page, where a jump is an addition. A handler may be two rows in a
// sequence (see fusion.ts), which saves a dispatch. The second keeps a handler
// of its own, so a jump between the two is no special case.
//
// There are two such functions. `run` asks whether its budget is used up only
// where it jumps or the page ends, so it may overrun by a page of instructions
// (SLACK). `runExactly` asks after each instruction and fuses nothing: it ends
// a run at the very instruction. Both are made for one hart, whose state lies
// at a fixed place; records are the same for all.

import { Cause } from "../isa/machine.js";
import { operandKinds, type OperandName, type OperandValues } from "../isa/operand.js";
import type { Inline, Row, Semantics } from "../isa/row.js";
import { Quick, type QuickFunction, quickCsrs } from "../isa/quick-functions.js";
import { callOf, F64, I32, I64, Op, type Value, ValueType } from "../isa/value.js";
import { Code, type Label, Locals, localI32, localI64 } from "../wasm/code.js";
import { encodeModule } from "../wasm/module.js";
import { PAGE, State, Tlb } from "./layout.js";
import { RECORD_SHIFT, RecordField, recordField } from "./record.js";
import { FloatState } from "./status.js";
import { importedFunctions, quickNumber, Uses } from "./units.js";
import { floatUse, tlbEntry, walk, WasmMachine } from "./wasm-machine.js";

/// One instruction of a handler.
export interface Step {
  readonly row: Row;
  readonly length: number;
  /// The target, if there is one, is in the same page.
  readonly near: boolean;
  /// The row's inline meaning, where a CSR row has one for this CSR.
  readonly inline?: keyof Inline;
  /// The CSR, where its quick function is the meaning.
  readonly csr?: string;
}

/// Handlers that are no row's. `undecoded` is zero: an empty page is undecoded.
/// `compiled` stands in for another, which the record keeps (RecordField.covered).
export const SpecialHandler = { undecoded: 0, pageEnd: 1, illegal: 2, host: 3, crossing: 4, compiled: 5, count: 6 } as const;

/// How many instructions `run` may do beyond its budget: the most that a page holds, and those of its last handler.
export const SLACK = 2048 + 4;

/// A module for the hart whose state lies at this address.
export function emitInterpreter(handlers: readonly (readonly Step[])[], state: number): Uint8Array<ArrayBuffer> {
  return encodeModule([emitLoop("run", handlers, state), emitLoop("runExactly", handlers, state)], { functions: importedFunctions(Uses.float) });
}

function emitLoop(name: "run" | "runExactly", handlers: readonly (readonly Step[])[], state: number) {
  const exact = name === "runExactly";
  const code = new Code();
  // The one parameter is the record to begin with, or zero to find the pc's.
  const locals = new Locals([ValueType.i32]);
  const loop = openFrame(code, locals, state);
  const targets = Array.from({ length: SpecialHandler.count + handlers.length }, () => code.block()).reverse();
  code.brTable(I32.load16U(loop.record, RecordField.handler), targets);

  const emitHandler = (body: () => void) => {
    code.end();
    body();
    if (exact) loop.goOnWithin();
    else code.br(loop.next);
    locals.releaseTemporaries();
  };
  emitHandler(() => loop.leaveAtRecord(Cause.undecoded));
  emitHandler(() => {
    loop.enter(loop.pcOfRecord(), 0);
    loop.goOnWithin();
  });
  emitHandler(() => loop.leaveAtRecord(Cause.illegalInstruction));
  emitHandler(() => loop.leaveAtRecord(Cause.host));
  emitHandler(() => loop.leaveAtRecord(Cause.crossing));
  emitHandler(() => {
    // `runExactly` is there to do what compiled code could not. What a breakpoint covers may be no row's.
    if (exact) {
      code.set(loop.cause.immediate, I32.of(Cause.compiled));
      code.brTable(I32.load16U(loop.record, RecordField.covered), targets.map((target, number) => (number < SpecialHandler.count ? loop.exitAtRecord : target)));
    } else loop.leaveAtRecord(Cause.compiled);
  });
  for (const steps of handlers) emitHandler(() => emitSteps(code, locals, loop, exact ? steps.slice(0, 1) : steps));

  closeFrame(code, loop);
  return { name, locals, results: [ValueType.i32], code };
}

function emitSteps(code: Code, locals: Locals, loop: Loop, steps: readonly Step[]): void {
  let bytes = 0;
  steps.forEach((step, index) => {
    const machine = new InterpreterMachine(code, locals, loop, step, bytes << RECORD_SHIFT, index);
    machine.requireFloatState();
    semanticsOf(step)(machine.operands, machine);
    bytes += step.length;
  });
  code.set(loop.record.immediate, loop.record.add(bytes << RECORD_SHIFT));
  code.set(loop.budget.immediate, loop.budget.sub(steps.length));
}

function semanticsOf({ row, inline }: Step): Semantics {
  if ("semantics" in row.meaning) return row.meaning.semantics;
  const semantics = inline && "perform" in row.meaning ? row.meaning.inline?.[inline] : undefined;
  if (semantics) return semantics;
  throw new Error(`${row.mnemonic} has no semantics`);
}

/// The variables of the loop, and the ways out of it.
interface Loop {
  /// Where the hart's state lies.
  readonly state: number;
  readonly tlb: I32;
  readonly record: I32;
  readonly budget: I32;
  /// pc = bias + record / 8, everywhere in a page.
  readonly bias: I64;
  readonly cause: I32;
  readonly pc: I64;
  readonly next: Label;
  readonly exit: Label;
  readonly exitAtRecord: Label;
  pcOfRecord(): I64;
  leaveAtRecord(cause: Cause): void;
  /// Finds the record of an address through the fetch TLB. Where it misses, so many instructions are done.
  enter(pc: I64, done: number): void;
  /// Goes on at the record, unless the budget is used up.
  goOnWithin(): void;
}

function openFrame(code: Code, locals: Locals, state: number): Loop {
  const start = localI32(0);
  const record = localI32(locals.add(ValueType.i32));
  const budget = localI32(locals.add(ValueType.i32));
  const tlb = localI32(locals.add(ValueType.i32));
  const bias = localI64(locals.add(ValueType.i64));
  const cause = localI32(locals.add(ValueType.i32));
  const pc = localI64(locals.add(ValueType.i64));
  const entry = localI32(locals.add(ValueType.i32));
  const x = localI64(locals.add(ValueType.i64));
  const nowhere = I32.of(0);

  const exit = code.block();
  const exitAtRecord = code.block();
  const leaveAtRecord = (why: Cause) => {
    code.set(cause.immediate, I32.of(why));
    code.br(exitAtRecord);
  };
  const biasOf = (address: I64) => address.sub(record.shrU(RECORD_SHIFT).extendU());
  const enter = (target: I64, done: number) => {
    code.set(pc.immediate, target);
    code.set(entry.immediate, tlbEntry(tlb, pc));
    code.set(x.immediate, pc.xor(I64.load(entry, Tlb.fetch)));
    code.if(x.gtU(PAGE - 2));
    code.set(x.immediate, walk(pc, "fetch", 2, I32.of(state)));
    code.if(x.gtU(PAGE - 2));
    code.set(cause.immediate, I32.of(Cause.fetchMiss));
    code.set(budget.immediate, budget.sub(done));
    code.br(exit);
    code.end();
    code.end();
    code.set(record.immediate, I32.load(entry, Tlb.fetch + 8).add(x.wrap().shl(RECORD_SHIFT)));
    code.set(bias.immediate, biasOf(pc));
  };

  code.set(budget.immediate, I32.load(nowhere, state + State.budget));
  code.set(tlb.immediate, I32.load(nowhere, state + State.tlb));
  code.if(start.eqz());
  enter(I64.load(nowhere, state + State.pc), 0);
  code.set(start.immediate, record);
  code.end();
  code.set(record.immediate, start);
  code.set(bias.immediate, biasOf(I64.load(nowhere, state + State.pc)));
  const next = code.loop();
  const pcOfRecord = () => bias.add(record.shrU(RECORD_SHIFT).extendU());
  const goOnWithin = () => {
    code.brIf(next, budget.ltS(1).eqz());
    leaveAtRecord(Cause.budget);
  };
  return { state, tlb, record, budget, bias, cause, pc, next, exit, exitAtRecord, pcOfRecord, leaveAtRecord, enter, goOnWithin };
}

function closeFrame(code: Code, loop: Loop): void {
  code.end();
  code.unreachable();
  code.end();
  code.set(loop.pc.immediate, loop.pcOfRecord());
  code.end();
  code.store(Op.i64Store, I32.of(0), loop.state + State.pc, loop.pc);
  code.store(Op.i32Store, I32.of(0), loop.state + State.budget, loop.budget);
  code.store(Op.i32Store, I32.of(0), loop.state + State.record, loop.record);
  code.value(loop.cause);
}

/// A step of a handler: operands come from the record `offset` bytes after the current one.
class InterpreterMachine extends WasmMachine {
  readonly operands: OperandValues;

  constructor(
    code: Code,
    locals: Locals,
    private readonly loop: Loop,
    private readonly step: Step,
    private readonly offset: number,
    /// Instructions of this handler that come before.
    private readonly done: number,
  ) {
    super(code, locals, loop.state);
    this.operands = Object.fromEntries(step.row.pattern.fields.map(({ name }) => [name, this.#operand(name)])) as unknown as OperandValues;
  }

  protected override get tlb() { return this.loop.tlb; }

  /// Leaves where a row has an FP operand and mstatus.FS is off, or has to become dirty.
  requireFloatState(): void {
    const use = floatUse(this.step.row);
    const state = I32.load(I32.of(0), this.state + State.floatState);
    if (use !== "none") this.raise(Cause.floatState, use === "dirty" ? state.ne(FloatState.dirty) : state.eqz());
  }

  protected override findTranslation(access: "load" | "store", size: number, vaddr: I64, offset: I64, found: Label): void {
    const { code } = this;
    code.set(offset.immediate, walk(vaddr, access, size, I32.of(this.state)));
    code.brIf(found, offset.gtU(PAGE - size).eqz());
  }

  override readCsr(): I64 {
    const required = I32.load8U(this.loop.record, this.offset + RecordField.privilege);
    this.raise(Cause.host, I32.load(I32.of(0), this.state + State.privilege).ltU(required));
    return I64.load(this.#csr(), this.state);
  }
  override writeCsr(value: I64): void {
    const mask = I32.load8S(this.loop.record, this.offset + RecordField.csrMask).extendS();
    this.code.store(Op.i64Store, this.#csr(), this.state, value.and(mask));
  }

  override attempt(name: QuickFunction, operands: readonly I64[], retires: boolean): void {
    this.code.if(callOf(I32, quickNumber(name), [...operands, I32.of(this.state)]));
    this.#goOnElsewhere(this.done + Number(retires));
    this.code.end();
  }

  override attemptCsr(value: I64, then: () => void): void {
    const { code } = this;
    const name = quickCsrs[this.step.csr ?? ""] as QuickFunction;
    const outcome = this.let(callOf(I32, quickNumber(name), [value, this.nextPc, I32.of(this.state)]));
    this.raise(Cause.host, outcome.eqz());
    then();
    code.if(outcome.eq(Quick.elsewhere));
    this.#goOnElsewhere(this.done + 1);
    code.end();
  }

  #goOnElsewhere(done: number): void {
    const { code, loop } = this;
    code.set(loop.tlb.immediate, I32.load(I32.of(0), this.state + State.tlb));
    loop.enter(I64.load(I32.of(0), this.state + State.pc), done);
    code.set(loop.budget.immediate, loop.budget.sub(done));
    loop.goOnWithin();
  }

  override get pc() { return this.loop.bias.add(this.#recordPlus(0).shrU(RECORD_SHIFT).extendU()); }
  override get nextPc() { return this.loop.bias.add(this.#recordPlus(this.step.length << RECORD_SHIFT).shrU(RECORD_SHIFT).extendU()); }

  override goto(offset: I64): void {
    if (!this.step.near) return this.jump(this.pc.add(offset));
    this.code.set(this.loop.record.immediate, this.#recordPlus(0).add(offset.wrap().shl(RECORD_SHIFT)));
    this.#retire();
    this.loop.goOnWithin();
  }

  override jump(target: I64): void {
    // Counting comes after, since V8 then keeps the budget in a register: 1.13 times as fast.
    this.loop.enter(target, this.done + 1);
    this.#retire();
    this.loop.goOnWithin();
  }

  protected override leave(cause: Cause, detail?: I64): void {
    const { code, loop } = this;
    if (detail) code.store(Op.i64Store, I32.of(0), this.state + State.detail, detail);
    if (this.offset > 0) {
      code.set(loop.record.immediate, this.#recordPlus(0));
      code.set(loop.budget.immediate, loop.budget.sub(this.done));
    }
    loop.leaveAtRecord(cause);
  }

  /// Takes this instruction and those before it off the budget.
  #retire(): void {
    this.code.set(this.loop.budget.immediate, this.loop.budget.sub(this.done + 1));
  }

  #recordPlus(bytes: number): I32 { return this.loop.record.add(this.offset + bytes); }

  #csr(): I32 { return I32.load16U(this.loop.record, this.offset + RecordField.csr); }

  #operand(name: OperandName): Value | { set(value: Value): void } {
    const { record } = this.loop;
    const at = this.offset + recordField(name);
    const register = I32.load16U(record, at);
    if (name === "rd") return { set: (value) => this.code.store(Op.i64Store, register, this.state, value) };
    if (name === "frd") return { set: (value) => this.code.store(Op.f64Store, register, this.state, value) };
    const { file } = operandKinds[name];
    if (file === "x") return I64.load(register, this.state);
    return file === "f" ? F64.load(register, this.state) : I64.load32S(record, at);
  }
}
