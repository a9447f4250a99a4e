// Random programs as IR, from a seed: every operation, loops that end, calls
// (direct, through a pointer, with up to eleven arguments and three results),
// tables in memory, locals that escape and locals that do not, atomics and
// checks. Nothing in them is undefined, so all ways to run one must agree.

import { Builder, type Variable } from "../../compiler/ir/builder.js";
import { bitsOfNumber } from "../../compiler/ir/floats.js";
import { bitsOf, isFloat, kindOf, operations, wrap, type Operation } from "../../compiler/ir/ops.js";
import {
  loadedType,
  memoryBytes,
  newBlock,
  newFunc,
  type AtomicOp,
  type Func,
  type MemoryType,
  type Module,
  type Op,
  type Type,
  type Value,
} from "../../compiler/ir/types.js";

const TABLE = 64;
const memoryTypes: readonly MemoryType[] = ["u8", "s8", "u16", "s16", "i32", "i64", "f32", "f64"];
const types: readonly Type[] = ["i32", "i64", "f32", "f64"];
const integers = ["i32", "i64"] as const;

export class Random {
  constructor(private state: number) {}

  below(limit: number): number {
    // Mulberry32.
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }
}

export function randomModule(seed: number, functions = 5): Module {
  const random = new Random(seed);
  const module: Module = {
    functions: [],
    data: [
      { name: "table", size: TABLE, align: 8, bytes: undefined, readonly: false, relocations: [] },
      { name: "constants", size: TABLE, align: 8, bytes: Uint8Array.from({ length: TABLE }, () => random.below(256)), readonly: true, relocations: [] },
      { name: "pointers", size: 8, align: 8, bytes: undefined, readonly: false, relocations: [{ offset: 0, symbol: "table", addend: 8 }] },
    ],
    files: ["random.ts"],
    roots: ["run"],
  };
  module.data[2] = { ...module.data[2]!, bytes: new Uint8Array(8) };
  for (let index = 0; index < functions; index++) {
    const params = Array.from({ length: random.chance(3) ? 9 + random.below(3) : 1 + random.below(6) }, () => random.pick(types));
    const results = Array.from({ length: random.chance(3) ? 2 + random.below(2) : 1 }, () => random.pick(types));
    const inline = random.chance(2) ? { attributes: { inline: random.pick(["always", "never"] as const) } } : {};
    const fn = newFunc(`f${index}`, results, inline);
    new FunctionMaker(random, module, fn, params).make(2 + random.below(2));
    module.functions.push(fn);
  }
  module.functions.push(runOf(module, random));
  return module;
}

/// Calls every function and mixes what they return with the tables.
function runOf(module: Module, random: Random): Func {
  const fn = newFunc("run", ["i64"]);
  const builder = new Builder(fn);
  let hash = builder.constant("i64", BigInt(random.below(2 ** 30)));
  const mix = (result: Value) => {
    const value = isFloat(result.type) ? builder.emit("ftobits", result.type === "f32" ? "i32" : "i64", [result]) : result;
    const wide = value.type === "i32" ? builder.emit("sext", "i64", [value]) : value;
    hash = builder.emit("add", "i64", [builder.emit("mul", "i64", [hash, builder.constant("i64", 31n)]), wide]);
  };
  for (const callee of module.functions) {
    const args = callee.blocks[0]!.params.map(({ type }, index) => {
      const part = builder.emit("shru", "i64", [hash, builder.constant("i64", BigInt((index * 7) % 64))]);
      const word = type === "i32" || type === "f32" ? builder.emit("trunc", "i32", [part]) : part;
      return isFloat(type) ? builder.emit("frombits", type, [word]) : word;
    });
    for (const result of builder.callMulti(callee.name, callee.results, args)) mix(result);
  }
  const table = builder.emit("global", "i64", [], { symbol: "table" });
  for (let at = 0; at < TABLE; at += 8) mix(builder.emit("load", "i64", [table], { imm: BigInt(at) }));
  builder.return([hash]);
  return fn;
}

class FunctionMaker {
  private readonly builder: Builder;
  private readonly variables: Variable[] = [];
  private slots = 0;

  constructor(
    private readonly random: Random,
    private readonly module: Module,
    private readonly fn: Func,
    params: readonly Type[],
  ) {
    this.builder = new Builder(fn);
    for (const type of params) this.declare(type, this.builder.parameter(type));
    for (const type of types) this.declare(type, isFloat(type) ? this.literal(type) : this.builder.constant(type, BigInt(random.below(1000))));
  }

  make(depth: number): void {
    this.statements(depth);
    this.builder.return(this.fn.results.map((type) => this.mixed(type)));
  }

  private declare(type: Type, value: Value): void {
    const variable = { type };
    this.variables.push(variable);
    this.builder.write(variable, value);
  }

  /// All variables of a type in one value, so that none is dead.
  private mixed(type: Type): Value {
    const all = this.variables.filter((variable) => variable.type === type).map((variable) => this.builder.read(variable));
    return all.reduce((sum, value) => this.builder.emit(isFloat(type) ? "fadd" : "xor", type, [sum, value]));
  }

  private literal(type: Type): Value {
    if (isFloat(type)) {
      const width = bitsOf(type);
      const numbers = [0, -0, 1, -1, 0.5, 1.5, 0.1, 3, 1e10, -1e10, 1e300, 1e-300, 1e-45, 2 ** 31, 2 ** 32, 2 ** 63, -(2 ** 63), 2 ** 64, Infinity, -Infinity, NaN, this.random.below(2 ** 30) / 1000];
      return this.builder.constant(type, wrap(type, bitsOfNumber(this.random.pick(numbers), width)));
    }
    const bits = type === "i32" ? 32n : 64n;
    const interesting = [0n, 1n, -1n, 2n, 7n, 8n, 255n, 2047n, 2048n, -2048n, -2049n, 4096n, 0x7fffffffn, -0x80000000n, 0x12345678n, 1n << (bits - 1n), (1n << (bits - 1n)) - 1n, BigInt(this.random.below(2 ** 31)) * 0x9e3779b9n];
    return this.builder.constant(type, BigInt.asIntN(Number(bits), this.random.pick(interesting)));
  }

  private value(type: Type, depth: number): Value {
    const { random, builder } = this;
    if (depth === 0 || random.chance(5)) {
      const same = this.variables.filter((variable) => variable.type === type);
      return random.chance(3) ? this.literal(type) : builder.read(random.pick(same));
    }
    switch (random.below(10)) {
      case 0:
        return this.load(type, depth);
      case 1: {
        if (isFloat(type) && random.chance(2))
          return builder.emit(random.pick(["itofs", "itofu"] as const), type, [this.value(random.pick(integers), depth - 1)]);
        if (type === "f32") return builder.emit("fdemote", type, [this.value("f64", depth - 1)]);
        if (type === "f64") return builder.emit("fpromote", type, [this.value("f32", depth - 1)]);
        if (random.chance(4))
          return builder.emit(random.pick(["ftois", "ftoiu"] as const), type, [this.value(random.pick(["f32", "f64"]), depth - 1)]);
        if (random.chance(6)) return builder.emit("ftobits", type, [this.value(type === "i32" ? "f32" : "f64", depth - 1)]);
        const other = type === "i32" ? "i64" : "i32";
        return builder.emit(type === "i32" ? "trunc" : random.pick(["sext", "zext"] as const), type, [this.value(other, depth - 1)]);
      }
      case 2:
        if (isFloat(type)) return builder.emit("frombits", type, [this.value(type === "f32" ? "i32" : "i64", depth - 1)]);
        return type === "i32" ? this.condition(depth - 1) : builder.emit("sext", "i64", [this.value("i32", depth - 1)]);
      default: {
        const [name, row] = random.pick((Object.entries(operations) as [Op, Operation][]).filter(([, row]) => row.result === "same" && (row.operands ?? "integer") === kindOf(type)));
        const args = Array.from({ length: row.arity }, () => this.value(type, depth - 1));
        return builder.emit(name, type, args);
      }
    }
  }

  private condition(depth: number): Value {
    const type = this.random.pick(types);
    if (isFloat(type))
      return this.builder.emit(this.random.pick(["feq", "flt", "fle"] as const), "i32", [this.value(type, depth), this.value(type, depth)]);
    const op = this.random.pick(["eq", "ne", "lts", "ges", "ltu", "geu"] as const);
    return this.builder.emit(op, "i32", [this.value(type, depth), this.value(type, depth)]);
  }

  /// An element of a table, at an aligned place inside it.
  private place(memory: MemoryType, writable: boolean, depth: number): { address: Value; imm: bigint } {
    const { random, builder } = this;
    const bytes = memoryBytes[memory];
    const base = random.chance(4)
      ? builder.emit("load", "i64", [builder.emit("global", "i64", [], { symbol: "pointers" })])
      : builder.emit("global", "i64", [], { symbol: writable || random.chance(2) ? "table" : "constants" });
    const index = builder.emit("and", "i64", [this.value("i64", depth), builder.constant("i64", BigInt(TABLE / 2 - bytes))]);
    const aligned = builder.emit("and", "i64", [index, builder.constant("i64", BigInt(-bytes))]);
    return { address: builder.emit("add", "i64", [base, aligned]), imm: BigInt(random.below(3) * 8) };
  }

  private load(type: Type, depth: number): Value {
    const memory = type !== "i32" ? type : this.random.pick(memoryTypes.slice(0, 5));
    const { address, imm } = this.place(memory, false, depth - 1);
    return this.builder.emit("load", type, [address], { imm, memory, volatile: this.random.chance(6) });
  }

  private statements(depth: number): void {
    const count = 1 + this.random.below(4);
    for (let index = 0; index < count; index++) this.statement(depth);
  }

  private statement(depth: number): void {
    const { random, builder } = this;
    const variable = random.pick(this.variables);
    switch (random.below(depth > 0 ? 11 : 7)) {
      case 0: {
        const memory = random.pick(memoryTypes);
        const { address, imm } = this.place(memory, true, 1);
        builder.emit("store", undefined, [address, this.value(loadedType(memory), 2)], { imm, memory });
        break;
      }
      case 1:
        return this.call();
      case 2: {
        const memory = random.pick(["i32", "i64"] as const);
        const { address, imm } = this.place(memory, true, 1);
        const at = builder.emit("add", "i64", [address, builder.constant("i64", imm)]);
        const atomic = random.pick<AtomicOp>(["add", "and", "or", "xor", "swap", "cas"]);
        const args = [at, this.value(memory, 1), ...(atomic === "cas" ? [this.value(memory, 1)] : [])];
        const old = builder.emit("atomic", memory, args, { memory, atomic });
        return this.assign(memory, old);
      }
      case 3: {
        const value = this.value("i32", 1);
        const odd = builder.emit("or", "i32", [value, builder.constant("i32", 1n)]);
        builder.emit("check", undefined, [odd], { reason: "an odd number is not zero" });
        break;
      }
      case 4:
        return this.local();
      case 7:
      case 8:
        return this.branch(depth);
      case 9:
      case 10:
        return this.loop(depth);
      default:
        builder.write(variable, this.value(variable.type, 3));
    }
  }

  private assign(type: Type, value: Value): void {
    this.builder.write(this.random.pick(this.variables.filter((variable) => variable.type === type)), value);
  }

  private call(): void {
    const { random, builder } = this;
    if (this.module.functions.length === 0) return;
    const callee = random.pick(this.module.functions);
    const args = callee.blocks[0]!.params.map(({ type }) => this.value(type!, 1));
    const results = random.chance(3)
      ? builder.callIndirect(builder.emit("global", "i64", [], { symbol: callee.name }), callee.results, args)
      : builder.callMulti(callee.name, callee.results, args);
    results.forEach((result, index) => {
      if (!random.chance(4)) this.assign(callee.results[index]!, result);
    });
  }

  /// A local in memory: cells of several widths, sometimes reached through a computed address.
  private local(): void {
    const { random, builder } = this;
    const size = random.chance(8) ? 2400 : 32;
    const slot = () => builder.emit("slot", "i64", [], { imm: BigInt(size), symbol });
    const symbol = `${this.fn.name}.s${this.slots++}`;
    for (let at = 0; at < 32; at += 8) builder.emit("store", undefined, [slot(), this.value("i64", 1)], { imm: BigInt(at) });
    for (let count = random.below(4); count > 0; count--) {
      const memory = random.pick(memoryTypes);
      const whole = random.chance(2);
      const imm = whole ? BigInt(random.below(4) * 8) : BigInt(random.below(8) * 4);
      if (memoryBytes[memory] === 8 && imm % 8n !== 0n) continue;
      builder.emit("store", undefined, [slot(), this.value(loadedType(memory), 1)], { imm, memory });
    }
    const offset = random.chance(2)
      ? builder.constant("i64", 0n)
      : builder.emit("and", "i64", [this.value("i64", 1), builder.constant("i64", 24n)]);
    const address = builder.emit("add", "i64", [slot(), offset]);
    this.assign("i64", builder.emit("load", "i64", [address]));
    const memory = random.pick(memoryTypes.slice(0, 5));
    this.assign("i32", builder.emit("load", "i32", [slot()], { imm: 8n, memory }));
  }

  private branch(depth: number): void {
    const { builder } = this;
    const [then, otherwise, after] = [newBlock(this.fn), newBlock(this.fn), newBlock(this.fn)];
    builder.branch(this.condition(2), then, otherwise, then);
    builder.seal(then);
    builder.seal(otherwise);
    this.statements(depth - 1);
    builder.jump(after, otherwise);
    if (this.random.chance(2)) this.statements(depth - 1);
    builder.jump(after);
    builder.seal(after);
  }

  /// `for (i = start; i < bound; i += step)`, with a way out in the middle now and then.
  private loop(depth: number): void {
    const { random, builder } = this;
    const type = random.pick(integers);
    const counter = { type };
    builder.write(counter, builder.constant(type, BigInt(random.below(4))));
    const [test, body, next, exit] = [newBlock(this.fn), newBlock(this.fn), newBlock(this.fn), newBlock(this.fn)];
    builder.jump(test);
    const bound = builder.constant(type, BigInt(random.below(10)));
    builder.branch(builder.emit(random.pick(["lts", "ltu"] as const), "i32", [builder.read(counter), bound]), body, exit, body);
    builder.seal(body);
    // Readable in the body, and written by nothing but the step: the loop ends.
    const shown = builder.read(counter);
    this.assign(type, builder.emit("add", type, [shown, this.value(type, 1)]));
    this.statements(depth - 1);
    if (random.chance(3)) {
      const more = newBlock(this.fn);
      builder.branch(this.condition(1), exit, more, more);
      builder.seal(more);
    }
    builder.jump(next);
    builder.seal(next);
    builder.write(counter, builder.emit("add", type, [builder.read(counter), builder.constant(type, BigInt(1 + random.below(3)))]));
    builder.jump(test, exit);
    builder.seal(test);
    builder.seal(exit);
  }
}
