// Builds SSA directly, as Braun et al. (2013) do: each block knows the current
// value of each variable, a read asks the predecessors and makes a parameter
// where they may differ, and a block whose predecessors are not all known yet
// ("not sealed") makes the parameter first and asks later.

import {
  newBlock,
  newConst,
  newValue,
  type Asm,
  type Block,
  type Edge,
  type Func,
  type Location,
  type Op,
  type Reason,
  type Terminator,
  type Type,
  type Value,
} from "./types.js";

export interface Variable {
  readonly type: Type;
}

/// What `emit` may set beside the operands.
export type Details = Partial<Omit<Value, "id" | "type" | "op" | "args">>;

export class Builder {
  block: Block;
  /// Stamped on every value that is emitted from here on.
  location: Location | undefined;
  private readonly current = new Map<Block, Map<Variable, Value>>();
  private readonly preds = new Map<Block, { from: Block; edge: Edge }[]>();
  private readonly waiting = new Map<Block, Map<Variable, Value>>();
  private readonly sealed = new Set<Block>();

  constructor(readonly fn: Func) {
    this.location = fn.location;
    this.block = newBlock(fn);
    this.seal(this.block);
  }

  parameter(type: Type): Value {
    const param = newValue(this.fn, "param", type, [], { location: this.location });
    this.block.params.push(param);
    return param;
  }

  emit(op: Op, type: Type | undefined, args: Value[], more: Details = {}): Value {
    const value = newValue(this.fn, op, type, args, { location: this.location, ...more });
    this.block.body.push(value);
    return value;
  }

  constant(type: Type, imm: bigint): Value {
    return this.emit("const", type, [], { imm });
  }

  /// Calls a function of the module; one value for each of its results.
  callMulti(symbol: string, results: readonly Type[], args: Value[]): Value[] {
    return this.withResults(this.emit("call", results[0], args, { symbol }), results);
  }

  /// Calls through a function pointer.
  callIndirect(target: Value, results: readonly Type[], args: Value[]): Value[] {
    return this.withResults(this.emit("callIndirect", results[0], [target, ...args]), results);
  }

  /// Assembly in the middle of a function; one value for each output.
  asm(asm: Asm, inputs: Value[]): Value[] {
    const types = asm.outputs.map(({ type }) => type);
    return this.withResults(this.emit("asm", types[0], inputs, { asm }), types);
  }

  private withResults(first: Value, types: readonly Type[]): Value[] {
    const further = types.slice(1).map((type, index) => this.emit("result", type, [first], { imm: BigInt(index + 1) }));
    return types.length === 0 ? [] : [first, ...further];
  }

  /// Ends the current block, and goes on in `next`.
  end(end: Terminator, next: Block): void {
    this.block.end = end;
    for (const edge of end.edges) {
      const known = this.preds.get(edge.to);
      if (known) known.push({ from: this.block, edge });
      else this.preds.set(edge.to, [{ from: this.block, edge }]);
    }
    this.block = next;
  }

  jump(to: Block, next = to): void {
    this.end({ kind: "jump", edges: [{ to, args: [] }] }, next);
  }

  branch(condition: Value, then: Block, otherwise: Block, next: Block): void {
    this.end(
      {
        kind: "branch",
        condition,
        edges: [
          { to: then, args: [] },
          { to: otherwise, args: [] },
        ],
      },
      next,
    );
  }

  return(values: Value[], next = this.unreachable()): void {
    this.end({ kind: "return", values, edges: [] }, next);
  }

  /// Stops with a reason; what is emitted next cannot be reached.
  trap(reason: Reason, next = this.unreachable()): void {
    this.end({ kind: "trap", reason, location: this.location, edges: [] }, next);
  }

  /// All edges into the block exist now.
  seal(block: Block): void {
    this.sealed.add(block);
    for (const [variable, param] of this.waiting.get(block) ?? []) this.passArguments(block, variable, param);
    this.waiting.delete(block);
  }

  /// A new block that nothing jumps to: what follows a return.
  unreachable(): Block {
    const block = newBlock(this.fn);
    this.seal(block);
    return block;
  }

  write(variable: Variable, value: Value, block = this.block): void {
    const values = this.current.get(block);
    if (values) values.set(variable, value);
    else this.current.set(block, new Map([[variable, value]]));
  }

  read(variable: Variable, block = this.block): Value {
    return this.current.get(block)?.get(variable) ?? this.readFromPredecessors(variable, block);
  }

  private readFromPredecessors(variable: Variable, block: Block): Value {
    const preds = this.preds.get(block) ?? [];
    const [only] = preds;
    if (this.sealed.has(block) && preds.length <= 1) {
      const value = only ? this.read(variable, only.from) : newConst(this.fn, variable.type, 0n);
      if (!only) block.body.unshift(value);
      this.write(variable, value, block);
      return value;
    }
    const param = newValue(this.fn, "param", variable.type, []);
    block.params.push(param);
    this.write(variable, param, block);
    if (this.sealed.has(block)) this.passArguments(block, variable, param);
    else this.waiting.set(block, (this.waiting.get(block) ?? new Map<Variable, Value>()).set(variable, param));
    return param;
  }

  private passArguments(block: Block, variable: Variable, param: Value): void {
    const index = block.params.indexOf(param);
    for (const { from, edge } of this.preds.get(block) ?? []) edge.args[index] = this.read(variable, from);
  }
}
