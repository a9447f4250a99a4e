// Conditions that a dominating branch or check has decided: in the blocks that
// only its true edge reaches, `c` is 1, and what `c` implies is 1 too; a check
// of what holds goes. This is how `i < p.length` pays for the check in `p[i]`. It runs before rotation,
// while a loop's test still dominates its body.

import { type Dominators, graphOf, type Predecessor, type Predecessors } from "../ir/graph.js";
import { bitsOf, inverse, isComparison } from "../ir/ops.js";
import { newConst, type Block, type Func, type Value } from "../ir/types.js";
import { maximum, type Limits } from "./maximum.js";

/// The edges into a block that do not come back to it.
type Entering = (block: Block) => readonly Predecessor[];

interface Fact {
  readonly condition: Value;
  readonly holds: boolean;
}

/// False where nothing was decided.
export function useKnownConditions(fn: Func): boolean {
  const { preds, dominators } = graphOf(fn);
  const entering: Entering = (block) => preds.get(block).filter(({ from }) => !dominators.dominates(block, from));
  const { counters, lows } = findCounters(fn, dominators, preds, entering);
  /// By the condition, and by its left operand.
  const facts = new Known<Fact>(dominators);
  /// The largest that values can be.
  const limits = new Known<bigint>(dominators);
  /// Sums with a constant that have a limit, by the other part.
  const sums = new Map<Value, Set<Value>>();
  let isChanged = false;

  const learn = (condition: Value, holds: boolean) => {
    const fact = { condition, holds };
    facts.add(condition, fact);
    if (isComparison(condition.op)) facts.add(condition.args[0]!, fact);
    const bound = boundOf(condition, holds, counters);
    if (bound) limit(bound.value, bound.most);
  };
  const limit = (value: Value, most: bigint) => {
    const old = maximum(value, 4, limits);
    if (old !== undefined && old <= most) return;
    limits.add(value, most);
    if (isSum(value)) sums.set(value.args[0]!, (sums.get(value.args[0]!) ?? new Set()).add(value));
    // x + c is known, and now that x does not wrap x is too.
    for (const sum of [value, ...(sums.get(value) ?? [])]) {
      const mostOfSum = limits.get(sum);
      const [part, more] = sum.args;
      if (!isSum(sum) || mostOfSum === undefined || more!.imm > mostOfSum) continue;
      const whole = maximum(part!, 4, limits);
      if (whole !== undefined && whole + more!.imm < 1n << BigInt(bitsOf(sum.type!) - 1)) limit(part!, mostOfSum - more!.imm);
    }
  };
  const decide = (asked: Value): boolean | undefined => {
    const [index] = asked.args;
    for (const about of [asked, index, index?.args[0]])
      for (const { condition, holds } of about ? facts.of(about) : []) {
        const result = implied(condition, holds, asked, counters, lows);
        if (result !== undefined) return result;
      }
    return byRange(asked, limits, lows);
  };

  for (const block of dominators.order) {
    facts.block = limits.block = block;
    // Going round a loop changes no condition that was decided outside it.
    const [only, ...more] = entering(block);
    if (only && more.length === 0 && only.from.end.kind === "branch")
      learn(only.from.end.condition, only.from.end.edges[0] === only.edge);
    const body: Value[] = [];
    const constant = (holds: boolean): Value => {
      const made = newConst(fn, "i32", BigInt(holds));
      body.push(made);
      isChanged = true;
      return made;
    };
    for (const value of block.body) {
      if (value.op === "check") {
        const holds = decide(value.args[0]!);
        if (holds) {
          isChanged = true;
          continue;
        }
        if (holds === false) value.args = [constant(false)];
        learn(value.args[0]!, true);
      }
      body.push(value);
    }
    if (block.end.kind === "branch") {
      const holds = decide(block.end.condition);
      if (holds !== undefined) block.end.condition = constant(holds);
    }
    block.body = body;
  }
  return isChanged;
}

/// `x + c`.
const isSum = ({ op, args: [, more] }: Value) => op === "add" && more?.op === "const" && more.imm > 0n;

/// What is known of values in a block: what was learnt in those that dominate it, which come before it.
class Known<Thing> {
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

  of(value: Value): Thing[] {
    const known = this.learnt.get(value) ?? [];
    return known.filter(({ block }) => this.dominators.dominates(block, this.block!)).map(({ thing }) => thing);
  }

  /// The last.
  get(value: Value): Thing | undefined {
    return this.learnt.get(value)?.findLast(({ block }) => this.dominators.dominates(block, this.block!))?.thing;
  }
}

/// The least that values can be.
type Lows = ReadonlyMap<Value, bigint>;

/// What a condition says of one value: the largest that it can be.
function boundOf(condition: Value, holds: boolean, counters: ReadonlySet<Value>): { value: Value; most: bigint } | undefined {
  if (!isComparison(condition.op)) return undefined;
  const op = holds ? condition.op : inverse[condition.op];
  const [left, right] = condition.args as [Value, Value];
  if (right.op === "const" && right.imm > 0n) {
    if (op === "ltu" || (op === "lts" && (counters.has(left) || maximum(left) !== undefined))) return { value: left, most: right.imm - 1n };
    if (op === "eq") return { value: left, most: right.imm };
  }
  if (left.op === "const" && left.imm >= 0n && op === "geu") return { value: right, most: left.imm };
  return undefined;
}

/// The least that a value can be, where it is known not to be negative.
function minimum(value: Value, limits: Limits, lows: Lows): bigint | undefined {
  const [left, right] = value.args;
  if (lows.has(value) && maximum(value, 4, limits) !== undefined) return lows.get(value);
  if (value.op === "const") return value.imm >= 0n ? value.imm : undefined;
  if (value.op === "sub" && left?.op === "const" && right) {
    const most = maximum(right, 4, limits);
    return most !== undefined && most <= left.imm ? left.imm - most : undefined;
  }
  return maximum(value, 4, limits) === undefined ? undefined : 0n;
}

/// As maximum, also of `x - c` where x is not less than c.
function mostOf(value: Value, limits: Limits, lows: Lows): bigint | undefined {
  const known = maximum(value, 4, limits);
  const [left, right] = value.args;
  if (known === undefined && value.op === "sext") return mostOf(left!, limits, lows);
  if (known !== undefined || value.op !== "add" || right?.op !== "const" || right.imm >= 0n) return known;
  const [low, high] = [lows.get(left!), maximum(left!, 4, limits)];
  return low !== undefined && low >= -right.imm && high !== undefined ? high + right.imm : undefined;
}

/// A comparison that the ranges of its operands decide.
function byRange({ op, args }: Value, limits: Limits, lows: Lows): boolean | undefined {
  if (op !== "ltu" && op !== "geu" && op !== "lts" && op !== "ges") return undefined;
  const [left, right] = args as [Value, Value];
  const [most, least] = [mostOf(left, limits, lows), minimum(right, limits, lows)];
  const isBelow = op === "ltu" || op === "lts";
  if (most !== undefined && least !== undefined && most < least) return isBelow;
  const [low, high] = [minimum(left, limits, lows), maximum(right, 4, limits)];
  return low !== undefined && high !== undefined && low >= high ? !isBelow : undefined;
}

/// What a fact says about another condition, or undefined where it says nothing.
function implied(fact: Value, holds: boolean, asked: Value, counters: ReadonlySet<Value>, lows: Lows): boolean | undefined {
  if (fact === asked) return holds;
  if (!isComparison(fact.op) || !isComparison(asked.op)) return undefined;
  const op = holds ? fact.op : inverse[fact.op];
  const [left, bound] = fact.args as [Value, Value];
  const [index, limit] = asked.args as [Value, Value];
  if (left === index && bound === limit && (op === asked.op || op === inverse[asked.op])) return op === asked.op;
  // i < n, so i - c is too where i is not less than c.
  if (op === "ltu" && asked.op === "ltu" && bound === limit && index.op === "add" && index.args[0] === left && index.args[1]?.op === "const") {
    const less = -index.args[1].imm;
    if (less > 0n && (lows.get(left) ?? 0n) >= less) return true;
  }
  const isBelow = op === "ltu" || (op === "lts" && (counters.has(left) || maximum(left) !== undefined));
  if (!isBelow || asked.op !== "ltu" || bound.op !== "const" || limit.op !== "const") return undefined;
  const same = index === left || ((index.op === "sext" || index.op === "zext") && index.args[0] === left);
  return same && bound.imm >= 0n && bound.imm <= limit.imm ? true : undefined;
}

/// Loop counters: they start at constants and grow only under their own test, `i < bound`, too little to wrap.
/// `counters` are never negative; `lows` have the least, without a sign, that they can be.
function findCounters(
  fn: Func,
  dominators: Dominators,
  preds: Predecessors,
  entering: Entering,
): { counters: Set<Value>; lows: Map<Value, bigint> } {
  const counters = new Set<Value>();
  const lows = new Map<Value, bigint>();
  for (const header of dominators.order) {
    const { end, params } = header;
    if (end.kind !== "branch" || (end.condition.op !== "lts" && end.condition.op !== "ltu")) continue;
    const [param, bound] = end.condition.args as [Value, Value];
    const [{ to: body }] = end.edges;
    const index = params.indexOf(param);
    // The entry's parameters are the function's.
    if (index < 0 || header === fn.blocks[0] || entering(body).length !== 1) continue;
    const starts: bigint[] = [];
    const staysPositive = ({ from, edge }: Predecessor) => {
      const value = edge.args[index]!;
      if (value.op === "const") {
        starts.push(value.imm);
        return value.imm >= 0n;
      }
      const [left, step] = value.args;
      return (
        value.op === "add" &&
        left === param &&
        step?.op === "const" &&
        step.imm > 0n &&
        // By one it meets the bound before it wraps.
        (bound.op === "const" ? bound.imm >= 0n && bound.imm + step.imm < 1n << 31n : step.imm === 1n) &&
        dominators.dominates(body, from)
      );
    };
    if (!preds.get(header).every(staysPositive) || starts.length === 0) continue;
    if (bound.op === "const" || end.condition.op === "lts") counters.add(param);
    lows.set(param, starts.reduce((a, b) => (a < b ? a : b)));
  }
  return { counters, lows };
}
