// One function of the IR as WebAssembly: a local for each value, and the
// operations one after the other; the engine makes registers of them. Loops
// and calls burn fuel, so that a program which does not end is stopped.

import { Bytes } from "../../emulator/wasm/bytes.js";
import { reversePostorder } from "../ir/graph.js";
import { bitsOf, type Type } from "../ir/ops.js";
import { FIRST_FUNCTION, FUNCTION_SHIFT } from "../ir/memory.js";
import { entryOf, isFence, type Block, type Edge, type Func, type Location, type Value } from "../ir/types.js";
import { FIRST_OWN, FUEL, TOP, TRAP, type Signature, type Signatures, type WasmFunction } from "./module.js";
import { Body } from "./body.js";
import { code, loads, simple, stores } from "./opcodes.js";
import { OperationWriter, second } from "./operations.js";
import { writeStructured, type StructureWriter } from "./structure.js";

/// What a function needs to know of the program around it.
export interface Context {
  readonly signatures: Signatures;
  /// Numbers of functions.
  readonly functions: ReadonlyMap<string, number>;
  /// Undefined for what has no address here.
  addressOf(symbol: string): number | undefined;
  /// The number under which a reason is known.
  trap(reason: string, location: Location | undefined): number;
  readonly resultsOf: (symbol: string) => readonly Type[];
  /// What every function has that is called through a pointer: as many words as any needs.
  readonly pointers: Signature;
}

/// A value as a word, on the stack, and back.
function toWord(out: Bytes, type: Type): void {
  if (type === "f32") out.byte(simple.ftobits[0]);
  if (type === "f64") out.byte(simple.ftobits[1]);
  if (bitsOf(type) === 32) out.byte(code.i64ExtendI32S);
}
function fromWord(out: Bytes, type: Type): void {
  if (bitsOf(type) === 32) out.byte(code.i32WrapI64);
  if (type === "f32") out.byte(simple.frombits[0]);
  if (type === "f64") out.byte(simple.frombits[1]);
}

/// The function as a pointer calls it.
export function writePointer(fn: Func, { functions, pointers }: Context): WasmFunction {
  const out = new Bytes();
  const params = (fn.blocks[0]?.params ?? []).map(({ type }) => type!);
  const use = (operation: number, index: number) => {
    out.byte(operation);
    out.unsigned(index);
  };
  params.forEach((type, index) => {
    use(code.localGet, index);
    fromWord(out, type);
  });
  use(code.call, functions.get(fn.name)! + FIRST_OWN);
  const first = pointers.params.length;
  fn.results.forEach((_, index) => use(code.localSet, first + fn.results.length - 1 - index));
  pointers.results.forEach((_, index) => {
    if (index < fn.results.length) {
      use(code.localGet, first + index);
      toWord(out, fn.results[index]!);
    } else out.append([code.i64Const, 0]);
  });
  return { name: `${fn.name} pointer`, ...pointers, locals: fn.results, body: out };
}

export function writeFunction(fn: Func, context: Context): WasmFunction {
  const params = (fn.blocks[0]?.params ?? []).map(({ type }) => type!);
  const writer = new FunctionWriter(fn, context, params);
  writer.write();
  return { name: fn.name, params, results: fn.results, locals: writer.locals.slice(params.length), body: writer.out };
}

class FunctionWriter extends Body implements StructureWriter {
  private readonly operations = new OperationWriter(this);
  private readonly slots = new Map<string, number>();
  private frameBytes = 0;
  private frame = -1;

  constructor(
    private readonly fn: Func,
    private readonly context: Context,
    params: readonly Type[],
  ) {
    super(params);
  }

  write(): void {
    const { fn } = this;
    if (fn.naked) return this.trap(`${fn.name} is assembly, which cannot be evaluated`, fn.location);
    entryOf(fn).params.forEach((param, index) => this.places.set(param, index));
    this.findSlots();
    this.enter();
    if (!writeStructured(fn, this)) this.dispatch(reversePostorder(fn));
    this.op(code.unreachable);
  }

  private trap(reason: string, location: Location | undefined): void {
    this.constant("i32", BigInt(this.context.trap(reason, location)));
    this.local(code.call, TRAP);
    this.op(code.unreachable);
  }

  // --- frames

  private findSlots(): void {
    for (const { body } of this.fn.blocks)
      for (const { op, symbol, imm } of body) {
        if (op !== "slot" || this.slots.has(symbol)) continue;
        this.slots.set(symbol, this.frameBytes);
        this.frameBytes += Math.ceil(Number(imm) / 16) * 16;
      }
  }

  private enter(): void {
    this.burn();
    if (this.frameBytes === 0) return;
    this.frame = this.fresh("i32");
    this.local(code.globalGet, TOP);
    this.local(code.localTee, this.frame);
    this.constant("i32", BigInt(this.frameBytes));
    this.op(simple.add[0]);
    this.local(code.globalSet, TOP);
    // Frames are zero when they begin, as the evaluator's are: memory.fill.
    this.local(code.localGet, this.frame);
    this.constant("i32", 0n);
    this.constant("i32", BigInt(this.frameBytes));
    this.op(0xfc, 11, 0);
  }
  private leave(): void {
    if (this.frameBytes === 0) return;
    this.local(code.localGet, this.frame);
    this.local(code.globalSet, TOP);
  }

  private burn(): void {
    this.local(code.globalGet, FUEL);
    this.constant("i64", 1n);
    this.op(simple.sub[1]);
    this.local(code.globalSet, FUEL);
    this.local(code.globalGet, FUEL);
    this.constant("i64", 0n);
    this.op(simple.lts[1], code.if, code.noType);
    this.trap("it takes too many steps", this.fn.location);
    this.op(code.end);
  }

  // --- structure

  openBlock(): void {
    this.op(code.block, code.noType);
  }
  openLoop(): void {
    this.op(code.loop, code.noType);
    this.burn();
  }
  close(): void {
    this.op(code.end);
  }
  branch(depth: number): void {
    this.local(code.br, depth);
  }
  pass({ to, args }: Edge): void {
    args.forEach((arg) => this.get(arg));
    for (const param of [...to.params].reverse()) this.set(param);
  }

  body(block: Block, go: (edge: Edge) => void, inside: (write: () => void) => void): void {
    for (const value of block.body) this.value(value);
    const { end } = block;
    switch (end.kind) {
      case "jump":
        return go(end.edges[0]);
      case "branch":
        this.get(end.condition);
        this.condition(end.condition);
        this.op(code.if, code.noType);
        inside(() => go(end.edges[0]));
        this.op(code.else);
        inside(() => go(end.edges[1]));
        return this.op(code.end);
      case "return":
        for (const value of end.values) this.get(value);
        this.leave();
        return this.op(code.return);
      case "trap":
        return this.trap(end.reason, end.location);
    }
  }

  /// Any graph: a loop around a table of all blocks.
  private dispatch(order: readonly Block[]): void {
    const next = this.fresh("i32");
    const numbers = new Map(order.map((block, index) => [block, index]));
    this.op(code.loop, code.noType);
    this.burn();
    for (const _ of order) this.op(code.block, code.noType);
    this.local(code.localGet, next);
    this.op(code.brTable);
    this.out.unsigned(order.length - 1);
    for (const [index] of order.entries()) this.out.unsigned(index);
    order.forEach((block, index) => {
      this.op(code.end);
      let depth = order.length - 1 - index;
      const inside = (write: () => void) => {
        depth++;
        write();
        depth--;
      };
      const go = (edge: Edge) => {
        this.pass(edge);
        this.constant("i32", BigInt(numbers.get(edge.to)!));
        this.local(code.localSet, next);
        this.local(code.br, depth);
      };
      this.body(block, go, inside);
    });
    this.op(code.end);
  }

  // --- values

  /// A condition is true when it is not zero.
  private condition({ type }: Value): void {
    if (type === "i64") this.op(code.i64Eqz, code.i32Eqz);
  }

  private value(value: Value): void {
    const [left, right] = value.args as [Value, Value];
    switch (value.op) {
      case "const":
      case "param":
        return;
      case "global": {
        const address = this.context.addressOf(value.symbol);
        if (address === undefined) return this.trap(`${value.symbol} has no address before linking`, value.location);
        this.constant("i64", BigInt(address) + value.imm);
        return this.set(value);
      }
      case "slot":
        this.local(code.localGet, this.frame);
        this.constant("i32", BigInt(this.slots.get(value.symbol)!));
        this.op(simple.add[0], code.i64ExtendI32U);
        return this.set(value);
      case "load":
        this.address(left, value.imm);
        this.op(loads[value.memory], 0, 0);
        return this.set(value);
      case "store":
        this.address(left, value.imm);
        this.get(right);
        return this.op(stores[value.memory], 0, 0);
      case "atomic":
        return this.atomic(value);
      case "check":
        this.get(left);
        this.op(left.type === "i64" ? code.i64Eqz : code.i32Eqz, code.if, code.noType);
        this.trap(value.reason, value.location);
        return this.op(code.end);
      case "call":
      case "callIndirect":
        return this.call(value);
      case "result":
        return;
      case "asm":
        return value.asm && isFence(value.asm) ? undefined : this.trap("assembly cannot be evaluated", value.location);
      case "register":
        return this.trap("a register cannot be evaluated", value.location);
    }
    this.operations.write(value, left, right);
    this.set(value);
  }

  private address(base: Value, offset: bigint): void {
    this.get(base);
    this.op(code.i32WrapI64);
    if (offset === 0n) return;
    this.constant("i32", offset);
    this.op(simple.add[0]);
  }

  private atomic(value: Value): void {
    const [address, operand, desired] = value.args as [Value, Value, Value?];
    const type = value.type!;
    const old = this.placeOf(value);
    this.address(address, value.imm);
    this.op(loads[value.memory], 0, 0);
    this.local(code.localSet, old);
    this.address(address, value.imm);
    if (value.atomic === "swap") this.get(operand);
    else if (value.atomic === "cas") {
      this.get(desired!);
      this.local(code.localGet, old);
      this.local(code.localGet, old);
      this.get(operand);
      this.op(simple.eq[second(type)], code.select);
    } else if (value.atomic) {
      this.local(code.localGet, old);
      this.get(operand);
      this.op(simple[value.atomic][second(type)]);
    }
    this.op(stores[value.memory], 0, 0);
  }

  private call(value: Value): void {
    const { context } = this;
    const followers = this.followers.get(value) ?? [];
    if (value.op === "call") {
      const callee = context.functions.get(value.symbol);
      if (callee === undefined) return this.trap(`${value.symbol} is another object's`, value.location);
      for (const arg of value.args) this.get(arg);
      this.local(code.call, callee + FIRST_OWN);
      const results = context.resultsOf(value.symbol);
      for (let index = results.length - 1; index >= 0; index--) {
        const target = index === 0 ? value : followers.find(({ imm }) => imm === BigInt(index));
        this.local(code.localSet, target ? this.placeOf(target) : this.fresh(results[index]!));
      }
      return;
    }
    const [callee, ...args] = value.args as [Value, ...Value[]];
    for (const arg of args) {
      this.get(arg);
      toWord(this.out, arg.type!);
    }
    for (let index = args.length; index < context.pointers.params.length; index++) this.constant("i64", 0n);
    this.get(callee);
    this.constant("i64", BigInt(FIRST_FUNCTION));
    this.op(simple.sub[1]);
    this.constant("i64", BigInt(FUNCTION_SHIFT));
    this.op(simple.shru[1], code.i32WrapI64, code.callIndirect);
    this.out.unsigned(context.signatures.indexOf(context.pointers));
    this.out.unsigned(0);
    for (let index = context.pointers.results.length - 1; index >= 0; index--) {
      const target = index === 0 ? value : followers.find(({ imm }) => imm === BigInt(index));
      if (target?.type) {
        fromWord(this.out, target.type);
        this.set(target);
      } else this.op(code.drop);
    }
  }

  private get followers(): ReadonlyMap<Value, readonly Value[]> {
    if (this.knownFollowers) return this.knownFollowers;
    const found = new Map<Value, Value[]>();
    for (const { body } of this.fn.blocks)
      for (const value of body)
        if (value.op === "result") found.set(value.args[0]!, [...(found.get(value.args[0]!) ?? []), value]);
    this.knownFollowers = found;
    return found;
  }
  private knownFollowers: ReadonlyMap<Value, readonly Value[]> | undefined;
}
