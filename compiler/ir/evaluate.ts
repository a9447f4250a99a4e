// Runs the IR: the reference that passes and the back end are compared with,
// and what comptime is evaluated by.
//
// Memory is as memory.ts says; an access outside data and frames traps.
//
// A function is decoded once into rows with numbered operands, so that a step
// is an array access and a switch.

import { functionIndex, layOutMemory, symbolAt, writeData } from "./memory.js";
import { bitsOf, operations, type Operation, type PureOp } from "./ops.js";
import {
  entryOf,
  isFence,
  memoryBytes,
  type Block,
  type Edge,
  type Func,
  type Location,
  type MemoryType,
  type Module,
  type Reason,
  type Value,
} from "./types.js";

const FRAMES = 1 << 20,
  DEEPEST = 1000,
  STEPS = 200_000_000;

const TOO_DEEP = "the calls are nested too deeply";

/// The program stopped: a failed check, an access outside its memory, or a limit.
export class Trap extends Error {
  constructor(
    readonly reason: Reason,
    readonly location: Location | undefined,
  ) {
    super(reason);
  }
}

export interface EvaluateOptions {
  /// Values to compute before it gives up.
  readonly steps?: number;
}

/// One call in a fresh memory; the first result, or 0 where there is none.
export function evaluate(module: Module, name: string, args: bigint[] = []): bigint {
  return new Evaluator(module).call(name, args)[0] ?? 0n;
}

interface Step {
  readonly value: Value;
  /// Numbers of the operands and of the result in the frame.
  readonly args: readonly number[];
  readonly result: number;
  readonly operation: Operation | undefined;
  readonly operandBits: number;
  readonly resultBits: number;
}
interface Jump {
  readonly to: Decoded;
  readonly args: readonly number[];
  readonly params: readonly number[];
}
interface Decoded {
  readonly steps: Step[];
  readonly end: Block["end"];
  /// The condition, or the returned values.
  uses: readonly number[];
  jumps: Jump[];
}
interface Code {
  readonly fn: Func;
  readonly entry: Decoded;
  readonly params: readonly number[];
  readonly constants: readonly { readonly at: number; readonly imm: bigint }[];
  readonly slots: readonly { readonly at: readonly number[]; readonly offset: number }[];
  readonly frameBytes: number;
  readonly size: number;
}

export class Evaluator {
  private readonly memory: DataView;
  private readonly addresses: ReadonlyMap<string, number>;
  private readonly functions = new Map<string, Func>();
  private readonly code = new Map<Func, Code>();
  private readonly dataStart: number;
  private readonly frames: number;
  private top: number;
  private depth = 0;
  private stepsLeft: number;

  constructor(
    private readonly module: Module,
    { steps = STEPS }: EvaluateOptions = {},
  ) {
    this.stepsLeft = steps;
    for (const fn of module.functions) this.functions.set(fn.name, fn);
    const { addresses, dataStart, end } = layOutMemory(module);
    this.addresses = addresses;
    this.dataStart = dataStart;
    this.frames = this.top = end;
    this.memory = new DataView(new ArrayBuffer(end + FRAMES));
    writeData(module, this.memory, (symbol) => this.addressOf(symbol));
  }

  /// The results of a call of one of the module's functions. Memory stays as the call leaves it.
  call(name: string, args: readonly bigint[] = []): bigint[] {
    const fn = this.functions.get(name);
    if (!fn) throw new Trap(`no function ${name}`, undefined);
    // A trap may have left these behind.
    this.top = this.frames;
    this.depth = 0;
    try {
      return this.run(fn, args, undefined);
    } catch (error) {
      // The host's stack may be shorter than we think.
      if (error instanceof RangeError && /call stack/.test(error.message)) throw new Trap(TOO_DEEP, fn.location);
      throw error;
    }
  }

  readMemory(address: number | bigint, bytes: number): Uint8Array {
    this.check(Number(address), bytes, undefined);
    return new Uint8Array(this.memory.buffer, Number(address), bytes).slice();
  }

  writeMemory(address: number | bigint, bytes: Uint8Array): void {
    this.check(Number(address), bytes.length, undefined);
    new Uint8Array(this.memory.buffer).set(bytes, Number(address));
  }

  addressOf(symbol: string): number {
    const address = this.addresses.get(symbol);
    if (address === undefined) throw new Trap(`${symbol} has no address before linking`, undefined);
    return address;
  }

  /// The data or function that an address lies in, and the distance from its start.
  symbolAt(address: number | bigint): { symbol: string; offset: number } | undefined {
    return symbolAt(this.module, this.addresses, Number(address));
  }

  private functionAt(address: number): Func | undefined {
    return this.module.functions[functionIndex(address)];
  }

  private run(fn: Func, args: readonly bigint[], location: Location | undefined): bigint[] {
    if (fn.naked) throw new Trap(`${fn.name} is assembly, which cannot be evaluated`, location);
    const code = this.code.get(fn) ?? this.decode(fn);
    const frame = (this.top = Math.ceil(this.top / 16) * 16);
    this.top += code.frameBytes;
    if (++this.depth > DEEPEST || this.top > this.memory.byteLength) throw new Trap(TOO_DEEP, location);
    new Uint8Array(this.memory.buffer).fill(0, frame, this.top);
    const values: bigint[] = new Array<bigint>(code.size).fill(0n);
    for (const { at, imm } of code.constants) values[at] = imm;
    for (const { at, offset } of code.slots) for (const index of at) values[index] = BigInt(frame + offset);
    code.params.forEach((at, index) => (values[at] = args[index] ?? 0n));
    const results = this.runBlocks(code.entry, values);
    this.top = frame;
    this.depth--;
    return results;
  }

  private runBlocks(block: Decoded, values: bigint[]): bigint[] {
    /// Of the last call, for the `result` values after it.
    let results: bigint[] = [];
    for (;;) {
      this.stepsLeft -= block.steps.length + 1;
      if (this.stepsLeft < 0) throw new Trap("it takes too many steps", block.steps[0]?.value.location);
      for (const { value, args, result, operation, operandBits, resultBits } of block.steps) {
        const a = values[args[0] as number] as bigint;
        const b = values[args[1] as number] as bigint;
        if (operation) {
          values[result] = BigInt.asIntN(resultBits, operation.evaluate(a, b, operandBits, resultBits));
          continue;
        }
        switch (value.op) {
          case "load":
            values[result] = this.load(value.memory, Number(a + value.imm), value.location);
            break;
          case "store":
            this.store(value.memory, Number(a + value.imm), b, value.location);
            break;
          case "atomic":
            values[result] = this.update(value, Number(a + value.imm), args.slice(1).map((at) => values[at] as bigint));
            break;
          case "check":
            if (a === 0n) throw new Trap(value.reason, value.location);
            break;
          case "global":
            values[result] = BigInt(this.addressOf(value.symbol)) + value.imm;
            break;
          case "call":
          case "callIndirect": {
            const callee =
              value.op === "call" ? this.functions.get(value.symbol) : this.functionAt(Number(a));
            if (!callee) throw new Trap(`there is no function to call at 0x${BigInt.asUintN(64, a ?? 0n).toString(16)}`, value.location);
            const passed = (value.op === "call" ? args : args.slice(1)).map((at) => values[at] as bigint);
            results = this.run(callee, passed, value.location);
            values[result] = results[0] ?? 0n;
            break;
          }
          case "result":
            values[result] = results[Number(value.imm)] ?? 0n;
            break;
          case "asm":
            if (value.asm && isFence(value.asm)) break;
            throw new Trap("assembly cannot be evaluated", value.location);
          default:
            throw new Trap(`a ${value.op} cannot be evaluated`, value.location);
        }
      }
      const { end } = block;
      if (end.kind === "return") return block.uses.map((at) => values[at] as bigint);
      if (end.kind === "trap") throw new Trap(end.reason, end.location);
      const taken = end.kind === "jump" || values[block.uses[0] as number] !== 0n ? 0 : 1;
      const { to, args, params } = block.jumps[taken] as Jump;
      if (params.length === 1) values[params[0] as number] = values[args[0] as number] as bigint;
      else if (params.length > 1) {
        const incoming = args.map((at) => values[at] as bigint);
        params.forEach((at, index) => (values[at] = incoming[index] as bigint));
      }
      block = to;
    }
  }

  private decode(fn: Func): Code {
    const numbers = new Map<Value, number>();
    const numberOf = (value: Value) => {
      const known = numbers.get(value);
      if (known !== undefined) return known;
      numbers.set(value, numbers.size);
      return numbers.size - 1;
    };
    const constants: { at: number; imm: bigint }[] = [];
    const slots = new Map<string, { at: number[]; offset: number }>();
    let frameBytes = 0;
    const stepOf = (value: Value): Step => ({
      value,
      args: value.args.map(numberOf),
      result: numberOf(value),
      operation: (operations as Record<string, Operation>)[value.op as PureOp],
      operandBits: bitsOf(value.args[0]?.type ?? "i64"),
      resultBits: bitsOf(value.type ?? "i64"),
    });
    const blocks = new Map<Block, Decoded>();
    for (const block of fn.blocks) {
      const steps: Step[] = [];
      for (const value of block.body) {
        if (value.op === "const") constants.push({ at: numberOf(value), imm: value.imm });
        else if (value.op === "slot") {
          const slot = slots.get(value.symbol) ?? { at: [], offset: frameBytes };
          if (!slots.has(value.symbol)) frameBytes += Math.ceil(Number(value.imm) / 8) * 8;
          slot.at.push(numberOf(value));
          slots.set(value.symbol, slot);
        } else steps.push(stepOf(value));
      }
      blocks.set(block, { steps, end: block.end, uses: [], jumps: [] });
    }
    const jumpOf = ({ to, args }: Edge): Jump => ({
      to: blocks.get(to) as Decoded,
      args: args.map(numberOf),
      params: to.params.map(numberOf),
    });
    for (const [{ end }, decoded] of blocks) {
      decoded.jumps = end.edges.map(jumpOf);
      decoded.uses = (end.kind === "branch" ? [end.condition] : end.kind === "return" ? end.values : []).map(numberOf);
    }
    const entry = entryOf(fn);
    const code: Code = {
      fn,
      entry: blocks.get(entry) as Decoded,
      params: entry.params.map(numberOf),
      constants,
      slots: [...slots.values()],
      frameBytes,
      size: numbers.size,
    };
    this.code.set(fn, code);
    return code;
  }

  private check(address: number, bytes: number, location: Location | undefined): void {
    if (address < this.dataStart || address + bytes > this.memory.byteLength || !Number.isInteger(address))
      throw new Trap(`there is no memory at 0x${address.toString(16)}`, location);
  }

  private load(type: MemoryType, address: number, location: Location | undefined): bigint {
    this.check(address, memoryBytes[type], location);
    switch (type) {
      case "u8":
        return BigInt(this.memory.getUint8(address));
      case "s8":
        return BigInt(this.memory.getInt8(address));
      case "u16":
        return BigInt(this.memory.getUint16(address, true));
      case "s16":
        return BigInt(this.memory.getInt16(address, true));
      case "i32":
      case "f32":
        return BigInt(this.memory.getInt32(address, true));
      case "i64":
      case "f64":
        return this.memory.getBigInt64(address, true);
    }
  }

  private store(type: MemoryType, address: number, value: bigint, location: Location | undefined): void {
    this.check(address, memoryBytes[type], location);
    if (memoryBytes[type] === 8) return this.memory.setBigInt64(address, value, true);
    const low = Number(BigInt.asIntN(32, value));
    if (memoryBytes[type] === 4) this.memory.setInt32(address, low, true);
    else if (type === "u16" || type === "s16") this.memory.setInt16(address, low, true);
    else this.memory.setInt8(address, low);
  }

  /// An atomic operation; the old value.
  private update({ atomic, memory, location }: Value, address: number, [a = 0n, desired = 0n]: bigint[]): bigint {
    const old = this.load(memory, address, location);
    switch (atomic) {
      case "add":
      case "and":
      case "or":
      case "xor":
        this.store(memory, address, operations[atomic].evaluate(old, a), location);
        break;
      case "swap":
        this.store(memory, address, a, location);
        break;
      case "cas":
        if (old === a) this.store(memory, address, desired, location);
    }
    return old;
  }
}
