// Translation: a region to one WebAssembly function, by the same rows that the
// interpreter is made of. Operands are constants, and guest registers are
// locals: loaded where the function begins, stored where it ends.
//
//     (func (param label) (param state) (result pc-or-exit)
//       load registers and budget
//       block exit
//         loop top                 where computed jumps inside the region dispatch
//           structured blocks      each takes its instructions off the budget first
//         end
//       end
//       store registers and budget
//       result)
//
// An even result is the pc to go on at. An odd one says by which exit the
// region was left: at an instruction that did not run, with a cause. The
// budget is asked where a loop begins anew, so a run through the region
// overruns it by less than REGION_INSTRUCTIONS.

import { csrOffset, PAGE, State, Tlb } from "../cpu/layout.js";
import { FloatState } from "../cpu/status.js";
import { floatUse, tlbEntry, WasmMachine } from "../cpu/wasm-machine.js";
import { Cause } from "../isa/machine.js";
import type { OperandValues } from "../isa/operand.js";
import type { Semantics } from "../isa/row.js";
import { I32, I64, Op, ValueType } from "../isa/value.js";
import { Code, type Label, Locals, localI32, localI64 } from "../wasm/code.js";
import type { Function as WasmFunction } from "../wasm/module.js";
import type { JumpTable } from "./jump-table.js";
import type { Block, Instruction, Region } from "./region.js";
import { RegionOperands, Registers } from "./registers.js";
import { Scopes } from "./scopes.js";
import { type Item, structure } from "./structure.js";

/// A way out of a region from before an instruction.
export interface Exit {
  readonly pc: number;
  readonly record: number;
  readonly cause: Cause;
  /// Instructions that were taken off the budget and did not run.
  readonly notRun: number;
}

export interface Translation {
  readonly function: WasmFunction;
  /// The label that each entry is entered by.
  readonly labels: ReadonlyMap<number, number>;
  readonly exits: readonly Exit[];
}

/// `recordsOf` gives the records of a page that the region may reach, by virtual address.
export function translateRegion(region: Region, name: string, table: JumpTable | undefined, recordsOf: (page: number) => number | undefined): Translation {
  const labels = new Map(region.entries.map((pc, index) => [pc, index]));
  const locals = new Locals([ValueType.i32, ValueType.i32]);
  const translator = new Translator(region, locals, labels, table, recordsOf);
  translator.emitRegion();
  const code = new Code();
  translator.emitProlog(code);
  code.append(translator.emitted);
  translator.emitEpilog(code);
  return { function: { name, locals, results: [ValueType.i64], code }, labels, exits: translator.exits };
}

/// Every region's parameters.
const label = localI32(0);
const state = localI32(1);

class Translator extends WasmMachine {
  readonly exits: Exit[] = [];
  readonly #operands: RegionOperands;
  readonly #registers: Registers;
  readonly #scopes: Scopes;
  readonly #result: I64;
  readonly #budget: I32;
  readonly #tlb: I32;
  #exit = 0 as Label;
  #top: Label | undefined;
  /// The block that follows in the code, which needs no jump.
  #following: number | undefined;
  #instruction!: Instruction;
  /// Instructions of the block from this one on, which were taken off the budget already.
  #remaining = 0;
  /// What this block knows of mstatus.FS.
  #floatState: "none" | "on" | "dirty" = "none";

  constructor(
    private readonly region: Region,
    locals: Locals,
    labels: Map<number, number>,
    private readonly table: JumpTable | undefined,
    private readonly recordsOf: (page: number) => number | undefined,
  ) {
    super(new Code(), locals, 0);
    this.#scopes = new Scopes(this.code, labels);
    this.#result = localI64(locals.add(ValueType.i64));
    this.#budget = localI32(locals.add(ValueType.i32));
    this.#tlb = localI32(locals.add(ValueType.i32));
    this.#registers = new Registers(this.code, locals, state);
    this.#operands = new RegionOperands(this.#registers);
  }

  get emitted(): Code { return this.code; }

  protected override get base() { return state; }
  protected override get tlb() { return this.#tlb; }
  override get pc() { return I64.of(this.#instruction.pc); }
  override get nextPc() { return I64.of(this.#instruction.pc + this.#instruction.decoded.length); }

  emitRegion(): void {
    const { code, region } = this;
    this.#exit = code.block();
    if (this.table) this.#top = code.loop();
    this.#emitSequence(structure(region.blocks, region.entries), region.entries);
    code.unreachable();
    if (this.table) code.end();
    code.end();
  }

  emitProlog(code: Code): void {
    this.#registers.emitLoads(code);
    code.set(this.#budget.immediate, I32.load(state, State.budget));
    code.set(this.#tlb.immediate, I32.load(state, State.tlb));
  }

  emitEpilog(code: Code): void {
    this.#registers.emitStores(code);
    code.store(Op.i32Store, state, State.budget, this.#budget);
    code.value(this.#result);
  }

  // Items in order, each inside the WebAssembly blocks of all later ones: to
  // end a block is to arrive at the item after it.
  #emitSequence(items: readonly Item[], heads: readonly number[]): void {
    const scopes = this.#scopes;
    const dispatches = heads.length > 1;
    const first = dispatches ? 0 : 1;
    for (let index = items.length - 1; index >= first; index--) scopes.openBlock((items[index] as Item).heads);
    if (dispatches) scopes.dispatch(label, heads);
    const after = this.#following;
    items.forEach((item, index) => {
      if (index >= first) scopes.close();
      const next = items[index + 1];
      this.#following = next?.heads.length === 1 ? next.heads[0] : undefined;
      if (item.kind === "block") this.#emitBlock(item.block);
      else this.#emitLoop(item);
    });
    this.#following = after;
  }

  #emitLoop({ body, heads }: Item & { kind: "loop" }): void {
    this.#scopes.openLoop(heads);
    this.#following = undefined;
    this.#emitSequence(body, heads);
    this.code.unreachable();
    this.#scopes.close();
  }

  #emitBlock({ instructions, successors }: Block): void {
    const { code } = this;
    code.set(this.#budget.immediate, this.#budget.sub(instructions.length));
    this.#floatState = "none";
    this.#remaining = instructions.length;
    for (const instruction of instructions) {
      this.#instruction = instruction;
      this.#emitInstruction(instruction);
      this.#remaining--;
      this.locals.releaseTemporaries();
    }
    const { pc, decoded } = instructions.at(-1) as Instruction;
    const next = pc + decoded.length;
    if (successors.at(-1) === next) this.#goTo(next);
  }

  #emitInstruction({ crosses, decoded, inlined, pc }: Instruction): void {
    const { meaning } = decoded.row;
    if (crosses) {
      this.code.if(this.#isElsewhere(pc + 2));
      this.leave(Cause.crossing);
      this.code.end();
    }
    const semantics: Semantics | undefined = "semantics" in meaning ? meaning.semantics : inlined && "perform" in meaning ? meaning.inline?.[inlined.kind] : undefined;
    if (!semantics) return this.leave(Cause.host);
    this.#requireFloatState(floatUse(decoded.row));
    this.#operands.current = decoded.operands;
    semantics(this.#operands as unknown as OperandValues, this);
  }

  #requireFloatState(use: "none" | "on" | "dirty"): void {
    if (use === "none" || use === this.#floatState || this.#floatState === "dirty") return;
    const now = I32.load(state, State.floatState);
    this.raise(Cause.floatState, use === "dirty" ? now.ne(FloatState.dirty) : now.eqz());
    this.#floatState = use;
  }

  override readCsr(): I64 {
    const { name = "", privilege = 0 } = this.#instruction.inlined ?? {};
    if (privilege > 0) this.raise(Cause.host, I32.load(state, State.privilege).ltU(privilege));
    return I64.load(state, csrOffset(name));
  }
  override writeCsr(value: I64): void {
    const { name = "", mask = -1 } = this.#instruction.inlined ?? {};
    this.code.store(Op.i64Store, state, csrOffset(name), mask === -1 ? value : value.and(mask));
  }

  override goto(offset: I64): void { this.#goTo(this.#targetAt(offset)); }

  override branch(condition: I32, offset: I64): void {
    const following = this.#following;
    this.#following = undefined;
    this.code.if(condition);
    this.#goTo(this.#targetAt(offset));
    this.code.end();
    this.#following = following;
  }

  override jump(target: I64): void {
    const { code, table } = this;
    code.set(this.#result.immediate, target);
    if (table && this.#top !== undefined) {
      const at = this.let(this.#result.sub(table.low).wrap());
      code.if(this.#result.sub(table.low).leU(table.span));
      const found = this.let(I32.load16U(at, table.address));
      code.if(table.pages ? found.ne(0).and(this.#isTranslated(this.#result, table.pages)) : found);
      code.set(label.immediate, found.sub(1));
      code.brIf(this.#top, this.#budget.ltS(1).eqz());
      code.end();
      code.end();
    }
    code.br(this.#exit);
  }

  protected override leave(cause: Cause, detail?: I64): void {
    const { code } = this;
    if (detail) code.store(Op.i64Store, state, State.detail, detail);
    const { pc, record, crosses } = this.#instruction;
    // What lies in two pages has its record made when it is needed.
    this.exits.push({ pc, record, cause: crosses ? Cause.crossing : cause, notRun: this.#remaining });
    code.set(this.#result.immediate, I64.of(this.exits.length * 2 - 1));
    code.br(this.#exit);
  }

  #targetAt(offset: I64): number { return this.#instruction.pc + (offset.constant as number); }

  #goTo(target: number): void {
    const { code } = this;
    const scope = this.#scopes.of(target);
    if (!scope) return this.#exitTo(target);
    if (pageOf(target) !== pageOf(this.#instruction.pc)) {
      code.if(this.#isElsewhere(target));
      this.#exitTo(target);
      code.end();
    }
    if (target === this.#following) return;
    if (scope.isLoop) {
      code.if(this.#budget.ltS(1));
      this.#exitTo(target);
      code.end();
    }
    this.#scopes.goTo(scope, target, label);
  }

  #exitTo(pc: number): void {
    this.code.set(this.#result.immediate, I64.of(pc));
    this.code.br(this.#exit);
  }

  /// Whether an address is no longer in the page that it was translated in.
  #isElsewhere(pc: number): I32 {
    const page = pageOf(pc);
    const at = Tlb.fetch + ((page >>> 8) & Tlb.mask);
    return I64.load(this.#tlb, at).ne(page).or(I32.load(this.#tlb, at + 8).ne(this.recordsOf(page) ?? 0));
  }

  /// The same for a computed address, the other way round. `pages` is where the table says which page has which records.
  #isTranslated(pc: I64, pages: { readonly low: number; readonly address: number }): I32 {
    const entry = this.let(tlbEntry(this.#tlb, pc));
    const records = I32.load(pc.sub(pages.low).shrU(12).wrap().shl(2), pages.address);
    return pc.xor(I64.load(entry, Tlb.fetch)).ltU(PAGE).and(I32.load(entry, Tlb.fetch + 8).ne(records).eqz());
  }
}

function pageOf(pc: number): number { return Math.floor(pc / PAGE) * PAGE; }
