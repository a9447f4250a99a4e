// The JIT's loop. A dispatcher in WebAssembly runs compiled regions for as long
// as the jump cache knows where to go. When it does not, this code decides: the
// interpreter goes on from an instruction that could not run, and a pc that
// has no region gets one. (The full emulator first counts how hot a pc is.)

import type { Hart, Stop } from "../cpu/hart.js";
import { JumpCache, memoryPages, regionTables, State } from "../cpu/layout.js";
import { encodeModule } from "../wasm/module.js";
import { emitDispatcher } from "./dispatcher.js";
import { discoverRegion } from "./region.js";
import { translateRegion } from "./translate.js";

const TABLE_SIZE = 8192;
const SLICE = 1_000_000;

interface Entry {
  readonly tableIndex: number;
  readonly label: number;
}

export class Jit {
  readonly statistics = { regions: 0, wasmBytes: 0, translateMs: 0, compileMs: 0, sideExits: 0 };
  readonly #table = new WebAssembly.Table({ initial: TABLE_SIZE, element: "anyfunc" });
  readonly #entries = new Map<number, Entry>();
  readonly #dispatch: (pc: bigint) => bigint;
  #freeTable: number = regionTables.start;

  constructor(private readonly hart: Hart) {
    const module = new WebAssembly.Module(emitDispatcher(TABLE_SIZE));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: hart.wasmMemory, table: this.#table } });
    this.#dispatch = exports.dispatch as (pc: bigint) => bigint;
    // No pc is odd, so nothing matches an empty entry.
    for (let index = 0; index < JumpCache.entries; index++) hart.memory.setBigInt64(JumpCache.address + index * JumpCache.entrySize, 1n, true);
  }

  run(until: number): Stop | undefined {
    const { hart } = this;
    while (hart.pc !== until) {
      const entry = this.#entries.get(hart.pc) ?? this.#translate(hart.pc);
      if (entry && this.#runFrom(entry)) continue;
      const stop = hart.interpret(0);
      if (stop && stop.pc !== until) return stop;
    }
    return undefined;
  }

  /// Runs compiled code from the pc on. False where it ends at an instruction that could not run.
  #runFrom({ tableIndex, label }: Entry): boolean {
    const { hart } = this;
    const slot = JumpCache.address + (((hart.pc % 2 ** 32) << 3) & JumpCache.mask);
    hart.memory.setBigInt64(slot, BigInt(hart.pc), true);
    hart.memory.setUint32(slot + 8, tableIndex, true);
    hart.memory.setUint32(slot + 12, label, true);

    hart.memory.setInt32(State.budget, SLICE, true);
    const result = Number(this.#dispatch(BigInt(hart.pc)));
    hart.countRetired(SLICE);
    const couldNotRun = (result & 1) !== 0;
    hart.pc = couldNotRun ? result - 1 : result;
    if (couldNotRun) this.statistics.sideExits++;
    return !couldNotRun;
  }

  #translate(pc: number): Entry | undefined {
    const { hart, statistics } = this;
    if (!hart.code.fetch(pc)) return undefined;
    const start = performance.now();
    const region = discoverRegion(pc, (at) => hart.code.fetch(at));
    const translation = translateRegion(region, "region", (low, span, labels) => this.#placeTable(low, span, labels));
    const bytes = encodeModule([translation.function], { memoryPages });
    const translated = performance.now();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: hart.wasmMemory } });
    const tableIndex = statistics.regions++;
    this.#table.set(tableIndex, exports.region as () => bigint);

    statistics.wasmBytes += bytes.length;
    statistics.translateMs += translated - start;
    statistics.compileMs += performance.now() - translated;
    const entry = { tableIndex, label: 0 };
    this.#entries.set(pc, entry);
    // A return point in the region is entered here until it earns a region of its own.
    for (const other of region.entries) if (!this.#entries.has(other)) this.#entries.set(other, { tableIndex, label: translation.labels.get(other) as number });
    return entry;
  }

  #placeTable(low: number, span: number, labels: ReadonlyMap<number, number>): number {
    const address = this.#freeTable;
    this.#freeTable += span + 2;
    if (this.#freeTable > regionTables.end) throw new Error("no room for region tables");
    for (const [pc, label] of labels) this.hart.memory.setUint16(address + pc - low, label + 1, true);
    return address;
  }
}
