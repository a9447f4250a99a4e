// What is known in a block of how large values are: by the conditions that dominate it, and where values meet.

import type { Dominators, Predecessor } from "../ir/graph.js";
import { bitsOf, inverse, isComparison, kindOf } from "../ir/ops.js";
import type { Block, Value } from "../ir/types.js";
import { maximum } from "./maximum.js";

/// What is known of values in a block: what was learnt in those that dominate it, which come before it.
export class Known<Thing> {
  /// Where things are learnt and asked for.
  block: Block | undefined;
  private readonly learnt = new Map<Value, { block: Block; thing: Thing }[]>();

  constructor(private readonly dominators: Dominators) {}

  add(value: Value, thing: Thing): void {
    const known = this.learnt.get(value);
    const one = { block: this.block!, thing };
    if (known) known.push(one);
    else this.learnt.set(value, [one]);
  }

  /// What was learnt in some blocks.
  forget(blocks: ReadonlySet<Block>): void {
    for (const [value, known] of this.learnt) {
      const others = known.filter(({ block }) => !blocks.has(block));
      if (others.length < known.length) this.learnt.set(value, others);
    }
  }

  /// The first answer that one of them gives.
  ask<Answer>(value: Value, question: (thing: Thing) => Answer | undefined): Answer | undefined {
    const known = this.learnt.get(value);
    if (!known) return undefined;
    for (let index = 0; index < known.length; index++) {
      const { block, thing } = known[index]!;
      if (!this.dominators.dominates(block, this.block!)) continue;
      const answer = question(thing);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /// The last.
  get(value: Value): Thing | undefined {
    const known = this.learnt.get(value);
    if (!known) return undefined;
    for (let index = known.length - 1; index >= 0; index--) if (this.dominators.dominates(known[index]!.block, this.block!)) return known[index]!.thing;
    return undefined;
  }
}

/// Of one value: the largest that it can be, where it is not negative, and the least, without a sign.
export interface Said {
  readonly value: Value;
  readonly most?: bigint | undefined;
  readonly least?: bigint | undefined;
}

/// `x + c`.
const isSum = ({ op, args: [, more] }: Value) => op === "add" && more?.op === "const" && more.imm > 0n;
const isExtension = ({ op }: Value) => op === "zext" || op === "sext";
/// The largest number of a value's type that is not negative.
export const half = ({ type }: Value) => (1n << BigInt(bitsOf(type!) - 1)) - 1n;

export class Ranges {
  /// The largest that values can be, of those that are not negative.
  private readonly most: Known<bigint>;
  /// The least, without a sign.
  private readonly least: Known<bigint>;
  /// Sums with a constant that have a limit, by the other part.
  private readonly sums = new Map<Value, Set<Value>>();

  constructor(dominators: Dominators) {
    this.most = new Known(dominators);
    this.least = new Known(dominators);
  }

  set block(block: Block) {
    this.most.block = this.least.block = block;
  }

  forget(blocks: ReadonlySet<Block>): void {
    this.most.forget(blocks);
    this.least.forget(blocks);
  }

  /// What a condition says of its operands.
  learn(condition: Value, holds: boolean): void {
    for (const one of this.saidBy(condition, holds)) this.add(one);
  }

  private limit(value: Value, most: bigint): void {
    const old = this.maximum(value);
    if (old !== undefined && old <= most) return;
    this.most.add(value, most);
    // A number whose extension is so small is that number.
    if (isExtension(value) && most <= half(value.args[0]!)) this.limit(value.args[0]!, most);
    // x + c is known, and now that x does not wrap x is too.
    if (isSum(value)) {
      this.sums.set(value.args[0]!, (this.sums.get(value.args[0]!) ?? new Set()).add(value));
      this.limitPart(value);
    }
    const sums = this.sums.get(value);
    if (sums) for (const sum of sums) this.limitPart(sum);
  }

  private limitPart(sum: Value): void {
    const most = this.most.get(sum);
    const [part, more] = sum.args;
    if (most === undefined || more!.imm > most) return;
    const whole = this.maximum(part!);
    if (whole !== undefined && whole + more!.imm <= half(sum)) this.limit(part!, most - more!.imm);
  }

  private raise(value: Value, least: bigint): void {
    if (least > (this.least.get(value) ?? 0n)) this.least.add(value, least);
  }

  /// What the values that meet in a block's parameters have in common. What an edge brings back to its own parameter adds nothing.
  meet(block: Block, edges: readonly Predecessor[]): Said[] {
    const said = block.params.flatMap((param, index): Said[] => {
      if (kindOf(param.type!) !== "integer") return [];
      let most: bigint | undefined = 0n;
      let least: bigint | undefined;
      for (const { from, edge } of edges) {
        const value = edge.args[index]!;
        if (value === param) continue;
        this.block = from;
        let [high, low] = [this.maximum(value), this.minimum(value) ?? 0n];
        if (from.end.kind === "branch")
          for (const one of this.saidBy(from.end.condition, from.end.edges[0] === edge)) {
            if (one.value !== value) continue;
            high = smaller(high, one.most);
            if (one.least !== undefined && one.least > low) low = one.least;
          }
        most = high === undefined || most === undefined ? undefined : high > most ? high : most;
        least = least === undefined || low < least ? low : least;
        if (most === undefined && least === 0n) return [];
      }
      return least === undefined ? [] : [{ value: param, most, least }];
    });
    this.block = block;
    return said;
  }

  /// Takes over what was found elsewhere.
  add({ value, most, least }: Said): void {
    if (most !== undefined) this.limit(value, most);
    if (least !== undefined) this.raise(value, least);
  }

  /// The largest that a value can be, where it is known not to be negative.
  maximum(value: Value): bigint | undefined {
    const known = maximum(value, 4, this.most);
    const [left, right] = value.args;
    switch (value.op) {
      case "zext":
      case "sext":
      case "zext8":
      case "zext16":
        return smaller(known, this.maximum(left!));
      // x - c, where x is not less than c.
      case "add": {
        if (known !== undefined || right?.op !== "const" || right.imm >= 0n) return known;
        const high = maximum(left!, 4, this.most);
        return high !== undefined && (this.minimum(left!) ?? 0n) >= -right.imm ? high + right.imm : undefined;
      }
      case "sub": {
        const less = left?.op === "const" ? this.maximum(right!) : undefined;
        return less !== undefined && less <= left!.imm ? left!.imm - (this.minimum(right!) ?? 0n) : known;
      }
      default:
        return known;
    }
  }

  /// The least that a value can be, without a sign; undefined where nothing is known.
  minimum(value: Value): bigint | undefined {
    const told = this.least.get(value);
    if (told !== undefined) return told;
    const [left, right] = value.args;
    if (value.op === "const") return value.imm >= 0n ? value.imm : undefined;
    if (value.op === "zext" || (value.op === "sext" && this.maximum(left!) !== undefined)) return this.least.get(left!) ?? 0n;
    if (value.op === "sub" && left?.op === "const" && right) {
      const most = this.maximum(right);
      return most !== undefined && most <= left.imm ? left.imm - most : undefined;
    }
    return this.maximum(value) === undefined ? undefined : 0n;
  }

  /// A comparison that the ranges of its operands decide.
  decide({ op, args }: Value): boolean | undefined {
    if (op !== "ltu" && op !== "geu" && op !== "lts" && op !== "ges") return undefined;
    const [left, right] = args as [Value, Value];
    const isBelow = op === "ltu" || op === "lts";
    const [most, least] = [this.maximum(left), this.minimum(right)];
    if (most !== undefined && least !== undefined && most < least && this.isSigned(op, right)) return isBelow;
    const [low, high] = [this.minimum(left), this.maximum(right)];
    return low !== undefined && high !== undefined && low >= high && this.isSigned(op, left) ? !isBelow : undefined;
  }

  /// Its least means the same with a sign, where that is asked for.
  private isSigned(op: string, value: Value): boolean {
    return op === "ltu" || op === "geu" || this.maximum(value) !== undefined;
  }

  private saidBy(condition: Value, holds: boolean): Said[] {
    if (!isComparison(condition.op)) return [];
    const op = holds ? condition.op : inverse[condition.op];
    const [left, right] = condition.args as [Value, Value];
    const isPositive = (value: Value) => this.maximum(value) !== undefined;
    if (right.op === "const") return saidOf(left, op, right.imm, isPositive);
    if (left.op === "const") return saidOf(right, mirrored[op] ?? op, left.imm + (op in mirrored ? 1n : 0n), isPositive);
    // Of two values the lesser is as small as the greater, and the greater as large as the lesser.
    const isStrict = op === "ltu" || op === "lts";
    const [lesser, greater] = isStrict ? [left, right] : op === "geu" || op === "ges" ? [right, left] : [];
    if (!lesser || !greater || (op.endsWith("s") && !isPositive(lesser))) return [];
    const [most, least, apart] = [this.maximum(greater), this.minimum(lesser) ?? 0n, isStrict ? 1n : 0n];
    return [
      { value: greater, least: least + apart },
      ...(most !== undefined && most >= apart ? [{ value: lesser, most: most - apart }] : []),
    ];
  }
}

/// `c op x` as `x op (c + 1)`.
const mirrored: Partial<Record<string, string>> = { geu: "ltu", ges: "lts", ltu: "geu", lts: "ges" };

const smaller = (a: bigint | undefined, b: bigint | undefined) => (a === undefined || (b !== undefined && b < a) ? b : a);

/// Of a comparison with a number; signed ones say something of what is not negative.
function saidOf(value: Value, op: string, imm: bigint, isPositive: (value: Value) => boolean): Said[] {
  if (imm < 0n || imm > half(value)) return [];
  switch (op) {
    case "eq":
      return [{ value, most: imm, least: imm }];
    case "ne":
      return imm === 0n ? [{ value, least: 1n }] : [];
    case "ltu":
      return imm > 0n ? [{ value, most: imm - 1n }] : [];
    case "lts":
      return imm > 0n && isPositive(value) ? [{ value, most: imm - 1n }] : [];
    case "geu":
      return [{ value, least: imm }];
    case "ges":
      return [{ value, most: half(value), least: imm }];
    default:
      return [];
  }
}
