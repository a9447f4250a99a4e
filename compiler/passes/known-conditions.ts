// Conditions that a dominating branch or check has decided: in the blocks that
// only its true edge reaches, `c` is 1, and what `c` implies is 1 too; a check
// of what holds goes. This is how `i < p.length` pays for the check in `p[i]`. It runs before rotation,
// while a loop's test still dominates its body.

import { entering, graphOf, type Dominators, type Predecessor, type Predecessors } from "../ir/graph.js";
import { inverse, isComparison } from "../ir/ops.js";
import { newConst, type Block, type Func, type Value } from "../ir/types.js";
import { half, Known, Ranges, type Said } from "./ranges.js";

interface Fact {
  readonly condition: Value;
  readonly holds: boolean;
}

/// Parameters through which a condition is followed to those of loops.
const FURTHEST = 3;

/// False where nothing was decided.
export function useKnownConditions(fn: Func): boolean {
  const walk = new Walk(fn);
  walk.run(walk.dominators.order);
  // What goes round a loop is seen at its end: once more through it, where something is left to decide by that.
  const headers = walk.lookAroundLoops();
  if (headers.length > 0) walk.runAgain(headers);
  return walk.isChanged;
}

class Walk {
  isChanged = false;
  readonly dominators: Dominators;
  private readonly preds: Predecessors;
  /// By the condition, and by its operands.
  private readonly facts: Known<Fact>;
  private readonly ranges: Ranges;
  /// What is known of the parameters of loops' headers, whatever goes round.
  private readonly around = new Map<Block, readonly Said[]>();
  /// What parameters of loops' headers are never above, without a sign.
  private readonly ceilings = new Map<Value, Value>();
  /// Where several ways meet in parameters.
  private readonly homes = new Map<Value, Block>();
  /// Parameters that the conditions that are left depend on, with the largest number that would decide one.
  private readonly open = new Map<Value, bigint>();
  /// A check is left whose limit is not a constant.
  private isSymbolic = false;

  constructor(private readonly fn: Func) {
    const { preds, dominators } = graphOf(fn);
    this.preds = preds;
    this.dominators = dominators;
    this.facts = new Known(dominators);
    this.ranges = new Ranges(dominators);
  }

  runAgain(headers: readonly Block[]): void {
    const blocks = this.dominators.order.filter((block) => headers.some((header) => this.dominators.dominates(header, block)));
    // A check is not decided by what it said itself.
    this.facts.forget(new Set(blocks));
    this.ranges.forget(new Set(blocks));
    this.run(blocks);
  }

  run(blocks: readonly Block[]): void {
    const { dominators, preds, ranges, ceilings } = this;
    for (const block of blocks) {
      this.facts.block = ranges.block = block;
      const edges = preds.get(block);
      const [only, ...more] = entering(edges, block, dominators);
      // Going round a loop changes no condition that was decided outside it.
      if (only && more.length === 0 && only.from.end.kind === "branch") this.learn(only.from.end.condition, only.from.end.edges[0] === only.edge);
      if (block.params.length > 0 && edges.length > 1) {
        for (const param of block.params) this.homes.set(param, block);
        if (more.length + 1 < edges.length) {
          for (const one of countersOf(block, dominators, preds)) ranges.add(one);
          for (const one of this.around.get(block) ?? []) ranges.add(one);
          for (const param of block.params) if (ceilings.has(param)) ranges.add({ value: param, most: ranges.maximum(ceilings.get(param)!) });
        } else for (const one of ranges.meet(block, edges)) ranges.add(one);
      }
      this.visit(block);
    }
  }

  /// The headers of loops of whose parameters there is now more to say, which may decide what is open.
  lookAroundLoops(): Block[] {
    const { dominators, preds, ranges } = this;
    if (this.open.size === 0) return [];
    return dominators.order.filter((block) => {
      const edges = preds.get(block);
      if (block.params.length === 0 || edges.length < 2) return false;
      const first = entering(edges, block, dominators);
      if (first.length === edges.length) return false;
      ranges.block = block;
      const news = ranges.meet(block, edges).filter((one) => this.isNews(one));
      this.around.set(block, news);
      let isOfUse = news.length > 0;
      for (const [index, param] of block.params.entries()) {
        const from = first[0]?.edge.args[index];
        const isOpen = first.length === 1 && from?.type === "i64" && (from.op === "const" ? this.open.has(param) : this.isSymbolic);
        if (!isOpen || !edges.every((edge) => edge === first[0] || this.isAtMost(edge.edge.args[index]!, param, edge.from, new Set()))) continue;
        this.ceilings.set(param, from);
        isOfUse = true;
      }
      return isOfUse;
    });
  }

  private isNews({ value, most, least }: Said): boolean {
    const asked = this.open.get(value);
    return asked !== undefined && ((most !== undefined && most <= asked && most < (this.ranges.maximum(value) ?? half(value))) || (least ?? 0n) > (this.ranges.minimum(value) ?? 0n));
  }

  /// Whether a value was made from the parameter by nothing but taking away what is there.
  private isAtMost(value: Value, param: Value, at: Block, seen: Set<Value>): boolean {
    if (value === param || seen.has(value)) return true;
    seen.add(value);
    const [left, less] = value.args;
    if (value.op === "add" && less?.op === "const" && less.imm < 0n) {
      this.ranges.block = at;
      return (this.ranges.minimum(left!) ?? 0n) >= -less.imm && this.isAtMost(left!, param, at, seen);
    }
    if (value.op !== "param") return false;
    const home = this.homes.get(value);
    const edges = home ? this.preds.get(home) : [];
    if (!home || entering(edges, home, this.dominators).length < edges.length) return false;
    return edges.every(({ from, edge }) => this.isAtMost(edge.args[home.params.indexOf(value)]!, param, from, seen));
  }

  private visit(block: Block): void {
    const body: Value[] = [];
    const constant = (holds: boolean): Value => {
      const made = newConst(this.fn, "i32", BigInt(holds));
      body.push(made);
      this.isChanged = true;
      return made;
    };
    for (const value of block.body) {
      if (value.op === "check") {
        const holds = this.decide(value.args[0]!);
        if (holds) {
          this.isChanged = true;
          continue;
        }
        if (holds === false) value.args = [constant(false)];
        const [condition] = value.args as [Value];
        if (condition.op === "ltu" && condition.args[1]!.op !== "const") this.isSymbolic = true;
        this.learn(condition, true);
      }
      body.push(value);
    }
    if (block.end.kind === "branch") {
      const holds = this.decide(block.end.condition);
      if (holds !== undefined) block.end.condition = constant(holds);
    }
    block.body = body;
  }

  private learn(condition: Value, holds: boolean): void {
    const fact = { condition, holds };
    this.facts.add(condition, fact);
    if (isComparison(condition.op)) for (const operand of condition.args) if (operand.op !== "const") this.facts.add(operand, fact);
    this.ranges.learn(condition, holds);
  }

  private decide(asked: Value): boolean | undefined {
    const [index, limit] = asked.args;
    const told = ({ condition, holds }: Fact) => this.implied(condition, holds, asked);
    const known = this.facts.ask(asked, told) ?? (index && this.facts.ask(index, told)) ?? (index?.args[0] && this.facts.ask(index.args[0], told));
    if (known !== undefined) return known;
    const result = this.ranges.decide(asked) ?? (asked.op === "ltu" && this.isBelow(index!, limit!, 2) ? true : undefined);
    if (result === undefined && isOrder(asked.op)) {
      this.note(index!, (this.ranges.minimum(limit!) ?? 0n) - 1n, FURTHEST);
      this.note(limit!, this.ranges.minimum(index!) ?? 0n, FURTHEST);
    }
    return result;
  }

  private note(value: Value, number: bigint, depth: number): void {
    const [left, right] = value.args;
    if (value.op === "param") {
      const known = this.open.get(value);
      if (known !== undefined && known >= number) return;
      this.open.set(value, number);
      const home = this.homes.get(value);
      if (depth === 0) return;
      // What it is less than may be smaller than is known.
      this.facts.ask(value, ({ condition, holds }) => {
        const [a, b] = condition.args;
        if (opOf(condition, holds) === "ltu" && a === value && b!.op !== "const") this.note(b!, number + 1n, depth - 1);
        return undefined;
      });
      if (home) for (const { edge } of this.preds.get(home)) this.note(edge.args[home.params.indexOf(value)]!, number, depth - 1);
    } else if (left && !right) this.note(left, number, depth);
    else if (left && right?.op === "const") this.note(left, value.op === "add" && right.imm < 0n ? number - right.imm : number, depth);
  }

  /// Less, without a sign, by comparisons with other values on the way; they are not the constants that ranges know.
  private isBelow(index: Value, limit: Value, depth: number): boolean {
    const [left, less] = index.args;
    const isPart = index.op === "add" && less?.op === "const" && less.imm < 0n && (this.ranges.minimum(left!) ?? 0n) >= -less.imm;
    if (isPart && (left === limit || this.isBelowOrEqual(left!, limit, depth))) return true;
    if (depth === 0) return false;
    const told = ({ condition, holds }: Fact) => {
      const [a, b] = condition.args;
      return opOf(condition, holds) === "ltu" && a === index && (b === limit || this.isBelowOrEqual(b!, limit, depth - 1)) ? true : undefined;
    };
    return this.facts.ask(index, told) ?? false;
  }

  private isBelowOrEqual(value: Value, limit: Value, depth: number): boolean {
    const ceiling = this.ceilings.get(value);
    if (ceiling && (ceiling === limit || this.isBelow(ceiling, limit, 0))) return true;
    if (depth === 0) return this.isBelow(value, limit, 0);
    if (this.isBelow(value, limit, depth - 1)) return true;
    const told = ({ condition, holds }: Fact) => {
      const [a, b] = condition.args;
      return opOf(condition, holds) === "geu" && b === value && (a === limit || this.isBelow(a!, limit, depth - 1)) ? true : undefined;
    };
    return this.facts.ask(value, told) ?? false;
  }

  /// What a fact says about another condition, or undefined where it says nothing.
  private implied(fact: Value, holds: boolean, asked: Value): boolean | undefined {
    if (fact === asked) return holds;
    if (!isComparison(fact.op) || !isComparison(asked.op)) return undefined;
    const op = holds ? fact.op : inverse[fact.op];
    const [left, bound] = fact.args as [Value, Value];
    const [index, limit] = asked.args as [Value, Value];
    if (left === index && bound === limit && (op === asked.op || op === inverse[asked.op])) return op === asked.op;
    const isBelow = op === "ltu" || (op === "lts" && this.ranges.maximum(left) !== undefined);
    if (!isBelow || asked.op !== "ltu" || bound.op !== "const" || limit.op !== "const") return undefined;
    const same = index === left || ((index.op === "sext" || index.op === "zext") && index.args[0] === left);
    return same && bound.imm >= 0n && bound.imm <= limit.imm ? true : undefined;
  }
}

const isOrder = (op: string) => isComparison(op) && op !== "eq" && op !== "ne";
/// The comparison that is true; undefined of what is none.
const opOf = ({ op }: Value, holds: boolean): string | undefined => (isComparison(op) ? (holds ? op : inverse[op]) : undefined);

/// A loop's counters: they start at constants and grow only under their own test, `i < bound` or `i + c < bound`, too
/// little to wrap. They are not negative where the bound is a constant, and never less than where they start.
function countersOf(header: Block, dominators: Dominators, preds: Predecessors): Said[] {
  const { end, params } = header;
  if (end.kind !== "branch" || (end.condition.op !== "lts" && end.condition.op !== "ltu")) return [];
  const [tested, bound] = end.condition.args as [Value, Value];
  const [param, ahead] = tested.op === "add" && tested.args[1]?.op === "const" && tested.args[1].imm > 0n && bound.op === "const" ? [tested.args[0]!, tested.args[1].imm] : [tested, 0n];
  const [{ to: body }] = end.edges;
  const index = params.indexOf(param);
  // The entry's parameters are the function's.
  if (index < 0 || header === dominators.order[0] || entering(preds.get(body), body, dominators).length !== 1) return [];
  const starts: bigint[] = [];
  let longest = 0n;
  const staysPositive = ({ from, edge }: Predecessor) => {
    const value = edge.args[index]!;
    if (value.op === "const") {
      starts.push(value.imm);
      return value.imm >= 0n && value.imm + ahead < 1n << 31n;
    }
    const [left, step] = value.args;
    if (step?.op === "const" && step.imm > longest) longest = step.imm;
    return (
      value.op === "add" &&
      left === param &&
      step?.op === "const" &&
      step.imm > 0n &&
      // By one it meets the bound before it wraps.
      (bound.op === "const" ? bound.imm >= 0n && bound.imm + step.imm + ahead < 1n << 31n : step.imm === 1n) &&
      dominators.dominates(body, from)
    );
  };
  if (!preds.get(header).every(staysPositive) || starts.length === 0) return [];
  const least = starts.reduce((a, b) => (a < b ? a : b));
  const last = starts.reduce((a, b) => (a > b ? a : b), bound.op === "const" ? bound.imm - ahead + longest - 1n : 0n);
  return [{ value: param, least, most: bound.op === "const" ? last : end.condition.op === "lts" ? half(param) : undefined }];
}
