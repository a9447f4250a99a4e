// A hart: its state in memory, and what TypeScript does when compiled code
// leaves. `run` is the interpreter on its own; the JIT's loop calls `interpret`.

import { Cause } from "../isa/machine.js";
import type { OperandName } from "../isa/operand.js";
import type { Hart as HostedHart } from "../isa/row.js";
import { clearTlb, CodePages } from "./code-pages.js";
import { handlers } from "./handlers.js";
import { emitInterpreter } from "./interpreter.js";
import { memoryPages, PAGE, Ram, State, Tlb } from "./layout.js";

const interpreterModule = new WebAssembly.Module(emitInterpreter(handlers));

/// A cause that the hart cannot deal with: an exception, or an access outside RAM.
export interface Stop {
  readonly cause: Cause;
  readonly pc: number;
}

export class Hart implements HostedHart {
  readonly wasmMemory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  readonly memory = new DataView(this.wasmMemory.buffer);
  readonly code = new CodePages(this.memory);
  retired = 0;
  readonly #interpret: () => Cause;

  constructor() {
    for (const tlb of [Tlb.load, Tlb.store, Tlb.fetch]) clearTlb(this.memory, tlb);
    const { exports } = new WebAssembly.Instance(interpreterModule, { env: { memory: this.wasmMemory } });
    this.#interpret = exports.run as () => Cause;
  }

  get pc(): number { return Number(this.memory.getBigInt64(State.pc, true)); }
  set pc(value: number) { this.memory.setBigInt64(State.pc, BigInt(value), true); }

  readRegister(x: number): bigint { return this.memory.getBigInt64(State.x + x * 8, true); }
  writeRegister(x: number, value: bigint): void {
    if (x !== 0) this.memory.setBigInt64(State.x + x * 8, value, true);
  }

  readCsr(csr: number): bigint | undefined {
    if (csr === 0xc00 || csr === 0xc01 || csr === 0xc02) return BigInt(this.retired);
    return this.#csrs.get(csr);
  }
  writeCsr(csr: number, value: bigint): void { this.#csrs.set(csr, value); }
  readonly #csrs = new Map<number, bigint>([[0x340, 0n], [0x001, 0n], [0x002, 0n], [0x003, 0n]]);

  discardDecodedCode(): void { this.code.discard(); }

  /// Interprets until something stops it or it reaches `until`, which must not be RAM.
  run(until: number, slice = 1_000_000): Stop | undefined {
    for (;;) {
      const stop = this.interpret(slice);
      if (stop) return stop.pc === until ? undefined : stop;
    }
  }

  /// Interprets at least `budget` + 1 instructions, and then to the next jump.
  interpret(budget: number): Stop | undefined {
    this.memory.setInt32(State.budget, budget, true);
    for (;;) {
      const cause = this.#interpret();
      if (cause === Cause.budget) break;
      const remaining = this.#handle(cause);
      if (remaining !== undefined) {
        this.countRetired(budget);
        return { cause: remaining, pc: this.pc };
      }
    }
    this.countRetired(budget);
    return undefined;
  }

  /// Adds what was used of a budget.
  countRetired(budget: number): void {
    this.retired += budget - this.memory.getInt32(State.budget, true);
  }

  /// Deals with a cause so that the code can go on. What it cannot deal with is the result.
  #handle(cause: Cause): Cause | undefined {
    switch (cause) {
      case Cause.fetchMiss: return this.code.map(this.pc) ? undefined : cause;
      case Cause.undecoded: this.code.decodeRun(this.pc); return undefined;
      case Cause.loadMiss: return this.#fillTlb(Tlb.load) ? undefined : cause;
      case Cause.storeMiss: return this.#fillTlb(Tlb.store) ? undefined : cause;
      case Cause.host: return this.#perform() ? undefined : Cause.illegalInstruction;
      default: return cause;
    }
  }

  /// Fills the entry for the address that missed. An access across a page's end misses again; the full emulator splits it.
  #fillTlb(tlb: number): boolean {
    const vaddr = Number(this.memory.getBigInt64(State.detail, true));
    const page = vaddr - (vaddr % PAGE);
    if (page < Ram.vaddr || page >= Ram.vaddr + Ram.size) return false;
    const entry = tlb + ((page / PAGE) % Tlb.entries) * Tlb.entrySize;
    if (Number(this.memory.getBigInt64(entry, true)) === page) return false;
    this.memory.setBigInt64(entry, BigInt(page), true);
    this.memory.setUint32(entry + 8, Ram.address + page - Ram.vaddr, true);
    return true;
  }

  /// Performs the hosted row at the pc, as one instruction. False where it is illegal.
  #perform(): boolean {
    const { pc } = this;
    const decoded = this.code.fetch(pc);
    if (!decoded || !("perform" in decoded.row.meaning)) return false;
    if (decoded.row.meaning.perform(this, decoded.operands as Record<OperandName, number>) === "illegal") return false;
    this.pc = pc + decoded.length;
    this.memory.setInt32(State.budget, this.memory.getInt32(State.budget, true) - 1, true);
    return true;
  }
}
