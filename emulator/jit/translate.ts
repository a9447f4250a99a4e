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

import { PAGE, Tlb } from "../cpu/layout.js";
import type { Uses } from "../cpu/units.js";
import { tlbEntry } from "../cpu/wasm-machine.js";
import { I32, I64, ValueType } from "../isa/value.js";
import { Code, type Label, Locals, localI32 } from "../wasm/code.js";
import type { Function as WasmFunction } from "../wasm/module.js";
import { type Exit, GuestCode, pageOf } from "./guest-code.js";
import { isSmall, SMALL_LOOP } from "./heuristics.js";
import type { JumpTable } from "./jump-table.js";
import type { Block, Instruction, Region } from "./region.js";
import { Scopes } from "./scopes.js";
import { type Item, type Loop, structure } from "./structure.js";

export interface Translation {
  readonly function: WasmFunction;
  /// The label that each entry is entered by, by where it is from the root.
  readonly labels: ReadonlyMap<number, number>;
  readonly exits: readonly Exit[];
  readonly uses: Uses;
}

/// `recordsOf` gives the records of a page that the region may reach, by virtual address.
export function translateRegion(region: Region, name: string, table: JumpTable | undefined, recordsOf: (page: number) => number | undefined): Translation {
  const labels = new Map(region.entries.map((at, index) => [at, index]));
  const locals = new Locals([ValueType.i32, ValueType.i32]);
  const translator = new Translator(region, locals, labels, table, recordsOf);
  translator.emitRegion();
  const code = new Code();
  translator.emitProlog(code);
  code.append(translator.emitted);
  translator.emitEpilog(code);
  return { function: { name, locals, results: [ValueType.i64], code }, labels, exits: translator.exits, uses: translator.uses };
}

/// The first parameter of every region.
const label = localI32(0);

class Translator extends GuestCode {
  readonly #scopes: Scopes;
  #top: Label | undefined;
  /// The block that follows in the code, which needs no jump.
  #following: number | undefined;
  #inSmallLoop = false;

  constructor(
    private readonly region: Region,
    locals: Locals,
    labels: Map<number, number>,
    private readonly table: JumpTable | undefined,
    recordsOf: (page: number) => number | undefined,
  ) {
    super(locals, recordsOf);
    this.#scopes = new Scopes(this.code, labels);
  }

  get emitted(): Code { return this.code; }

  emitRegion(): void {
    const { code, region } = this;
    this.exit = code.block();
    if (this.table) this.#top = code.loop();
    this.#emitSequence(structure(region.blocks, region.entries), region.entries);
    code.unreachable();
    if (this.table) code.end();
    code.end();
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

  #emitLoop(loop: Loop): void {
    const { body, heads } = loop;
    this.#scopes.openLoop(heads);
    this.#following = undefined;
    const wasSmall = this.#inSmallLoop;
    this.#inSmallLoop = isSmall(loop);
    this.#emitSequence(body, heads);
    this.#inSmallLoop = wasSmall;
    this.code.unreachable();
    this.#scopes.close();
  }

  #emitBlock({ at: start, instructions, successors }: Block): void {
    const isLoop = successors.includes(start) && instructions.length <= SMALL_LOOP;
    this.emitInstructions(instructions, this.#inSmallLoop || isLoop);
    const { at, decoded } = instructions.at(-1) as Instruction;
    const next = at + decoded.length;
    if (successors.at(-1) === next) this.#goTo(next);
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
    code.set(this.result.immediate, target);
    if (table && this.#top !== undefined) {
      const at = this.let(this.result.sub(table.low).wrap());
      code.if(this.result.sub(table.low).leU(table.span));
      const found = this.let(I32.load16U(at, table.address));
      code.if(table.pages ? found.ne(0).and(this.#isTranslated(this.result, table.pages)) : found);
      code.set(label.immediate, found.sub(1));
      code.brIf(this.#top, this.budget.ltS(1).eqz());
      code.end();
      code.end();
    }
    code.br(this.exit);
  }

  #targetAt(offset: I64): number { return this.instruction.at + (offset.constant as number); }

  #goTo(target: number): void {
    const { code } = this;
    const pc = this.region.root + target;
    const scope = this.#scopes.of(target);
    if (!scope) return this.exitTo(pc);
    if (pageOf(pc) !== pageOf(this.instruction.pc)) {
      code.if(this.isElsewhere(pc));
      this.exitTo(pc);
      code.end();
    }
    if (target === this.#following) return;
    if (scope.isLoop) {
      code.if(this.budget.ltS(1));
      this.exitTo(pc);
      code.end();
    }
    this.#scopes.goTo(scope, target, label);
  }

  /// The same for a computed address, the other way round. `pages` is where the table says which page has which records.
  #isTranslated(pc: I64, pages: { readonly low: number; readonly address: number }): I32 {
    const entry = this.let(tlbEntry(this.tlb, pc));
    const records = I32.load(pc.sub(pages.low).shrU(12).wrap().shl(2), pages.address);
    return pc.xor(I64.load(entry, Tlb.fetch)).ltU(PAGE).and(I32.load(entry, Tlb.fetch + 8).ne(records).eqz());
  }
}
