// Folding and global value numbering in one walk over the dominator tree:
// each value is simplified, then replaced by an equal one that dominates it.
// Constants are interned in the entry block; selection decides where a
// constant is really made.

import { lastOf } from "../ir/debug.js";
import { graphOf, type Predecessor, type Predecessors } from "../ir/graph.js";
import { operationOf, wrap } from "../ir/ops.js";
import { entryOf, newConst, newValue, replace, resolveEach, resolveUsesOfEnd, type Block, type Func, type Location, type Type, type Value } from "../ir/types.js";
import type { Maker } from "./rules.js";
import { simplify } from "./simplify.js";

/// A value, where it stands, and another of the same hash.
interface Numbered {
  readonly value: Value;
  readonly block: Block;
  readonly next: Numbered | undefined;
}

export function gvn(fn: Func): void {
  const { preds, dominators } = graphOf(fn);
  removeRedundantParams(fn, preds);
  /// By their operands' hash.
  const numbered = new Map<number, Numbered>();
  const constants: Value[] = [];
  const ofType = new Map<Type, Map<bigint, Value>>();
  const constant = (type: Type, imm: bigint): Value => {
    let known = ofType.get(type);
    if (!known) ofType.set(type, (known = new Map()));
    const found = known.get(imm);
    if (found) return found;
    const made = newConst(fn, type, imm);
    known.set(imm, made);
    constants.push(made);
    return made;
  };
  let block = entryOf(fn);
  let body: Value[] = [];
  /// Of the value that is replaced by others.
  let location: Location | undefined;

  /// The value that stands for this one from here on, emitted if it is new.
  const visit = (value: Value): Value => {
    const { op, args } = value;
    resolveEach(args);
    if (op === "const") return constant(value.type as Type, value.imm);
    const simpler = simplify(value, maker);
    if (simpler) return simpler;
    if (operationOf(op) || op === "global" || op === "slot" || op === "register") {
      const hash = hashOf(args);
      const others = numbered.get(hash);
      for (let other = others; other; other = other.next)
        if (isEqual(other.value, value) && dominators.dominates(other.block, block)) return other.value;
      numbered.set(hash, { value, block, next: others });
    }
    if (op !== "check" || !isTrue(args[0]!)) body.push(value);
    return value;
  };
  const maker: Maker = {
    constant: (type, imm) => constant(type, wrap(type, imm)),
    make: (op, type, ...args) => visit(newValue(fn, op, type, args, { location })),
    makeGlobal: (symbol, imm) => visit(newValue(fn, "global", "i64", [], { symbol, imm, location })),
  };
  // A value dominates its uses, so that each of them is still to come when it is replaced.
  for (block of dominators.order) {
    const before = block.body;
    block.body = body = [];
    for (const value of before) {
      location = value.location;
      const stands = visit(value);
      if (stands !== value) replace(value, stands);
    }
    resolveUsesOfEnd(block.end);
  }
  entryOf(fn).body.unshift(...constants);
}

const isTrue = ({ op, imm }: Value) => op === "const" && imm !== 0n;

function hashOf(args: readonly Value[]): number {
  let hash = args.length;
  for (const { id } of args) hash = Math.imul(hash ^ id, 0x9e37_79b1);
  return hash;
}

function isEqual(one: Value, other: Value): boolean {
  if (one.op !== other.op || one.type !== other.type || one.imm !== other.imm || one.symbol !== other.symbol) return false;
  if (one.args.length !== other.args.length) return false;
  for (let index = 0; index < one.args.length; index++) if (one.args[index] !== other.args[index]) return false;
  return true;
}

/// A parameter that always receives one value is that value. Its uses are left to whoever asked.
function removeRedundantParams(fn: Func, preds: Predecessors): void {
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const block of fn.blocks) {
      if (block.params.length === 0) continue;
      const edges = preds.get(block);
      if (edges.length === 0) continue;
      for (let index = 0; index < block.params.length; ) {
        const param = block.params[index]!;
        const only = onlyIncoming(edges, index, param);
        if (!only) {
          index++;
          continue;
        }
        replace(param, only);
        block.params.splice(index, 1);
        for (const { edge } of edges) edge.args.splice(index, 1);
        isChanged = true;
      }
    }
  }
}

/// The one value beside itself that the parameter receives; undefined where there are several.
function onlyIncoming(edges: readonly Predecessor[], index: number, param: Value): Value | undefined {
  let only: Value | undefined;
  for (const { edge } of edges) {
    const value = lastOf(edge.args[index]!);
    if (value === param || value === only) continue;
    if (only) return undefined;
    only = value;
  }
  return only;
}
