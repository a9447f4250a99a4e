// Translation: a region to one WebAssembly function, by the same rows that the
// interpreter is made of. Operands are constants, and guest registers are
// locals: loaded where the function begins, stored where it ends.
//
//     (func (param label) (result pc)
//       load registers and budget
//       block exit
//         loop top                 where computed jumps inside the region dispatch
//           structured blocks      each takes its instructions off the budget first
//         end
//       end
//       store registers and budget
//       pc)
//
// A pc is even, so the result's lowest bit can say something more: set, the
// instruction at pc itself could not run here (it missed the TLB, or is not
// for compiled code) and the interpreter has to go on from it.

import type { Cause } from "../isa/machine.js";
import { operandKinds, type OperandName, type OperandValues } from "../isa/operand.js";
import { F64, I32, I64, Op, type Value, ValueType } from "../isa/value.js";
import { Code, type Label, Locals, localF64, localI32, localI64 } from "../wasm/code.js";
import type { Function } from "../wasm/module.js";
import { State } from "../cpu/layout.js";
import { WasmMachine } from "../cpu/wasm-machine.js";
import type { Block, Instruction, Region } from "./region.js";
import { type Item, structure } from "./structure.js";

export interface Translation {
  readonly function: Function;
  /// The label that each entry is entered by.
  readonly labels: ReadonlyMap<number, number>;
}

/// Where the region's table of computed jumps goes, for `span` bytes of guest code from `low`. Entries are u16, label + 1.
export type PlaceTable = (low: number, span: number, labels: ReadonlyMap<number, number>) => number;

export function translateRegion(region: Region, name: string, placeTable: PlaceTable): Translation {
  const labels = new Map(region.entries.map((pc, index) => [pc, index]));
  const low = Math.min(...region.entries);
  const span = Math.max(...region.entries) - low;
  const table = region.entries.length > 1 ? { low, span, address: placeTable(low, span, labels) } : undefined;

  const locals = new Locals([ValueType.i32]);
  const body = new Translator(region, locals, labels, table);
  body.emitRegion();
  const code = new Code();
  body.emitProlog(code);
  code.append(body.emitted);
  body.emitEpilog(code);
  return { function: { name, locals, results: [ValueType.i64], code }, labels };
}

/// Somewhere a jump may go: the code that starts there, or the loop that does.
interface Scope {
  readonly label: Label;
  readonly heads: readonly number[];
  readonly isLoop: boolean;
}

interface GuestRegister {
  readonly local: number;
  readonly address: number;
  readonly float: boolean;
  written: boolean;
}

interface JumpTable {
  readonly low: number;
  readonly span: number;
  readonly address: number;
}

class Translator extends WasmMachine {
  readonly operands: OperandValues;
  readonly #label = localI32(0);
  readonly #exitPc: I64;
  readonly #budget: I32;
  readonly #registers = new Map<number, GuestRegister>();
  readonly #scopes: Scope[] = [];
  #exit = 0 as Label;
  #top: Label | undefined;
  /// The block that follows in the code, which needs no jump.
  #following: number | undefined;
  #instruction!: Instruction;
  /// Instructions of the block from this one on, which were taken off the budget already.
  #remaining = 0;

  constructor(
    private readonly region: Region,
    locals: Locals,
    /// Every head that is dispatched to has a label; entries come first.
    private readonly labels: Map<number, number>,
    private readonly table: JumpTable | undefined,
  ) {
    super(new Code(), locals);
    this.#exitPc = localI64(locals.add(ValueType.i64));
    this.#budget = localI32(locals.add(ValueType.i32));
    this.operands = this.#makeOperands();
  }

  get emitted(): Code { return this.code; }

  emitRegion(): void {
    const { code, region } = this;
    const hasComputedJump = this.table !== undefined && [...region.blocks.values()].some(({ successors }) => successors.length === 0);
    this.#exit = code.block();
    if (hasComputedJump) this.#top = code.loop();
    this.#emitSequence(structure(region.blocks, region.entries), region.entries);
    code.unreachable();
    if (hasComputedJump) code.end();
    code.end();
  }

  emitProlog(code: Code): void {
    for (const { local, address, float } of this.#registers.values()) code.set(local, float ? F64.load(I32.of(0), address) : I64.load(I32.of(0), address));
    code.set(this.#budget.immediate, I32.load(I32.of(0), State.budget));
  }

  emitEpilog(code: Code): void {
    for (const { local, address, float, written } of this.#registers.values()) {
      if (written) code.store(float ? Op.f64Store : Op.i64Store, I32.of(0), address, float ? localF64(local) : localI64(local));
    }
    code.store(Op.i32Store, I32.of(0), State.budget, this.#budget);
    code.value(this.#exitPc);
  }

  // Items in order, each inside the WebAssembly blocks of all later ones: to
  // end a block is to arrive at the item after it.
  #emitSequence(items: readonly Item[], heads: readonly number[]): void {
    const { code } = this;
    const dispatches = heads.length > 1;
    const scoped = items.slice(dispatches ? 0 : 1);
    for (const { heads } of scoped.toReversed()) this.#scopes.push({ label: code.block(), heads, isLoop: false });
    if (dispatches) this.#emitDispatch(heads);
    const after = this.#following;
    items.forEach((item, index) => {
      if (scoped.includes(item)) this.#endScope();
      const next = items[index + 1];
      this.#following = next?.heads.length === 1 ? next.heads[0] : undefined;
      if (item.kind === "block") this.#emitBlock(item.block);
      else this.#emitLoop(item);
    });
    this.#following = after;
  }

  #emitLoop({ body, heads }: Item & { kind: "loop" }): void {
    this.#scopes.push({ label: this.code.loop(), heads, isLoop: true });
    this.#following = undefined;
    this.#emitSequence(body, heads);
    this.code.unreachable();
    this.#endScope();
  }

  #emitDispatch(heads: readonly number[]): void {
    const targets: Label[] = [];
    const elsewhere = this.#scopeOf(heads[0] as number)?.label as Label;
    for (const head of heads) targets[this.#labelOf(head)] = this.#scopeOf(head)?.label as Label;
    this.code.brTable(this.#label, Array.from(targets, (target) => target ?? elsewhere));
  }

  #endScope(): void {
    this.#scopes.pop();
    this.code.end();
  }

  #emitBlock({ instructions, successors }: Block): void {
    this.code.set(this.#budget.immediate, this.#budget.sub(instructions.length));
    instructions.forEach((instruction, index) => {
      this.#instruction = instruction;
      this.#remaining = instructions.length - index;
      const { meaning } = instruction.decoded.row;
      if ("semantics" in meaning) meaning.semantics(this.operands, this);
      else this.leave();
      this.locals.releaseTemporaries();
    });
    const { pc, decoded } = instructions.at(-1) as Instruction;
    const next = pc + decoded.length;
    if (successors.at(-1) === next && next !== this.#following) this.#goTo(next);
  }

  override get pc() { return I64.of(this.#instruction.pc); }
  override get nextPc() { return I64.of(this.#instruction.pc + this.#instruction.decoded.length); }

  override goto(offset: I64): void {
    const target = this.#targetAt(offset);
    if (target !== this.#following) this.#goTo(target);
  }

  override branch(condition: I32, offset: I64): void {
    this.code.if(condition);
    this.#goTo(this.#targetAt(offset));
    this.code.end();
  }

  override jump(target: I64): void {
    const { code, table } = this;
    code.set(this.#exitPc.immediate, target);
    if (table && this.#top !== undefined) {
      const at = this.let(this.#exitPc.sub(table.low));
      code.if(at.leU(table.span));
      const label = this.let(I32.load16U(at.wrap(), table.address));
      code.if(label);
      code.set(this.#label.immediate, label.sub(1));
      code.brIf(this.#top, this.#budget.ltS(0).eqz());
      code.end();
      code.end();
    }
    code.br(this.#exit);
  }

  /// The interpreter runs this instruction again and finds the cause itself.
  protected override leave(_cause?: Cause): void {
    this.code.set(this.#budget.immediate, this.#budget.add(this.#remaining));
    this.#exitTo(this.#instruction.pc + 1);
  }

  #targetAt(offset: I64): number {
    return this.#instruction.pc + (offset.constant as number);
  }

  #goTo(target: number): void {
    const { code } = this;
    const scope = this.#scopeOf(target);
    if (!scope) return this.#exitTo(target);
    if (scope.isLoop) {
      code.if(this.#budget.ltS(0));
      this.#exitTo(target);
      code.end();
    }
    if (scope.heads.length > 1) code.set(this.#label.immediate, I32.of(this.#labelOf(target)));
    code.br(scope.label);
  }

  #exitTo(pc: number): void {
    this.code.set(this.#exitPc.immediate, I64.of(pc));
    this.code.br(this.#exit);
  }

  #scopeOf(pc: number): Scope | undefined {
    return this.#scopes.findLast(({ heads }) => heads.includes(pc));
  }

  #labelOf(pc: number): number {
    let label = this.labels.get(pc);
    if (label === undefined) this.labels.set(pc, (label = this.labels.size));
    return label;
  }

  #register(float: boolean, number: number): GuestRegister {
    const address = (float ? State.f : State.x) + number * 8;
    let register = this.#registers.get(address);
    if (!register) {
      register = { local: this.locals.add(float ? ValueType.f64 : ValueType.i64), address, float, written: false };
      this.#registers.set(address, register);
    }
    return register;
  }

  /// One object for the whole region, whose getters look at the current instruction.
  #makeOperands(): OperandValues {
    const operands = {} as OperandValues;
    for (const key in operandKinds) {
      const name = key as OperandName;
      Object.defineProperty(operands, name, { get: () => this.#operand(name, this.#instruction.decoded.operands[name] ?? 0) });
    }
    return operands;
  }

  #operand(name: OperandName, number: number): Value | { set(value: Value): void } {
    const { file } = operandKinds[name];
    if (!file) return I64.of(number);
    const zero = file === "x" && number === 0;
    if (name === "rd" || name === "frd") {
      return {
        set: (value) => {
          if (zero) return;
          const register = this.#register(file === "f", number);
          register.written = true;
          this.code.set(register.local, value);
        },
      };
    }
    if (zero) return I64.of(0);
    const { local } = this.#register(file === "f", number);
    return file === "f" ? localF64(local) : localI64(local);
  }
}
