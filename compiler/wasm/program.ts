// A module as WebAssembly, ready to be called: what comptime, tests on the host
// and differential fuzzing run. It does what the evaluator does, faster; memory
// outside data and frames is not watched as closely.

import type { FloatType, Type } from "../ir/ops.js";
import { bitsOf, isFloat } from "../ir/ops.js";
import { bitsOfNumber, numberOf } from "../ir/floats.js";
import { layOutMemory, symbolAt, writeData, type MemoryLayout } from "../ir/memory.js";
import { Trap } from "../ir/evaluate.js";
import type { Func, Location, Module } from "../ir/types.js";
import { writeFunction, writePointer, type Context } from "./function.js";
import { Signatures, writeWasm, type Signature } from "./module.js";

/// Of a function of the IR.
const MOST_RESULTS = 4;
const FRAMES = 1 << 20,
  PAGE = 1 << 16,
  FUEL = 1_000_000_000n;

interface Reason {
  readonly reason: string;
  readonly location: Location | undefined;
}
type Exports = Record<string, unknown> & { readonly top: { value: number }; readonly fuel: { value: bigint } };

export class WasmProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly exports: Exports;
  private readonly memory: WebAssembly.Memory;
  private readonly layout: MemoryLayout;
  private readonly functions: ReadonlyMap<string, Func>;
  private readonly reasons: Reason[] = [];

  /// `fuel`: how many loops and calls it may make altogether.
  constructor(
    private readonly module: Module,
    private readonly fuel = FUEL,
  ) {
    this.layout = layOutMemory(module);
    this.functions = new Map(module.functions.map((fn) => [fn.name, fn]));
    const signatures = new Signatures();
    const known = new Map<string, number>();
    const context: Context = {
      signatures,
      functions: new Map(module.functions.map(({ name }, index) => [name, index])),
      addressOf: (symbol) => this.layout.addresses.get(symbol),
      trap: (reason, location) => {
        const key = `${location?.file}:${location?.line}:${location?.column}:${reason}`;
        const number = known.get(key) ?? this.reasons.push({ reason, location }) - 1;
        known.set(key, number);
        return number;
      },
      pointers: pointersOf(module),
      resultsOf: (symbol) => this.functions.get(symbol)!.results,
    };
    const top = Math.ceil(this.layout.end / 16) * 16;
    const own = module.functions.map((fn) => writeFunction(fn, context));
    const pointers = isIndirect(module) ? module.functions.map((fn) => writePointer(fn, context)) : [];
    this.bytes = writeWasm([...own, ...pointers], pointers.map((_, index) => own.length + index), signatures, top);
    const memory = new WebAssembly.Memory({ initial: Math.ceil((top + FRAMES) / PAGE) });
    this.memory = memory;
    writeData(module, new DataView(memory.buffer), (symbol) => this.addressOf(symbol));
    const trap = (number: number) => {
      const { reason, location } = this.reasons[number]!;
      throw new Trap(reason, location);
    };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(this.bytes), { env: { trap, memory } });
    this.exports = exports as unknown as Exports;
    this.top = top;
  }
  private top: number;

  /// The results of a call of one of the module's functions, floats as their bits. Memory stays as the call leaves it.
  call(name: string, args: readonly bigint[] = []): bigint[] {
    const fn = this.functions.get(name);
    if (!fn) throw new Trap(`no function ${name}`, undefined);
    this.exports.top.value = this.top;
    this.exports.fuel.value = this.fuel;
    const types = (fn.blocks[0]?.params ?? []).map(({ type }) => type!);
    const run = this.exports[`f ${name}`] as (...args: unknown[]) => unknown;
    try {
      const result = run(...types.map((type, index) => toHost(type, args[index] ?? 0n)));
      const results = fn.results.length === 0 ? [] : fn.results.length === 1 ? [result] : [...(result as Iterable<unknown>)];
      return results.map((value, index) => fromHost(fn.results[index]!, value));
    } catch (error) {
      if (error instanceof RangeError) throw new Trap("the calls are nested too deeply", fn.location);
      if (error instanceof WebAssembly.RuntimeError) throw new Trap(whyOf(error), fn.location);
      throw error;
    }
  }

  readMemory(address: number | bigint, bytes: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, Number(address), bytes).slice();
  }
  writeMemory(address: number | bigint, bytes: Uint8Array): void {
    new Uint8Array(this.memory.buffer).set(bytes, Number(address));
  }
  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }
  /// Frames of later calls begin behind this address: what a call left before it stays.
  keep(address: number): void {
    const top = Math.ceil(Math.max(address, this.top) / 16) * 16;
    this.memory.grow(Math.ceil((top - this.top) / PAGE));
    this.top = top;
  }
  addressOf(symbol: string): number {
    const address = this.layout.addresses.get(symbol);
    if (address === undefined) throw new Trap(`${symbol} has no address before linking`, undefined);
    return address;
  }
  symbolAt(address: number | bigint): { symbol: string; offset: number } | undefined {
    return symbolAt(this.module, this.layout.addresses, Number(address));
  }
}

const calledIndirectly = ({ functions }: Module) =>
  functions.flatMap(({ blocks }) => blocks.flatMap(({ body }) => body.filter(({ op }) => op === "callIndirect")));
const isIndirect = (module: Module) => calledIndirectly(module).length > 0;

function pointersOf(module: Module): Signature {
  const most = Math.max(...module.functions.map(({ blocks }) => blocks[0]?.params.length ?? 0), ...calledIndirectly(module).map(({ args }) => args.length - 1), 0);
  return { params: Array<Type>(most).fill("i64"), results: Array<Type>(MOST_RESULTS).fill("i64") };
}

function whyOf({ message }: Error): string {
  if (/out of bounds/.test(message) && /memory/.test(message)) return "there is no memory at the address";
  return /table|function|null|signature/.test(message) ? "there is no such function to call" : message;
}

function toHost(type: Type, value: bigint): number | bigint {
  if (isFloat(type)) return numberOf(value, bitsOf(type));
  return type === "i64" ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value));
}
function fromHost(type: Type, value: unknown): bigint {
  if (isFloat(type)) return BigInt.asIntN(bitsOf(type), bitsOfNumber(value as number, bitsOf(type satisfies FloatType)));
  return typeof value === "bigint" ? value : BigInt(value as number);
}
