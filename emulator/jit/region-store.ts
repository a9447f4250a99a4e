// Compiled regions: by which record and pc they are entered, and by which bytes
// of code they go stale. A record whose instruction is an entry says so to the
// interpreter (SpecialHandler.compiled), which leaves there.
//
// Room is made by modules, since V8 frees a module's code as a whole: the oldest
// go first, but those that somebody arrived at since the last look stay. So that
// arrivals are seen, a module that stays loses its slots of the jump cache.
//
// Invariants: a region that is not valid is in no slot of the jump cache and in
// no record; a slot or a record that names a region, names a valid one.

import { SpecialHandler } from "../cpu/interpreter.js";
import { JumpCache, PAGE } from "../cpu/layout.js";
import type { GuestMemory } from "../cpu/memory.js";
import { RecordField } from "../cpu/record.js";
import { slotsOf } from "./dispatcher.js";
import type { Exit } from "./guest-code.js";
import type { JumpTable, JumpTables } from "./jump-table.js";

export interface CompiledEntry {
  readonly pc: number;
  readonly record: number;
  readonly label: number;
}

/// Bytes of code, by place in memory. They lie in one page.
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface CompiledRegion {
  readonly entries: readonly CompiledEntry[];
  readonly spans: readonly Span[];
  readonly exits: readonly Exit[];
  readonly table: JumpTable | undefined;
  valid: boolean;
  /// Somebody arrived here since room was last made.
  used: boolean;
}

/// No pc is odd.
const EMPTY = 1n;

interface Found {
  readonly region: CompiledRegion;
  readonly entry: CompiledEntry;
  readonly number: number;
}

export class RegionStore {
  readonly table: WebAssembly.Table;
  readonly #regions: (CompiledRegion | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  readonly #byRecord = new Map<number, Found[]>();
  readonly #byPage = new Map<number, Set<CompiledRegion>>();
  readonly #numbers = new Map<CompiledRegion, number>();
  /// The oldest first. Those without a valid region are forgotten now and then.
  #modules: (readonly CompiledRegion[])[] = [];
  #mostModules = 0;

  constructor(
    private readonly memory: GuestMemory,
    private readonly tables: JumpTables,
    /// How many regions there may be.
    readonly capacity: number,
  ) {
    this.table = new WebAssembly.Table({ initial: capacity, element: "anyfunc" });
    const { address, slots, slotSize } = JumpCache;
    this.#emptySlot(address);
    for (let done = 1; done < slots; done *= 2) memory.bytes.copyWithin(address + done * slotSize, address, address + Math.min(done, slots - done) * slotSize);
  }

  get size(): number { return this.#numbers.size; }
  /// Modules with code that can still be run.
  get modules(): number { return this.#modules.filter(isAlive).length; }

  exit(region: number, exit: number): Exit { return this.#regions[region]?.exits[exit] as Exit; }

  /// Says that a region's code depends on bytes, from before it is installed on.
  watch(region: CompiledRegion): void {
    let watched = 0;
    for (const { start } of region.spans) {
      const page = start - (start % PAGE);
      if (page === watched) continue;
      watched = page;
      const regions = this.#byPage.get(page);
      if (regions) regions.add(region);
      else this.#byPage.set(page, new Set([region]));
    }
  }

  /// The regions of a module, with what runs them.
  install(module: ReadonlyMap<CompiledRegion, unknown>): void {
    for (const [region, run] of module) this.#install(region, run);
    this.#modules.push([...module.keys()]);
    if (this.#modules.length <= this.#mostModules) return;
    this.#modules = this.#modules.filter(isAlive);
    this.#mostModules = this.#modules.length * 2;
  }

  #install(region: CompiledRegion, run: unknown): void {
    const number = this.#freeNumbers.pop() ?? this.#regions.length;
    this.#regions[number] = region;
    this.#numbers.set(region, number);
    this.table.set(number, run);
    for (const entry of region.entries) {
      // The entry of an older region stays: it is as good, and it may be the root of its region.
      if (this.find(entry.record, entry.pc)) continue;
      const found = { region, entry, number };
      const others = this.#byRecord.get(entry.record);
      if (others) others.push(found);
      else this.#byRecord.set(entry.record, [found]);
      this.#fillSlot(found);
      this.#cover(entry.record);
    }
  }

  /// Whether a pc has compiled code; from now on the dispatcher finds it.
  reach(record: number, pc: number): boolean {
    const found = this.find(record, pc);
    if (!found) return false;
    this.#fillSlot(found);
    this.#cover(record);
    return true;
  }

  find(record: number, pc: number): Found | undefined { return this.#byRecord.get(record)?.find(({ entry }) => entry.pc === pc); }

  /// Drops the regions that have code in these bytes, which lie in one page. Gives their number.
  invalidate(address: number, length: number): number {
    const regions = this.#byPage.get(address - (address % PAGE));
    if (!regions) return 0;
    let dropped = 0;
    for (const region of [...regions]) {
      if (!region.spans.some(({ start, end }) => start < address + length && address < end)) continue;
      this.#drop(region);
      dropped++;
    }
    return dropped;
  }

  /// Drops modules until so many more regions have room.
  makeRoom(wanted: number): void {
    while (this.#modules.length > 0 && this.size + wanted > this.capacity) {
      const module = this.#modules.shift() as readonly CompiledRegion[];
      if (!module.some(({ valid, used }) => valid && used)) for (const region of module) this.#drop(region);
      else {
        for (const region of module) this.#hide(region);
        this.#modules.push(module);
      }
    }
  }

  clear(): void {
    for (const regions of [...this.#byPage.values()]) for (const region of [...regions]) this.#drop(region);
    this.#modules = [];
  }

  /// Who wants the region has to ask.
  #hide(region: CompiledRegion): void {
    region.used = false;
    for (const { record, pc } of region.entries) this.#emptySlotOf(record, pc);
  }

  #drop(region: CompiledRegion): void {
    if (!region.valid) return;
    region.valid = false;
    if (region.table) this.tables.release(region.table);
    for (const { start } of region.spans) {
      const page = start - (start % PAGE);
      const regions = this.#byPage.get(page);
      regions?.delete(region);
      if (regions?.size === 0) this.#byPage.delete(page);
    }
    const number = this.#numbers.get(region);
    if (number === undefined) return;
    for (const { record, pc } of region.entries) this.#forget(region, record, pc);
    this.#numbers.delete(region);
    this.#regions[number] = undefined;
    this.table.set(number, null);
    this.#freeNumbers.push(number);
  }

  #forget(region: CompiledRegion, record: number, pc: number): void {
    const all = this.#byRecord.get(record);
    const index = all?.findIndex((found) => found.region === region && found.entry.pc === pc) ?? -1;
    if (!all || index < 0) return;
    this.#emptySlotOf(record, pc);
    all.splice(index, 1);
    if (all.length > 0) return;
    const { view } = this.memory;
    this.#byRecord.delete(record);
    if (view.getUint16(record, true) !== SpecialHandler.compiled) return;
    view.setUint16(record, view.getUint16(record + RecordField.covered, true), true);
    view.setUint16(record + RecordField.covered, 0, true);
  }

  #cover(record: number): void {
    const { view } = this.memory;
    const handler = view.getUint16(record, true);
    if (handler < SpecialHandler.count) return;
    view.setUint16(record + RecordField.covered, handler, true);
    view.setUint16(record, SpecialHandler.compiled, true);
  }

  #fillSlot({ region, entry: { pc, record, label }, number }: Found): void {
    region.used = true;
    const { view, bytes } = this.memory;
    const [first, second] = slotsOf(pc);
    const own = this.#slotOf(record, pc);
    // Who came last is asked for first.
    if (own === undefined && view.getBigInt64(first, true) !== EMPTY) bytes.copyWithin(second, first, first + JumpCache.slotSize);
    const slot = own ?? first;
    view.setBigInt64(slot, BigInt(pc), true);
    view.setInt32(slot + 8, record, true);
    view.setUint16(slot + 12, number, true);
    view.setUint16(slot + 14, label, true);
  }

  #emptySlotOf(record: number, pc: number): void {
    const slot = this.#slotOf(record, pc);
    if (slot !== undefined) this.#emptySlot(slot);
  }

  #slotOf(record: number, pc: number): number | undefined {
    const { view } = this.memory;
    return slotsOf(pc).find((slot) => view.getInt32(slot + 8, true) === record && view.getBigInt64(slot, true) === BigInt(pc));
  }

  #emptySlot(slot: number): void { this.memory.view.setBigInt64(slot, EMPTY, true); }
}

function isAlive(module: readonly CompiledRegion[]): boolean { return module.some(({ valid }) => valid); }
