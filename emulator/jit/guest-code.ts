// The instructions of a region as WebAssembly: what rows may do in compiled code,
// apart from transfers of control. Registers are locals, an exit is a number.

import { csrOffset, PAGE, State, Tlb } from "../cpu/layout.js";
import { FloatState } from "../cpu/status.js";
import { type FloatUse, WasmMachine } from "../cpu/wasm-machine.js";
import { Cause } from "../isa/machine.js";
import { quickNumber, Uses } from "../cpu/units.js";
import type { OperandValues } from "../isa/operand.js";
import { Quick, type QuickFunction, quickCsrs } from "../isa/quick-functions.js";
import type { Semantics } from "../isa/row.js";
import { callOf, I32, I64, Op, ValueType } from "../isa/value.js";
import { Code, type Label, type Locals, localI32, localI64 } from "../wasm/code.js";
import { looksUpTable } from "./heuristics.js";
import type { Instruction } from "./region.js";
import { RegionOperands, Registers } from "./registers.js";

/// A way out of a region from before an instruction.
export interface Exit {
  readonly pc: number;
  readonly record: number;
  readonly cause: Cause;
  /// Instructions that were taken off the budget and did not run.
  readonly notRun: number;
}

/// The address of the hart's state, the second parameter of every region; the first is the label.
export const state = localI32(1);

export abstract class GuestCode extends WasmMachine {
  readonly exits: Exit[] = [];
  protected readonly result: I64;
  protected readonly budget: I32;
  protected override readonly tlb: I32;
  protected instruction!: Instruction;
  /// Where the region ends.
  protected exit = 0 as Label;
  readonly #registers: Registers;
  readonly #operands: RegionOperands;
  /// Instructions of the block from this one on, which were taken off the budget already.
  #remaining = 0;
  #remembersPage = false;
  #usesQuick = false;
  #floatLimits: { readonly s: I32; readonly d: I64 } | undefined;
  /// What this block knows of mstatus.FS.
  #floatState: FloatUse = "none";

  /// `recordsOf` gives the records of a page that the region may reach, by virtual address.
  constructor(locals: Locals, private readonly recordsOf: (page: number) => number | undefined) {
    super(new Code(), locals, 0);
    this.result = localI64(locals.add(ValueType.i64));
    this.budget = localI32(locals.add(ValueType.i32));
    this.tlb = localI32(locals.add(ValueType.i32));
    this.#registers = new Registers(this.code, locals, state);
    this.#operands = new RegionOperands(this.#registers);
  }

  protected override get base() { return state; }
  override get pc() { return I64.of(this.instruction.pc); }
  override get nextPc() { return I64.of(this.instruction.pc + this.instruction.decoded.length); }

  get uses(): Uses { return this.#floatLimits ? Uses.float : this.#usesQuick ? Uses.quick : Uses.nothing; }

  protected override get floatLimitS(): I32 { return this.#limits.s; }
  protected override get floatLimitD(): I64 { return this.#limits.d; }
  protected override flagsChanged(): void { this.#loadLimits(this.code); }

  get #limits() { return (this.#floatLimits ??= { s: localI32(this.locals.add(ValueType.i32)), d: localI64(this.locals.add(ValueType.i64)) }); }

  #loadLimits(code: Code): void {
    const { s, d } = this.#limits;
    code.set(s.immediate, I32.load(state, State.floatLimitS));
    code.set(d.immediate, I64.load(state, State.floatLimitD));
  }

  emitProlog(code: Code): void {
    this.#registers.emitLoads(code);
    if (this.#floatLimits) this.#loadLimits(code);
    code.set(this.budget.immediate, I32.load(state, State.budget));
    code.set(this.tlb.immediate, I32.load(state, State.tlb));
  }

  emitEpilog(code: Code): void {
    this.#registers.emitStores(code);
    code.store(Op.i32Store, state, State.budget, this.budget);
    code.value(this.result);
  }

  /// A block's instructions. In small loops loads may remember pages.
  protected emitInstructions(instructions: readonly Instruction[], inSmallLoop: boolean): void {
    this.code.set(this.budget.immediate, this.budget.sub(instructions.length));
    this.#floatState = "none";
    this.#remaining = instructions.length;
    for (let index = 0; index < instructions.length; index++) {
      const instruction = instructions[index] as Instruction;
      this.instruction = instruction;
      this.#remembersPage = inSmallLoop && looksUpTable(instructions, index);
      this.#emitInstruction(instruction);
      this.#remaining--;
      this.locals.releaseTemporaries();
    }
  }

  #emitInstruction({ crosses, decoded, inlined, pc, meaning: { floatUse: use } }: Instruction): void {
    const { meaning } = decoded.row;
    if (crosses) {
      this.code.if(this.isElsewhere(pc + 2));
      this.leave(Cause.crossing);
      this.code.end();
    }
    const semantics: Semantics | undefined = "semantics" in meaning ? meaning.semantics : inlined && "perform" in meaning ? meaning.inline?.[inlined.kind] : undefined;
    if (!semantics) return this.leave(Cause.host);
    this.#requireFloatState(use);
    this.#operands.current = decoded.operands;
    semantics(this.#operands as unknown as OperandValues, this);
  }

  #requireFloatState(use: FloatUse): void {
    if (use === "none" || use === this.#floatState || this.#floatState === "dirty") return;
    const now = I32.load(state, State.floatState);
    this.raise(Cause.floatState, use === "dirty" ? now.ne(FloatState.dirty) : now.eqz());
    this.#floatState = use;
  }

  override readCsr(): I64 {
    const { name = "", privilege = 0 } = this.instruction.inlined ?? {};
    if (privilege > 0) this.raise(Cause.host, I32.load(state, State.privilege).ltU(privilege));
    return I64.load(state, csrOffset(name));
  }
  override writeCsr(value: I64): void {
    const { name = "", mask = -1 } = this.instruction.inlined ?? {};
    this.code.store(Op.i64Store, state, csrOffset(name), mask === -1 ? value : value.and(mask));
  }

  override attempt(name: QuickFunction, operands: readonly I64[], retires: boolean): void {
    this.#usesQuick = true;
    this.code.if(callOf(I32, quickNumber(name), [...operands, state]));
    this.#goOnElsewhere(retires);
    this.code.end();
  }

  override attemptCsr(value: I64, then: () => void): void {
    this.#usesQuick = true;
    const name = quickCsrs[this.instruction.inlined?.name ?? ""] as QuickFunction;
    const outcome = this.let(callOf(I32, quickNumber(name), [value, this.nextPc, state]));
    this.raise(Cause.host, outcome.eqz());
    then();
    this.code.if(outcome.eq(Quick.elsewhere));
    this.#goOnElsewhere(true);
    this.code.end();
    this.#floatState = "none";
  }

  #goOnElsewhere(retires: boolean): void {
    const { code, budget, result } = this;
    code.set(budget.immediate, budget.add(this.#remaining - Number(retires)));
    code.set(result.immediate, I64.load(state, State.pc));
    code.br(this.exit);
  }

  protected override leave(cause: Cause, detail?: I64): void {
    const { code } = this;
    if (detail) code.store(Op.i64Store, state, State.detail, detail);
    const { pc, record, crosses } = this.instruction;
    // What lies in two pages has its record made when it is needed.
    this.exits.push({ pc, record, cause: crosses ? Cause.crossing : cause, notRun: this.#remaining });
    code.set(this.result.immediate, I64.of(this.exits.length * 2 - 1));
    code.br(this.exit);
  }

  // A load that remembers its page does so as long as the region runs: nothing
  // changes the TLB meanwhile. So its address does not wait for the TLB.
  // Nothing is below a limit of zero, so at first every access misses.
  protected override translate(access: "load" | "store", size: number, vaddr: I64, flags = 0): I32 {
    if (!this.#remembersPage) return super.translate(access, size, vaddr, flags);
    const { code, locals } = this;
    const tag = localI64(locals.add(ValueType.i64)), limit = localI64(locals.add(ValueType.i64)), bias = localI32(locals.add(ValueType.i32));
    const address = this.let(vaddr);
    code.if(address.xor(tag).geU(limit));
    const { entry, x } = this.lookUp(access, size, address, flags);
    code.set(tag.immediate, address.xor(x));
    code.set(bias.immediate, I32.load(entry, Tlb[access] + 8).sub(tag.wrap()));
    code.set(limit.immediate, I64.of(PAGE - size + 1));
    code.end();
    return bias.add(address.wrap());
  }

  protected exitTo(pc: number): void {
    this.code.set(this.result.immediate, I64.of(pc));
    this.code.br(this.exit);
  }

  /// Whether an address is no longer in the page that it was translated in.
  protected isElsewhere(pc: number): I32 {
    const page = pageOf(pc);
    const at = Tlb.fetch + ((page >>> 8) & Tlb.mask);
    return I64.load(this.tlb, at).ne(page).or(I32.load(this.tlb, at + 8).ne(this.recordsOf(page) ?? 0));
  }
}

export function pageOf(pc: number): number { return Math.floor(pc / PAGE) * PAGE; }
