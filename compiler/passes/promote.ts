// Promotion of memory to SSA values (mem2reg, scalar replacement): a slot whose
// address goes nowhere but into loads and stores is cut into cells by offset
// and width, and a cell that is always accessed whole becomes a value.

import { graphOf, type Graph, type Predecessor } from "../ir/graph.js";
import { kindOf } from "../ir/ops.js";
import {
  entryOf,
  loadedType,
  memoryBytes,
  newConst,
  newValue,
  replace,
  resolveUses,
  usesOfEnd,
  type Block,
  type Func,
  type MemoryType,
  type Op,
  type Type,
  type Value,
} from "../ir/types.js";

interface Cell {
  readonly offset: number;
  readonly bytes: number;
  readonly type: Type;
}

/// False where there is nothing to promote.
export function promote(fn: Func): boolean {
  const cells = findCells(fn);
  if (cells.size === 0) return false;
  const graph = graphOf(fn);
  for (const accesses of cells.values()) for (const { args } of accesses) fn.promoted.add(args[0]!.symbol);
  for (const [cell, accesses] of cells) promoteCell(fn, graph, cell, accesses);
  resolveUses(fn);
  const gone = new Set([...cells.values()].flatMap((accesses) => [...accesses]));
  for (const block of fn.blocks) block.body = block.body.filter((value) => !gone.has(value));
  return true;
}

/// The accesses of each cell that can be promoted.
function findCells(fn: Func): Map<Cell, Set<Value>> {
  const accesses = new Map<string, Value[]>();
  const escaped = new Set<string>();
  for (const { body, end } of fn.blocks) {
    for (const value of body) {
      const isPlain = (value.op === "load" || value.op === "store") && !value.volatile;
      for (let index = 0; index < value.args.length; index++) {
        const { op, symbol } = value.args[index]!;
        if (op !== "slot") continue;
        const known = accesses.get(symbol);
        if (!isPlain || index > 0) escaped.add(symbol);
        else if (known) known.push(value);
        else accesses.set(symbol, [value]);
      }
    }
    for (const use of usesOfEnd(end)) if (use.op === "slot") escaped.add(use.symbol);
  }
  const cells = new Map<Cell, Set<Value>>();
  for (const [symbol, all] of accesses) if (!escaped.has(symbol)) for (const [cell, own] of cut(all)) cells.set(cell, own);
  return cells;
}

/// Cells that no other cell overlaps.
function cut(accesses: readonly Value[]): Map<Cell, Set<Value>> {
  const found = new Map<string, { cell: Cell; own: Set<Value> }>();
  for (const access of accesses) {
    const [offset, bytes] = [Number(access.imm), memoryBytes[access.memory]];
    const type = loadedType(access.memory);
    const key = `${offset} ${bytes} ${kindOf(type)}`;
    const known = found.get(key) ?? { cell: { offset, bytes, type }, own: new Set() };
    found.set(key, known);
    known.own.add(access);
  }
  const sorted = [...found.values()].sort((a, b) => a.cell.offset - b.cell.offset);
  const result = new Map<Cell, Set<Value>>();
  let reach = -Infinity;
  sorted.forEach(({ cell, own }, index) => {
    const next = sorted[index + 1]?.cell.offset ?? Infinity;
    if (cell.offset >= reach && cell.offset + cell.bytes <= next) result.set(cell, own);
    reach = Math.max(reach, cell.offset + cell.bytes);
  });
  return result;
}

function promoteCell(
  fn: Func,
  graph: Graph,
  { type }: Cell,
  accesses: ReadonlySet<Value>,
): void {
  const { preds } = graph;
  const atStart = new Map<Block, Value>();
  const atEnd = new Map<Block, Value>();
  /// Parameters whose arguments are still to be passed.
  const waiting: Block[] = [];
  const reachingStart = (block: Block): Value => {
    // Up the chain of single predecessors, without recursion.
    const chain: Block[] = [];
    let value: Value | undefined;
    for (let at = block; value === undefined; ) {
      value = atStart.get(at);
      if (value) break;
      chain.push(at);
      const edges = preds.get(at);
      if (at === entryOf(fn) || edges.length === 0) {
        value = newConst(fn, type, 0n);
        at.body.unshift(value);
      } else if (edges.length === 1) {
        at = (edges[0] as Predecessor).from;
        value = atEnd.get(at);
      } else {
        value = newValue(fn, "param", type, []);
        at.params.push(value);
        waiting.push(at);
      }
    }
    for (const passed of chain) atStart.set(passed, value);
    return value;
  };

  // Stores first: what leaves a block must be known before what enters another is asked for.
  for (const block of fn.blocks)
    for (const value of block.body)
      if (value.op === "store" && accesses.has(value)) atEnd.set(block, value.args[1] as Value);
  for (const block of [...fn.blocks]) {
    if (!graph.isReachable(block) || !block.body.some((value) => accesses.has(value))) continue;
    let current: Value | undefined;
    const body: Value[] = [];
    // The first reading may put a constant at the head of this very block, so the list is copied first.
    for (const access of [...block.body]) {
      body.push(access);
      if (!accesses.has(access)) continue;
      if (access.op === "store") current = access.args[1] as Value;
      else {
        current ??= reachingStart(block);
        if (kindOf(type) === "float") replace(access, current);
        else body.push(narrowed(fn, access, current));
      }
    }
    const added = block.body.filter((value) => value.op === "const" && !body.includes(value));
    block.body = [...added, ...body];
  }
  for (let block = waiting.pop(); block; block = waiting.pop())
    for (const { from, edge } of preds.get(block)) edge.args.push(atEnd.get(from) ?? reachingStart(from));
}

const extensions: Partial<Record<MemoryType, Op>> = { u8: "zext8", s8: "sext8", u16: "zext16", s16: "sext16" };

/// What a load of the cell gives: the stored value, in the load's own range.
function narrowed(fn: Func, load: Value, value: Value): Value {
  const extension = extensions[load.memory] ?? "or";
  const stand =
    extension === "or"
      ? newValue(fn, "or", load.type, [value, value], { location: load.location })
      : newValue(fn, extension, load.type, [value], { location: load.location });
  replace(load, stand);
  return stand;
}
