// Builds SSA directly, as Braun et al. (2013) do: each block knows the current
// value of each variable, a read asks the predecessors and makes a parameter
// where they may differ, and a block whose predecessors are not all known yet
// ("not sealed") makes the parameter first and asks later.

import {
  newBlock,
  newConst,
  newValue,
  type Block,
  type Edge,
  type Func,
  type Op,
  type Terminator,
  type Type,
  type Value,
} from "./types.js";

export interface Variable {
  readonly type: Type;
}

export class Builder {
  block: Block;
  private readonly current = new Map<Block, Map<Variable, Value>>();
  private readonly preds = new Map<Block, { from: Block; edge: Edge }[]>();
  private readonly waiting = new Map<Block, Map<Variable, Value>>();
  private readonly sealed = new Set<Block>();

  constructor(readonly fn: Func) {
    this.block = newBlock(fn);
    this.seal(this.block);
  }

  parameter(type: Type): Value {
    const param = newValue(this.fn, "param", type, []);
    this.block.params.push(param);
    return param;
  }

  emit(op: Op, type: Type | undefined, args: Value[], more: Partial<Value> = {}): Value {
    const value = newValue(this.fn, op, type, args, more);
    this.block.body.push(value);
    return value;
  }

  constant(type: Type, imm: bigint): Value {
    const value = newConst(this.fn, type, imm);
    this.block.body.push(value);
    return value;
  }

  /// Ends the current block, and goes on in `next`.
  end(end: Terminator, next: Block): void {
    this.block.end = end;
    for (const edge of end.edges)
      this.preds.set(edge.to, [...(this.preds.get(edge.to) ?? []), { from: this.block, edge }]);
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
    const values = this.current.get(block) ?? new Map<Variable, Value>();
    this.current.set(block, values.set(variable, value));
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
