// Builds SSA directly, as Braun et al. (2013) do: each block knows the current
// value of each variable, a read asks the predecessors and makes a parameter
// where they may differ, and a block whose predecessors are not all known yet
// ("not sealed") makes the parameter first and asks later.

import { inMemory, type Assigned, type Held } from "./debug.js";
import {
  newBlock,
  newConst,
  newValue,
  type Asm,
  type Block,
  type Details,
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

export class Builder {
  block: Block;
  /// Stamped on every value that is emitted from here on.
  location: Location | undefined;
  private readonly current = new Map<Block, Map<Variable, Value>>();
  private readonly preds = new Map<Block, { from: Block; edge: Edge }[]>();
  private readonly waiting = new Map<Block, Map<Variable, Value>>();
  private readonly sealed = new Set<Block>();
  /// For the debugger: what was written in each block, and which parameters stand for which variables.
  private readonly written = new Map<Block, Assigned>();
  private readonly entering = new Map<Block, Map<Variable, Value>>();
  /// What variables are at the starts of blocks, as far as that was asked for, when all of it is known.
  private readonly starting = new Map<Block, Map<Variable, Held | undefined>>();

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

  write(variable: Variable, value: Value): void {
    this.know(variable, value, this.block);
    this.assign(variable, value);
  }

  private know(variable: Variable, value: Value, block: Block): void {
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
      this.know(variable, value, block);
      return value;
    }
    const param = newValue(this.fn, "param", variable.type, []);
    block.params.push(param);
    this.know(variable, param, block);
    param.isNamed = true;
    const entering = this.entering.get(block);
    if (entering) entering.set(variable, param);
    else this.entering.set(block, new Map([[variable, param]]));
    if (this.sealed.has(block)) this.passArguments(block, variable, param);
    else this.waiting.set(block, (this.waiting.get(block) ?? new Map<Variable, Value>()).set(variable, param));
    return param;
  }

  private passArguments(block: Block, variable: Variable, param: Value): void {
    const index = block.params.indexOf(param);
    for (const { from, edge } of this.preds.get(block) ?? []) edge.args[index] = this.read(variable, from);
  }

  // --- for the debugger

  /// The assignments so far in the current block.
  get assigned(): Assigned {
    const { block } = this;
    const known = this.written.get(block) ?? { block };
    this.written.set(block, known);
    return known;
  }

  /// Notes what the variable is from here on.
  assign(variable: Variable, value: Held): void {
    if (value !== inMemory) value.isNamed = true;
    this.written.set(this.block, { block: this.block, variable, value, before: this.assigned });
  }

  valueAt(at: Assigned, variable: Variable): Held | undefined {
    for (let written: Assigned | undefined = at; written; written = written.before) if (written.variable === variable) return written.value;
    const known = this.starting.get(at.block) ?? new Map<Variable, Held | undefined>();
    this.starting.set(at.block, known);
    if (!known.has(variable)) known.set(variable, this.valueAtStart(at.block, variable));
    return known.get(variable);
  }

  private valueAtStart(start: Block, variable: Variable): Held | undefined {
    const seen = new Set<Block>();
    const work: Assigned[] = [{ block: start }];
    let [found, isFound] = [undefined as Held | undefined, false];
    for (let from = work.pop(); from; from = work.pop()) {
      let written: Assigned | undefined = from;
      while (written && written.variable !== variable) written = written.before;
      const { block } = from;
      const value = written?.value ?? this.entering.get(block)?.get(variable);
      if (!value && block !== this.fn.blocks[0]) {
        for (const pred of this.preds.get(block) ?? []) {
          if (seen.has(pred.from)) continue;
          seen.add(pred.from);
          work.push(this.written.get(pred.from) ?? { block: pred.from });
        }
        continue;
      }
      if (isFound && value !== found) return undefined;
      [found, isFound] = [value, true];
    }
    return found;
  }
}
