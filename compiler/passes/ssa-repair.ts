// After a block is copied its values have two definitions. This finds for each
// use which one reaches it, with parameters where they meet. Points of the
// debugger get no parameters: a value is lost where no one definition reaches.

import { relocation, type Renaming } from "../ir/debug.js";
import { predecessors, type Predecessors } from "../ir/graph.js";
import { entryOf, mapUsesIn, newValue, usesOfEnd, type Block, type Func, type Value } from "../ir/types.js";

/// Of an original value, the one at the end of each block that defines it.
type Definitions = ReadonlyMap<Block, Value>;

export function repairSsa(fn: Func, all: ReadonlyMap<Value, Definitions>): void {
  const preds = predecessors(fn);
  const uses = new Uses(preds.keys(), all.keys());
  const reached = new Map<Value, ReadonlyMap<Block, Value>>();
  for (const [original, definitions] of all) reached.set(original, repair(fn, preds, original, definitions, uses));
  if (fn.debug) repairPoints(fn, preds, all, reached);
}

/// The blocks that use each of some values, in order.
class Uses {
  private readonly blocks: ReadonlyMap<Value, Set<Block>>;

  constructor(blocks: Iterable<Block>, values: Iterable<Value>) {
    this.blocks = new Map([...values].map((value) => [value, new Set()]));
    for (const block of blocks) {
      for (const { args } of block.body) for (const value of args) this.note(value, block);
      for (const value of usesOfEnd(block.end)) this.note(value, block);
    }
  }
  note(value: Value, block: Block): void {
    this.blocks.get(value)?.add(block);
  }
  of(value: Value): Iterable<Block> {
    return this.blocks.get(value)!;
  }
}

/// The parameters and values at the start of those blocks that were asked.
function repair(fn: Func, preds: Predecessors, original: Value, definitions: Definitions, uses: Uses): Map<Block, Value> {
  const atStart = new Map<Block, Value>();
  const reachingEnd = (block: Block): Value => definitions.get(block) ?? reachingStart(block);
  const reachingStart = (block: Block): Value => {
    const known = atStart.get(block);
    if (known) return known;
    const edges = preds.get(block) ?? [];
    if (edges.length === 1) {
      const value = reachingEnd(edges[0]!.from);
      atStart.set(block, value);
      return value;
    }
    const param = newValue(fn, "param", original.type, []);
    atStart.set(block, param);
    block.params.push(param);
    for (const { from, edge } of edges) {
      const value = reachingEnd(from);
      edge.args.push(value);
      uses.note(value, from);
    }
    return param;
  };
  for (const block of uses.of(original)) {
    if (definitions.has(block)) continue;
    // Asked before the rewriting: the answer may add arguments to this block's own edges.
    const reaching = reachingStart(block);
    mapUsesIn(block, (value) => (value === original ? reaching : value));
    uses.note(reaching, block);
  }
  return atStart;
}

function repairPoints(fn: Func, preds: Predecessors, all: ReadonlyMap<Value, Definitions>, reached: ReadonlyMap<Value, ReadonlyMap<Block, Value>>): void {
  const named = [...all.keys()].filter(({ isNamed }) => isNamed);
  const [first] = named;
  if (!first) return;
  const defining = all.get(first)!;
  const before = reachedWithout(fn, defining);
  for (const block of fn.blocks) {
    // Where a way leads around the definitions, no point has their values.
    if (before.has(block) || defining.has(block)) continue;
    // Most blocks are never asked.
    let found: Map<Value, Value | undefined> | undefined;
    const values: Renaming = {
      has: (value) => reached.has(value),
      get: (value) => {
        found ??= new Map();
        if (!found.has(value)) found.set(value, onlyReaching(block, preds, all.get(value)!, reached.get(value)!));
        return found.get(value);
      },
    };
    const relocate = relocation((of) => ({ kind: "moved", of, values }));
    for (const value of block.body) value.location = relocate(value.location);
    if (block.end.kind === "trap") block.end.location = relocate(block.end.location);
  }
}

/// Blocks that are reached from the entry on a way without those.
function reachedWithout(fn: Func, without: ReadonlyMap<Block, unknown>): Set<Block> {
  const reached = new Set<Block>();
  const work = [entryOf(fn)];
  for (let block = work.pop(); block; block = work.pop()) {
    if (reached.has(block) || without.has(block)) continue;
    reached.add(block);
    for (const { to } of block.end.edges) work.push(to);
  }
  return reached;
}

function onlyReaching(start: Block, preds: Predecessors, definitions: Definitions, atStart: ReadonlyMap<Block, Value>): Value | undefined {
  const found = new Set<Value | undefined>();
  const seen = new Set<Block>([start]);
  const work = [start];
  for (let block = work.pop(); block && found.size < 2; block = work.pop()) {
    const known = (block !== start && definitions.get(block)) || atStart.get(block);
    if (known) {
      found.add(known);
      continue;
    }
    const edges = preds.get(block) ?? [];
    if (edges.length === 0) found.add(undefined);
    for (const { from } of edges) {
      if (seen.has(from)) continue;
      seen.add(from);
      work.push(from);
    }
  }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}
