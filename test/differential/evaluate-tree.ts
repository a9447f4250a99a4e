// Runs a program as the front end understood it: the typed tree, before there is
// any IR. The simplest thing that can be right: every local lies in memory, an
// aggregate is a copy of its bytes, a scalar its value. Nothing is shared with
// compiler/ir. Assembly cannot be run, but fences, which do nothing here.

import { isFence } from "../../compiler/ir/types.js";
import type { Expr, FunctionTree, Local, Place, ProgramTree, Statement } from "../../compiler/frontend/tree.js";
import { alignOf, integerOf, sizeOf, u64, type BitRange, type Type } from "../../compiler/frontend/types.js";
import { binaryNumber, compareNumbers, convertNumber, inTypeOf, unaryNumber } from "./tree-numbers.js";

/// A failed check, by its reason.
export class TreeTrap extends Error {}

type Val = bigint | Uint8Array;
/// How a statement ended, where it did not just end.
type Way = undefined | { kind: "break" | "continue"; label: string | undefined } | { kind: "return"; value: Val };
interface Found {
  readonly address: number;
  readonly type: Type;
  readonly bits: BitRange | undefined;
}
type Frame = Map<Local, number>;

const NOTHING: Val = new Uint8Array(0);
const MEMORY = 4 << 20,
  FIRST = 0x1000,
  MOST_TURNS = 1_000_000;

const isScalar = (type: Type): boolean => sizeOf(type) > 0 && !["slice", "arr", "struct", "union", "device", "atomic"].includes(type.kind);

export class TreeEvaluator {
  private readonly bytes = new Uint8Array(MEMORY);
  private readonly functions = new Map<string, FunctionTree>();
  /// Of functions and static data; a function's is only a number.
  private readonly addresses = new Map<string, number>();
  private readonly callable = new Map<number, string>();
  private readonly texts = new Map<string, number>();
  /// Static data, then frames, upward; constant texts downward from the end.
  private top = FIRST;
  private bottom = MEMORY;
  private turns = 0;

  constructor(tree: ProgramTree) {
    for (const fn of tree.functions) {
      this.functions.set(fn.name, fn);
      const address = this.reserve(16, 16);
      this.addresses.set(fn.name, address);
      this.callable.set(address, fn.name);
    }
    for (const { name, type } of tree.globals) this.addresses.set(name, this.reserve(sizeOf(type), 16));
    const none: Frame = new Map();
    for (const { name, type, initial, bytes, relocations } of tree.globals) {
      if (bytes) this.bytes.set(bytes, this.addressOf(name));
      for (const { offset, symbol, addend } of relocations) this.write({ address: this.addressOf(name) + offset, type: u64, bits: undefined }, BigInt(this.addressOf(symbol) + addend));
      if (!bytes && initial) this.write({ address: this.addressOf(name), type, bits: undefined }, this.evaluate(initial, none));
    }
  }

  /// The word that a function without parameters returns. Memory stays as the call leaves it.
  result(name: string): bigint {
    const outer = this.top;
    try {
      return this.call(name, []) as bigint;
    } finally {
      this.top = outer;
    }
  }

  private call(name: string, args: readonly Val[]): Val {
    const fn = this.functions.get(name);
    if (!fn || fn.naked) throw new Error(`${name} has no body that can be run`);
    const outer = this.top;
    const frame: Frame = new Map();
    fn.params.forEach((local, index) => this.write(this.placeOf(local, frame), args[index]!));
    const way = this.run(fn.body, frame);
    this.top = outer;
    if (way?.kind === "return") return way.value;
    if (fn.result.kind !== "void") throw new TreeTrap("the function ended without a value");
    return NOTHING;
  }

  private addressOf(symbol: string): number {
    const address = this.addresses.get(symbol);
    if (address === undefined) throw new Error(`${symbol} has no address`);
    return address;
  }
  private reserve(size: number, align: number): number {
    const address = Math.ceil(this.top / align) * align;
    this.top = address + size;
    if (this.top > this.bottom) throw new TreeTrap("the calls are nested too deeply");
    return address;
  }
  private placeOf(local: Local, frame: Frame): Found {
    const address = frame.get(local) ?? this.reserve(sizeOf(local.type), alignOf(local.type));
    frame.set(local, address);
    return { address, type: local.type, bits: undefined };
  }

  // --- memory

  private read({ address, type, bits }: Found): Val {
    const size = sizeOf(type);
    if (size > 0 && (address < FIRST || address + size > MEMORY)) throw new Error(`there is no memory at 0x${address.toString(16)}`);
    if (!isScalar(type)) return this.bytes.slice(address, address + size);
    let value = 0n;
    for (let byte = size - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(this.bytes[address + byte]!);
    if (!bits) return inTypeOf(type, value);
    const part = BigInt.asUintN(bits.width, value >> BigInt(bits.shift));
    return integerOf(type)?.signed ? BigInt.asIntN(bits.width, part) : part;
  }

  private write({ address, type, bits }: Found, value: Val): void {
    const size = sizeOf(type);
    if (size > 0 && (address < FIRST || address + size > MEMORY)) throw new Error(`there is no memory at 0x${address.toString(16)}`);
    if (value instanceof Uint8Array) return this.bytes.set(value, address);
    let held = BigInt.asUintN(size * 8, value);
    if (bits) {
      const mask = ((1n << BigInt(bits.width)) - 1n) << BigInt(bits.shift);
      const old = BigInt.asUintN(size * 8, this.read({ address, type, bits: undefined }) as bigint);
      held = (old & ~mask) | ((held << BigInt(bits.shift)) & mask);
    }
    for (let byte = 0; byte < size; byte++) this.bytes[address + byte] = Number((held >> BigInt(8 * byte)) & 0xffn);
  }

  // --- places

  private find(place: Place, frame: Frame): Found {
    const { type } = place;
    const at = (address: number, bits?: BitRange): Found => ({ address, type, bits });
    switch (place.kind) {
      case "local":
        return at(this.placeOf(place.local, frame).address);
      case "global":
        return at(this.addressOf(place.global.name));
      case "deref":
        return at(Number(this.scalar(place.pointer, frame)));
      case "field":
        return at(this.find(place.base, frame).address + place.offset, place.bits);
      case "variant": {
        const { address } = this.find(place.base, frame);
        const offset = place.tag.kind === "field" ? place.tag.offset : 0;
        const tag = this.read({ address: address + offset, type: place.tag.type, bits: undefined });
        if (tag !== inTypeOf(place.tag.type, place.value)) throw new TreeTrap("another member of the union");
        return at(address);
      }
      case "index": {
        const { base } = place;
        let start: number, length: bigint | undefined;
        if (base.kind === "arr") {
          start = this.find(base.place, frame).address;
          length = base.place.type.kind === "arr" ? base.place.type.length : undefined;
        } else {
          const value = this.evaluate(base.value, frame);
          [start, length] = typeof value === "bigint" ? [Number(value), undefined] : [Number(wordAt(value, 0)), wordAt(value, 8)];
        }
        const index = BigInt.asUintN(64, this.scalar(place.index, frame));
        if (length !== undefined && index >= length) throw new TreeTrap("index out of bounds");
        return at(Number(BigInt.asUintN(64, BigInt(start) + index * BigInt(sizeOf(type)))));
      }
      case "temporary": {
        const address = this.reserve(sizeOf(type), alignOf(type));
        this.write(at(address), this.evaluate(place.value, frame));
        return at(address);
      }
    }
  }

  // --- expressions

  private scalar(expr: Expr, frame: Frame): bigint {
    const value = this.evaluate(expr, frame);
    if (typeof value !== "bigint") throw new Error(`a ${expr.type.kind} where a number is needed`);
    return value;
  }
  private isTrue(expr: Expr, frame: Frame): boolean {
    return this.scalar(expr, frame) !== 0n;
  }

  private evaluate(expr: Expr, frame: Frame): Val {
    const { type } = expr;
    switch (expr.kind) {
      case "const":
        return isScalar(type) ? inTypeOf(type, expr.value) : new Uint8Array(sizeOf(type));
      case "symbol":
        return BigInt(this.addressOf(expr.symbol) + expr.addend);
      case "bytes":
        return slice(BigInt(this.textAt(expr.bytes)), BigInt(expr.bytes.length));
      case "read":
      case "volatileRead":
        return this.read(this.find(expr.place, frame));
      case "address":
        return BigInt(this.find(expr.place, frame).address);
      case "aggregate":
        return this.aggregate(expr, frame);
      case "uninitialized":
        return isScalar(type) ? 0n : new Uint8Array(sizeOf(type));
      case "part": {
        const of = this.evaluate(expr.of, frame);
        return typeof of === "bigint" ? of : this.as(type, of.slice(expr.offset, expr.offset + sizeOf(type)));
      }
      case "binary": {
        const left = this.scalar(expr.left, frame);
        const result = binaryNumber(type, expr.op, left, this.scalar(expr.right, frame));
        if (result === undefined) throw new TreeTrap("division by zero");
        return result;
      }
      case "unary":
        return unaryNumber(expr.operand.type, type, expr.op, this.scalar(expr.operand, frame));
      case "compare": {
        const left = this.scalar(expr.left, frame);
        return compareNumbers(expr.left.type, expr.op, left, this.scalar(expr.right, frame)) ? 1n : 0n;
      }
      case "logical": {
        const left = this.isTrue(expr.left, frame);
        return (expr.op === "and" ? left && this.isTrue(expr.right, frame) : left || this.isTrue(expr.right, frame)) ? 1n : 0n;
      }
      case "not":
        return this.isTrue(expr.operand, frame) ? 0n : 1n;
      case "conditional":
        return this.evaluate(this.isTrue(expr.condition, frame) ? expr.yes : expr.otherwise, frame);
      case "convert":
        return convertNumber(expr.operand.type, type, this.scalar(expr.operand, frame));
      case "narrow": {
        const value = this.evaluate(expr.operand, frame);
        const first = typeof value === "bigint" ? value : wordAt(value, 0);
        if (expr.trap && first === 0n) throw new TreeTrap("null pointer");
        return this.as(type, value);
      }
      case "call":
        return this.call(expr.callee, expr.args.map((arg) => this.evaluate(arg, frame)));
      case "callPointer": {
        const target = this.callable.get(Number(this.scalar(expr.target, frame)));
        if (!target) throw new Error("there is no function to call");
        return this.call(target, expr.args.map((arg) => this.evaluate(arg, frame)));
      }
      case "slice": {
        const pointer = this.scalar(expr.pointer, frame);
        return slice(pointer, BigInt.asUintN(64, this.scalar(expr.length, frame)));
      }
      case "subslice":
        return this.subslice(expr, frame);
      case "length":
        return wordAt(this.evaluate(expr.of, frame), 8);
      case "pointer":
        return wordAt(this.evaluate(expr.of, frame), 0);
      case "offset": {
        const pointer = this.scalar(expr.pointer, frame);
        const distance = this.scalar(expr.by, frame) * BigInt(sizeOf(expr.of));
        return BigInt.asUintN(64, expr.negative ? pointer - distance : pointer + distance);
      }
      case "assign": {
        const found = this.find(expr.place, frame);
        const before = expr.op && (this.read(found) as bigint);
        const value = this.evaluate(expr.value, frame);
        const result = expr.op ? binaryNumber(type, expr.op, before!, value as bigint) : value;
        if (result === undefined) throw new TreeTrap("division by zero");
        this.write(found, result);
        return result;
      }
      case "postfix": {
        const found = this.find(expr.place, frame);
        const before = this.read(found) as bigint;
        const one = type.kind === "float" ? convertNumber({ kind: "int", name: "u8", bits: 8, signed: false }, type, 1n) : 1n;
        this.write(found, binaryNumber(type, expr.op, before, one)!);
        return before;
      }
      case "volatileWrite":
        this.write(this.find(expr.place, frame), this.evaluate(expr.value, frame));
        return NOTHING;
      case "atomic":
        return this.atomic(expr, frame);
      case "asm":
        if (!isFence(expr.asm)) throw new Error("assembly cannot be run");
        return NOTHING;
      case "register":
        throw new Error("registers cannot be read");
      case "check":
        if (!this.isTrue(expr.condition, frame)) throw new TreeTrap(expr.reason);
        return NOTHING;
      case "trap":
        throw new TreeTrap(expr.reason);
      case "block": {
        const way = this.run(expr.body, frame);
        if (way && !(way.kind === "break" && way.label === expr.label)) throw new Error(`a ${way.kind} out of an expression`);
        return expr.result ? this.read(this.placeOf(expr.result, frame)) : NOTHING;
      }
      case "let":
        for (const { local, value } of expr.bindings) this.write(this.placeOf(local, frame), this.evaluate(value, frame));
        return this.evaluate(expr.body, frame);
      case "sequence":
        for (const first of expr.first) this.evaluate(first, frame);
        return this.evaluate(expr.last, frame);
    }
  }

  /// The same bytes as a value of another type.
  private as(type: Type, value: Val): Val {
    if (isScalar(type) === (typeof value === "bigint")) return value;
    if (typeof value === "bigint") {
      const bytes = new Uint8Array(sizeOf(type));
      bytes.forEach((_, index) => (bytes[index] = Number((value >> BigInt(8 * index)) & 0xffn)));
      return bytes;
    }
    return inTypeOf(type, value.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
  }

  private aggregate({ type, parts }: Extract<Expr, { kind: "aggregate" }>, frame: Frame): Val {
    const values = parts.map(({ value }) => this.evaluate(value, frame));
    const start = this.reserve(sizeOf(type), 16);
    this.bytes.fill(0, start, start + sizeOf(type));
    parts.forEach(({ offset, value, bits }, index) => this.write({ address: start + offset, type: value.type, bits }, values[index]!));
    return this.as(type, this.bytes.slice(start, start + sizeOf(type)));
  }

  private subslice({ of, from, to, type }: Extract<Expr, { kind: "subslice" }>, frame: Frame): Val {
    const start = BigInt.asUintN(64, this.scalar(from, frame));
    let pointer: bigint, length: bigint;
    if (of.type.kind === "arr") {
      const place: Place = of.kind === "read" ? of.place : { kind: "temporary", type: of.type, value: of };
      [pointer, length] = [BigInt(this.find(place, frame).address), of.type.length];
    } else {
      const value = this.evaluate(of, frame);
      [pointer, length] = [wordAt(value, 0), wordAt(value, 8)];
    }
    const end = to ? BigInt.asUintN(64, this.scalar(to, frame)) : length;
    if (end > length) throw new TreeTrap("slice ends past the end");
    if (start > end) throw new TreeTrap("slice starts past its end");
    return slice(pointer + start * BigInt(sizeOf(type.kind === "slice" ? type.of : type)), end - start);
  }

  private atomic({ place, op, args, type }: Extract<Expr, { kind: "atomic" }>, frame: Frame): Val {
    const found = this.find(place, frame);
    const [first = 0n, second = 0n] = args.map((arg) => this.scalar(arg, frame));
    const old = this.read(found) as bigint;
    if (op === "swap") this.write(found, first);
    else if (op === "cas") {
      if (old === first) this.write(found, second);
    } else this.write(found, binaryNumber(type, op, old, first)!);
    return old;
  }

  private textAt(bytes: Uint8Array): number {
    const key = bytes.join();
    const known = this.texts.get(key);
    if (known !== undefined) return known;
    this.bottom -= bytes.length;
    this.bytes.set(bytes, this.bottom);
    this.texts.set(key, this.bottom);
    return this.bottom;
  }

  // --- statements

  private run(statements: readonly Statement[], frame: Frame): Way {
    for (const statement of statements) {
      const way = this.step(statement, frame);
      if (way) return way;
    }
    return undefined;
  }

  private step(statement: Statement, frame: Frame): Way {
    switch (statement.kind) {
      case "expr":
        this.evaluate(statement.expr, frame);
        return undefined;
      case "let": {
        const value = this.evaluate(statement.initial, frame);
        this.write(this.placeOf(statement.local, frame), value);
        return undefined;
      }
      case "block":
        return this.run(statement.body, frame);
      case "if":
        return this.run(this.isTrue(statement.condition, frame) ? statement.yes : statement.otherwise, frame);
      case "loop":
        return this.loop(statement, frame);
      case "switch": {
        const value = this.scalar(statement.subject, frame);
        const { type } = statement.subject;
        const chosen = statement.cases.findIndex(({ values }) => values?.some((one) => inTypeOf(type, one) === value));
        const start = chosen >= 0 ? chosen : statement.cases.findIndex(({ values }) => !values);
        if (start < 0) return undefined;
        const way = this.run(statement.cases.slice(start).flatMap(({ body }) => body), frame);
        return way?.kind === "break" && (!way.label || way.label === statement.label) ? undefined : way;
      }
      case "labelled": {
        const way = this.run(statement.body, frame);
        return way?.kind === "break" && way.label === statement.label ? undefined : way;
      }
      case "break":
      case "continue":
        return { kind: statement.kind, label: statement.label };
      case "return":
        return { kind: "return", value: statement.value ? this.evaluate(statement.value, frame) : NOTHING };
      case "using": {
        const way = this.run(statement.body, frame);
        this.evaluate(statement.cleanup, frame);
        return way;
      }
    }
  }

  private loop({ label, condition, body, step, testFirst }: Extract<Statement, { kind: "loop" }>, frame: Frame): Way {
    const isMine = (way: NonNullable<Way>) => way.kind !== "return" && (!way.label || way.label === label);
    for (let first = true; ; first = false) {
      // A program that a reducer made may have no end.
      if (++this.turns > MOST_TURNS) throw new RangeError("it takes too long");
      if ((testFirst || !first) && condition && !this.isTrue(condition, frame)) return undefined;
      const way = this.run(body, frame);
      if (way && !isMine(way)) return way;
      if (way?.kind === "break") return undefined;
      if (step) this.evaluate(step, frame);
    }
  }
}

function wordAt(value: Val, offset: number): bigint {
  if (typeof value === "bigint") return value;
  return new DataView(value.buffer, value.byteOffset).getBigUint64(offset, true);
}
function slice(pointer: bigint, length: bigint): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(16));
  bytes.setBigUint64(0, BigInt.asUintN(64, pointer), true);
  bytes.setBigUint64(8, length, true);
  return new Uint8Array(bytes.buffer);
}
