// After blocks are copied their values have two definitions. This finds for each
// use which one reaches it, with parameters where they meet: in the iterated
// dominance frontier of the two blocks. Points of the debugger get no
// parameters: a value is lost where no one definition reaches.

import { relocation, type Renaming } from "../ir/debug.js";
import { graphOf, type Dominators, type Predecessors } from "../ir/graph.js";
import { mapUsesIn, newValue, usesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

/// A block and its copy, with the copies of the values that may be used elsewhere.
export interface Twins {
  readonly block: Block;
  readonly copy: Block;
  readonly values: ReadonlyMap<Value, Value>;
}

export function repairSsa(fn: Func, all: readonly Twins[]): void {
  if (all.length === 0) return;
  const { preds, dominators } = graphOf(fn);
  const frontiers = frontiersOf(dominators, preds);
  const repairs = new Map<Value, Repair>();
  for (const twins of all) {
    const repair = new Repair(fn, twins, dominators, preds, frontiers);
    for (const value of twins.values.keys()) repairs.set(value, repair);
  }
  /// By number: most values have no repair.
  const isRepaired = new Uint8Array(fn.nextId);
  for (const { id } of repairs.keys()) isRepaired[id] = 1;
  const uses = new Map<Value, Set<Block>>();
  const users = new Set<Block>();
  const note = (value: Value, block: Block) => {
    if (isRepaired[value.id] !== 1) return;
    users.add(block);
    const known = uses.get(value);
    if (known) known.add(block);
    else uses.set(value, new Set([block]));
  };
  for (const block of dominators.order) {
    for (const { args } of block.body) for (const arg of args) note(arg, block);
    for (const use of usesOfEnd(block.end)) note(use, block);
  }
  // Asked value by value, for the order of the parameters.
  for (const [value, repair] of repairs) for (const block of uses.get(value) ?? []) repair.valueIn(block, value);
  for (const block of users) mapUsesIn(block, (value) => (isRepaired[value.id] === 1 ? repairs.get(value)!.valueIn(block, value) : value));
  if (fn.debug) repairPoints(dominators, repairs);
}

/// Of each block, those where its dominance ends.
type Frontiers = ReadonlyMap<Block, ReadonlySet<Block>>;

function frontiersOf(dominators: Dominators, preds: Predecessors): Frontiers {
  const frontiers = new Map<Block, Set<Block>>();
  for (const block of dominators.order) {
    const edges = preds.get(block);
    const parent = dominators.parent(block);
    if (edges.length < 2) continue;
    for (const { from } of edges)
      for (let above: Block | undefined = from; above && above !== parent; above = dominators.parent(above)) {
        const known = frontiers.get(above);
        if (known) known.add(block);
        else frontiers.set(above, new Set([block]));
      }
  }
  return frontiers;
}

/// Values that are defined in the same two blocks.
class Repair {
  /// Where the definitions meet.
  readonly meets = new Set<Block>();
  /// Blocks at which a search upwards ends, the lower ones first.
  private readonly sources: readonly Block[];
  private readonly params = new Map<Value, Map<Block, Value>>();

  constructor(
    private readonly fn: Func,
    readonly twins: Twins,
    private readonly dominators: Dominators,
    private readonly preds: Predecessors,
    frontiers: Frontiers,
  ) {
    const work = [twins.block, twins.copy];
    for (let next = work.pop(); next; next = work.pop())
      for (const meet of frontiers.get(next) ?? []) {
        if (this.meets.has(meet)) continue;
        this.meets.add(meet);
        work.push(meet);
      }
    this.sources = [...new Set([twins.block, twins.copy, ...this.meets])].sort((a, b) => dominators.positionOf(b) - dominators.positionOf(a));
  }

  /// What a use of the value in the block becomes, with the parameters that it needs.
  valueIn(block: Block, value: Value): Value {
    return this.knownIn(block, value) ?? this.newParam(this.sourceOf(block)!, value);
  }

  /// The same as far as it is there: undefined for a parameter that nothing needs.
  knownIn(block: Block, value: Value): Value | undefined {
    // The copy's uses are of its own values already.
    if (this.isTwin(block)) return value;
    const source = this.sourceOf(block);
    return source && (this.definedIn(source, value) ?? this.params.get(value)?.get(source));
  }

  private isTwin(block: Block): boolean {
    return block === this.twins.block || block === this.twins.copy;
  }
  private definedIn(block: Block, value: Value): Value | undefined {
    return block === this.twins.block ? value : block === this.twins.copy ? this.twins.values.get(value) : undefined;
  }

  private newParam(block: Block, value: Value): Value {
    const param = newValue(this.fn, "param", value.type, []);
    const known = this.params.get(value);
    if (known) known.set(block, param);
    else this.params.set(value, new Map([[block, param]]));
    block.params.push(param);
    for (const { from, edge } of this.preds.get(block)) edge.args.push(this.definedIn(from, value) ?? this.valueIn(from, value));
    return param;
  }

  /// From a block's start upwards, the first where the definitions meet or that has one; undefined where there is none.
  sourceOf(block: Block): Block | undefined {
    return this.sources.find((source) => (source === block ? this.meets.has(block) : this.dominators.dominates(source, block)));
  }
}

function repairPoints(dominators: Dominators, repairs: ReadonlyMap<Value, Repair>): void {
  const named = new Set([...repairs].flatMap(([value, repair]) => (value.isNamed ? [repair] : [])));
  const starts = new Set([...named].flatMap(({ twins, meets }) => [twins.block, twins.copy, ...meets]));
  const reached = new Set<Block>();
  for (const block of dominators.order) {
    const parent = dominators.parent(block);
    const isReached = parent !== undefined && (starts.has(parent) || reached.has(parent));
    if (isReached) reached.add(block);
    else if (!starts.has(block)) continue;
    const values: Renaming = {
      has: (value) => repairs.get(value)?.sourceOf(block) !== undefined,
      get: (value) => repairs.get(value)!.knownIn(block, value),
    };
    const relocate = relocation((of) => ({ kind: "moved", of, values }));
    for (const value of block.body) value.location = relocate(value.location);
    if (block.end.kind === "trap") block.end.location = relocate(block.end.location);
  }
}
