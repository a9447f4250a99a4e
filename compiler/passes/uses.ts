// Who uses the values of a function. Whoever adds a use says so; a use that is
// gone is not forgotten, and not told.

import { mapEach, mapUsesOfEnd, usesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

export class Uses {
  private readonly users = new Map<Value, Value[]>();
  private readonly ends = new Map<Value, Block[]>();

  constructor({ blocks }: Func) {
    for (const block of blocks) {
      for (const value of block.body) this.add(value);
      for (const use of usesOfEnd(block.end)) this.addEnd(use, block);
    }
  }

  /// An instruction with its operands.
  add(user: Value): void {
    for (const arg of user.args) append(this.users, arg, user);
  }
  /// A use at a block's end.
  addEnd(value: Value, block: Block): void {
    append(this.ends, value, block);
  }

  /// The instructions that have the value as an operand.
  of(value: Value): Value[] {
    return (this.users.get(value) ?? []).filter(({ args }) => args.includes(value));
  }
  /// The blocks whose ends use it.
  endsOf(value: Value): Block[] {
    return (this.ends.get(value) ?? []).filter(({ end }) => usesOfEnd(end).includes(value));
  }

  /// Rewrites every use of a value.
  replace(value: Value, other: Value): void {
    const change = (use: Value) => (use === value ? other : use);
    for (const user of this.of(value)) {
      mapEach(user.args, change);
      append(this.users, other, user);
    }
    for (const block of this.endsOf(value)) {
      mapUsesOfEnd(block.end, change);
      append(this.ends, other, block);
    }
  }
}

function append<Thing>(lists: Map<Value, Thing[]>, value: Value, thing: Thing): void {
  const known = lists.get(value);
  if (known) known.push(thing);
  else lists.set(value, [thing]);
}
