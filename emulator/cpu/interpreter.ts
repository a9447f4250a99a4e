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

import { Cause } from "../isa/machine.js";
import { operandKinds, type OperandName, type OperandValues } from "../isa/operand.js";
import type { Row } from "../isa/row.js";
import { F64, I32, I64, Op, type Value, ValueType } from "../isa/value.js";
import { Code, type Label, Locals, localI32, localI64 } from "../wasm/code.js";
import { encodeModule } from "../wasm/module.js";
import { PAGE, State, Tlb, memoryPages } from "./layout.js";
import { RECORD_SHIFT, recordField } from "./record.js";
import { tlbEntry, WasmMachine } from "./wasm-machine.js";

/// One instruction of a handler.
export interface Step {
  readonly row: Row;
  readonly length: number;
  /// The target, if there is one, is in the same page.
  readonly near: boolean;
}

/// Handlers that are no row's. `undecoded` is zero: an empty page is undecoded.
export const SpecialHandler = { undecoded: 0, pageEnd: 1, illegal: 2, host: 3, count: 4 } as const;

export function emitInterpreter(handlers: readonly (readonly Step[])[]): Uint8Array<ArrayBuffer> {
  const code = new Code();
  const locals = new Locals([]);
  const loop = openFrame(code, locals);
  const targets = Array.from({ length: SpecialHandler.count + handlers.length }, () => code.block()).reverse();
  code.brTable(I32.load16U(loop.record, 0), targets);

  const emitHandler = (body: () => void) => {
    code.end();
    body();
    code.br(loop.next);
    locals.releaseTemporaries();
  };
  emitHandler(() => loop.leaveAtRecord(Cause.undecoded));
  emitHandler(() => loop.enter(loop.pcOfRecord(), 0));
  emitHandler(() => loop.leaveAtRecord(Cause.illegalInstruction));
  emitHandler(() => loop.leaveAtRecord(Cause.host));
  for (const steps of handlers) emitHandler(() => emitSteps(code, locals, loop, steps));

  closeFrame(code, loop);
  return encodeModule([{ name: "run", locals, results: [ValueType.i32], code }], { memoryPages });
}

function emitSteps(code: Code, locals: Locals, loop: Loop, steps: readonly Step[]): void {
  let bytes = 0;
  steps.forEach((step, index) => {
    if (!("semantics" in step.row.meaning)) throw new Error(`${step.row.mnemonic} has no semantics`);
    const machine = new InterpreterMachine(code, locals, loop, step, bytes << RECORD_SHIFT, index);
    step.row.meaning.semantics(machine.operands, machine);
    bytes += step.length;
  });
  code.set(loop.record.immediate, loop.record.add(bytes << RECORD_SHIFT));
  code.set(loop.budget.immediate, loop.budget.sub(steps.length));
}

/// The variables of the loop, and the ways out of it.
interface Loop {
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
}

function openFrame(code: Code, locals: Locals): Loop {
  const record = localI32(locals.add(ValueType.i32));
  const budget = localI32(locals.add(ValueType.i32));
  const bias = localI64(locals.add(ValueType.i64));
  const cause = localI32(locals.add(ValueType.i32));
  const pc = localI64(locals.add(ValueType.i64));
  const entry = localI32(locals.add(ValueType.i32));
  const x = localI64(locals.add(ValueType.i64));

  const exit = code.block();
  const exitAtRecord = code.block();
  const leaveAtRecord = (why: Cause) => {
    code.set(cause.immediate, I32.of(why));
    code.br(exitAtRecord);
  };
  const enter = (target: I64, done: number) => {
    code.set(pc.immediate, target);
    code.set(entry.immediate, tlbEntry(pc));
    code.set(x.immediate, pc.xor(I64.load(entry, Tlb.fetch)));
    code.if(x.gtU(PAGE - 2));
    code.set(cause.immediate, I32.of(Cause.fetchMiss));
    code.set(budget.immediate, budget.sub(done));
    code.br(exit);
    code.end();
    code.set(record.immediate, I32.load(entry, Tlb.fetch + 8).add(x.wrap().shl(RECORD_SHIFT)));
    code.set(bias.immediate, pc.sub(record.shrU(RECORD_SHIFT).extendU()));
  };

  code.set(budget.immediate, I32.load(I32.of(0), State.budget));
  enter(I64.load(I32.of(0), State.pc), 0);
  const next = code.loop();
  const pcOfRecord = () => bias.add(record.shrU(RECORD_SHIFT).extendU());
  return { record, budget, bias, cause, pc, next, exit, exitAtRecord, pcOfRecord, leaveAtRecord, enter };
}

function closeFrame(code: Code, loop: Loop): void {
  code.end();
  code.unreachable();
  code.end();
  code.set(loop.pc.immediate, loop.pcOfRecord());
  code.end();
  code.store(Op.i64Store, I32.of(0), State.pc, loop.pc);
  code.store(Op.i32Store, I32.of(0), State.budget, loop.budget);
  code.store(Op.i32Store, I32.of(0), State.record, loop.record);
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
    super(code, locals);
    this.operands = Object.fromEntries(step.row.pattern.fields.map(({ name }) => [name, this.#operand(name)])) as unknown as OperandValues;
  }

  override get pc() { return this.loop.bias.add(this.#recordPlus(0).shrU(RECORD_SHIFT).extendU()); }
  override get nextPc() { return this.loop.bias.add(this.#recordPlus(this.step.length << RECORD_SHIFT).shrU(RECORD_SHIFT).extendU()); }

  override goto(offset: I64): void {
    if (!this.step.near) return this.jump(this.pc.add(offset));
    this.code.set(this.loop.record.immediate, this.#recordPlus(0).add(offset.wrap().shl(RECORD_SHIFT)));
    this.#retire();
    this.#continue();
  }

  override jump(target: I64): void {
    // Counting comes after, since V8 then keeps the budget in a register: 1.13 times as fast.
    this.loop.enter(target, this.done + 1);
    this.#retire();
    this.#continue();
  }

  protected override leave(cause: Cause, detail?: I64): void {
    const { code, loop } = this;
    if (detail) code.store(Op.i64Store, I32.of(0), State.detail, detail);
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

  /// Goes on at the record, unless the budget is used up.
  #continue(): void {
    const { code, loop } = this;
    code.brIf(loop.next, loop.budget.ltS(0).eqz());
    loop.leaveAtRecord(Cause.budget);
  }

  #recordPlus(bytes: number): I32 { return this.loop.record.add(this.offset + bytes); }

  #operand(name: OperandName): Value | { set(value: Value): void } {
    const { record } = this.loop;
    const at = this.offset + recordField(name);
    const register = I32.load16U(record, at);
    if (name === "rd") return { set: (value) => this.code.store(Op.i64Store, register, 0, value) };
    if (name === "frd") return { set: (value) => this.code.store(Op.f64Store, register, 0, value) };
    const { file } = operandKinds[name];
    if (file === "x") return I64.load(register, 0);
    return file === "f" ? F64.load(register, 0) : I64.load32S(record, at);
  }
}
