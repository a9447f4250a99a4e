// The JIT: which code is hot, and what becomes of it. The dispatcher runs
// compiled code and interprets the rest until it meets something that is hot.
// Both tiers leave at the same causes, which the hart deals with; so which of
// them runs an instruction changes nothing but speed.
//
// Hot code waits until there is enough for a module, since a module costs much
// and a region little.

import type { CodePages } from "../cpu/code-pages.js";
import { Globals, hartState, PAGE, State, Tlb } from "../cpu/layout.js";
import { emittedModule } from "../cpu/emitted.js";
import type { Engine, Loops } from "../cpu/engine.js";
import { SpecialHandler } from "../cpu/interpreter.js";
import { meaningOf } from "../cpu/meaning.js";
import type { GuestMemory } from "../cpu/memory.js";
import { RECORD_SHIFT, RecordField } from "../cpu/record.js";
import { importedFunctions, importsOver, Uses } from "../cpu/units.js";
import { Cause } from "../isa/machine.js";
import { encodeModule } from "../wasm/module.js";
import { emitDispatcher, LOOK } from "./dispatcher.js";
import { pageOf } from "./guest-code.js";
import { HartEngine } from "./hart-engine.js";
import { JumpTables } from "./jump-table.js";
import { type Block, discoverRegion, type Instruction, type Region } from "./region.js";
import { type CompiledRegion, RegionStore, type Span } from "./region-store.js";
import { type Translation, translateRegion } from "./translate.js";

export interface JitOptions {
  /// Heat at which code is translated. Zero: at once, and all that can be translated is never interpreted.
  readonly threshold: number;
  /// Regions in a module.
  readonly batch: number;
  /// Regions at a time; when there are more, those go that nobody came to for longest.
  readonly capacity: number;
  /// Takes the time that each tier needs, which costs some.
  readonly timed?: boolean;
}

/// A region costs some milliseconds to translate and compile: about what the interpreter needs for a million instructions.
export const defaultJitOptions: JitOptions = { threshold: 4096, batch: 16, capacity: 4096 };

export interface JitStatistics {
  regions: number;
  modules: number;
  instructions: number;
  bytes: number;
  invalidated: number;
  /// Regions that were dropped for lack of room.
  evicted: number;
  /// Instructions that dispatchers ran, `interpreted` included.
  dispatched: number;
  /// Milliseconds, on the host's clock. Time in a tier is taken where `options.timed` says so.
  translateTime: number;
  compileTime: number;
  compiledTime: number;
  interpretedTime: number;
}

interface Pending {
  readonly region: CompiledRegion;
  readonly translation: Translation;
}

export class Jit {
  readonly statistics: JitStatistics = { regions: 0, modules: 0, instructions: 0, bytes: 0, invalidated: 0, evicted: 0, dispatched: 0, translateTime: 0, compileTime: 0, compiledTime: 0, interpretedTime: 0 };
  /// How often compiled code was left, by cause.
  readonly #exits = new Float64Array(Math.max(...Object.values(Cause)) + 1);
  readonly store: RegionStore;
  /// Heat at which code is translated.
  readonly #hot: number;
  readonly #tables: JumpTables;
  /// Of records that have compiled code at another pc; other records keep their heat themselves.
  readonly #heat = new Map<number, number>();
  #pending: Pending[] = [];
  /// Instructions since the oldest of them began to wait.
  #waited = 0;

  constructor(
    private readonly memory: GuestMemory,
    private readonly code: CodePages,
    readonly options: JitOptions = defaultJitOptions,
    readonly now: () => number = () => performance.now(),
  ) {
    this.#hot = Math.min(options.threshold, HOTTEST);
    memory.view.setInt32(Globals.untilLook, LOOK, true);
    this.#tables = new JumpTables(memory);
    this.store = new RegionStore(memory, this.#tables, options.capacity);
    code.onChange = (address, length) => { this.statistics.invalidated += this.store.invalidate(address, length); };
    code.onDiscard = () => this.flush();
  }

  engineOf(hart: number, loops: Loops): Engine { return new HartEngine(this, this.memory, hartState(hart), loops); }

  /// A dispatcher for a hart that is interpreted by this.
  dispatcherOver(interpret: Loops["run"]): (state: number) => number {
    const { capacity } = this.options;
    const module = emittedModule(`dispatcher-${capacity}-${this.#hot}`, () => emitDispatcher(capacity, this.#hot));
    const { exports } = new WebAssembly.Instance(module, { env: { ...importsOver(this.memory.wasm, Uses.quick).env, table: this.store.table, interpret } });
    return exports.dispatch as (state: number) => number;
  }

  get isEager(): boolean { return this.options.threshold === 0; }

  /// How often compiled code was left, by reason: `compiled` is for want of more of it.
  get exits(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(Cause).map(([name, cause]) => [name, this.#exits[cause] as number] as const).filter(([, count]) => count > 0));
  }

  /// Instructions that compiled code ran.
  get executed(): number { return this.statistics.dispatched - this.memory.view.getFloat64(Globals.interpreted, true); }

  countExit(cause: Cause): void { this.#exits[cause] = (this.#exits[cause] as number) + 1; }

  /// Throws all compiled code away.
  flush(): void {
    this.store.clear();
    this.#tables.clear();
    this.#heat.clear();
    this.#pending = [];
  }

  /// A hart is at this record, where the dispatcher knows no code. True where it knows some now.
  arrive(state: number, record: number, pc: number, heat: number): boolean {
    if (this.store.reach(record, pc)) return true;
    if (!this.#heatUp(record, heat)) return false;
    if (this.#pending.some(({ region }) => region.valid && region.entries.some((entry) => entry.record === record && entry.pc === pc))) return false;
    if (!this.#translate(state, pc)) return false;
    if (this.#pending.length >= Math.min(this.options.batch, this.options.capacity)) this.compilePending();
    return this.store.find(record, pc) !== undefined;
  }

  /// True where that was the last it took; then it begins anew.
  #heatUp(record: number, heat: number): boolean {
    const { view } = this.memory;
    const isCovered = view.getUint16(record, true) === SpecialHandler.compiled;
    const total = (isCovered ? (this.#heat.get(record) ?? 0) : view.getUint16(record + RecordField.covered, true)) + heat;
    const isHot = total >= this.#hot, kept = isHot ? 0 : total;
    if (!isCovered) view.setUint16(record + RecordField.covered, kept, true);
    else {
      if (this.#heat.size >= MOST_HEATS) this.#heat.clear();
      this.#heat.set(record, kept);
    }
    return isHot;
  }

  /// Whether something waits to be compiled.
  get isWaiting(): boolean { return this.#pending.length > 0; }

  /// What waits for company is compiled when it has waited long enough.
  tick(instructions: number): void {
    if (this.#pending.length > 0 && (this.#waited += instructions) >= PATIENCE) this.compilePending();
  }

  compilePending(): void {
    const pending = this.#pending.filter(({ region }) => region.valid);
    this.#pending = [];
    this.#waited = 0;
    if (pending.length === 0) return;
    this.#makeRoom(pending.length);
    const start = this.now();
    const uses = pending.reduce<Uses>((most, { translation }) => (translation.uses > most ? translation.uses : most), Uses.nothing);
    const bytes = encodeModule(pending.map(({ translation }) => translation.function), { functions: importedFunctions(uses) });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), importsOver(this.memory.wasm, uses));
    this.store.install(new Map(pending.map(({ region, translation }) => [region, exports[translation.function.name]])));
    this.statistics.modules++;
    this.statistics.bytes += bytes.length;
    this.statistics.compileTime += this.now() - start;
  }

  #makeRoom(regions: number): void {
    const before = this.store.size;
    this.store.makeRoom(regions);
    this.statistics.evicted += before - this.store.size;
  }

  #translate(state: number, pc: number): boolean {
    const start = this.now();
    if (this.#tables.isFull) this.flush();
    const tlb = this.memory.words[(state + State.tlb) >> 2] as number;
    const recordsOf = (page: number) => this.#recordsOf(tlb, page);
    const region = discoverRegion(pc, (at) => this.#fetch(pc, at, recordsOf));
    if (!region) return false;
    const { instructions, hasJump, isOnePage, spans } = this.#survey(region, recordsOf);
    const table = hasJump ? this.#tables.place(region.entries.map((at) => pc + at), isOnePage, recordsOf) : undefined;
    const translation = translateRegion(region, `r${this.#pending.length}`, table, recordsOf);
    const entries = region.entries.map((at) => {
      const { record } = (region.blocks.get(at) as Block).instructions[0] as Instruction;
      return { pc: pc + at, record, label: translation.labels.get(at) as number };
    });
    const compiled: CompiledRegion = { entries, spans, exits: translation.exits, table, valid: true, used: true };
    this.store.watch(compiled);
    this.#pending.push({ region: compiled, translation });
    this.statistics.regions++;
    this.statistics.instructions += instructions;
    this.statistics.translateTime += this.now() - start;
    return true;
  }

  /// Only what the fetch TLB has can be translated, so translating walks no page table.
  #recordsOf(tlb: number, page: number): number | undefined {
    const { words } = this.memory;
    const word = (tlb + Tlb.fetch + ((page >>> 8) & Tlb.mask)) >> 2;
    return words[word] === (page | 0) && words[word + 1] === Math.floor(page / 2 ** 32) ? words[word + 2] : undefined;
  }

  #fetch(root: number, at: number, recordsOf: (page: number) => number | undefined): Instruction | undefined {
    const pc = root + at;
    const { view } = this.memory;
    const page = pageOf(pc);
    const records = recordsOf(page);
    if (records === undefined) return undefined;
    const offset = pc - page;
    const record = records + (offset << RECORD_SHIFT);
    const handler = view.getUint16(record, true);
    // What the interpreter never came to is likely cold.
    if (!this.isEager && handler === SpecialHandler.undecoded) return undefined;
    const address = this.code.pageOf(records) + offset;
    const low = view.getUint16(address, true);
    const crosses = offset === PAGE - 2 && (low & 3) === 3;
    let word = low;
    if (crosses) {
      const second = recordsOf(page + PAGE);
      if (second === undefined) return undefined;
      word |= view.getUint16(this.code.pageOf(second), true) << 16;
    } else if ((low & 3) === 3) word = view.getUint32(address, true);
    const meaning = meaningOf(word);
    if (!meaning || this.code.lacks(meaning.decoded) || this.code.mayMisalign(meaning.decoded)) return undefined;
    const { decoded, inlined } = meaning;
    return { at, pc, meaning, decoded, record, crosses, inlined: inlined && this.code.mayInline(inlined) ? inlined : undefined };
  }

  /// What a region consists of, and in which bytes it lies.
  #survey({ root, blocks }: Region, recordsOf: (page: number) => number | undefined): { instructions: number; hasJump: boolean; isOnePage: boolean; spans: Span[] } {
    const spans: { start: number; end: number }[] = [];
    const placeOf = (page: number) => this.code.pageOf(recordsOf(page) as number);
    const home = pageOf(root);
    let instructions = 0, hasJump = false, isOnePage = true;
    for (const block of blocks.values()) {
      instructions += block.instructions.length;
      // A block lies in one page.
      const first = block.instructions[0] as Instruction, last = block.instructions.at(-1) as Instruction;
      const page = pageOf(first.pc);
      const start = placeOf(page) + first.pc - page, end = start + last.at + last.decoded.length - first.at;
      hasJump ||= last.meaning.flow === "jump";
      isOnePage &&= page === home && !last.crosses;
      if (!last.crosses) spans.push({ start, end });
      else {
        const second = placeOf(page + PAGE);
        spans.push({ start, end: end - 2 }, { start: second, end: second + 2 });
      }
    }
    return { instructions, hasJump, isOnePage, spans };
  }
}

/// Heat has sixteen bits.
const HOTTEST = 0xff00;

/// Places whose heat is remembered.
const MOST_HEATS = 1 << 16;

/// What waits for company has it by so many instructions.
export const PATIENCE = 50_000;
