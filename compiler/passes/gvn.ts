// Folding and global value numbering in one walk over the dominator tree:
// each value is simplified, then replaced by an equal one that dominates it.
// Constants are interned in the entry block; selection decides where a
// constant is really made.

import { dominatorsOf, type Predecessor, predecessors } from "../ir/graph.js";
import { operationOf } from "../ir/ops.js";
import {
  entryOf,
  follow,
  mapEach,
  mapUsesOfEnd,
  newConst,
  replaceAll,
  type Block,
  type Func,
  type Type,
  type Value,
} from "../ir/types.js";
import { simplify, type Maker } from "./simplify.js";

export function gvn(fn: Func): void {
  removeRedundantParams(fn);
  const dominators = dominatorsOf(fn);
  const replaced = new Map<Value, Value>();
  const resolve = follow(replaced);
  /// By their operands' hash.
  const numbered = new Map<number, { value: Value; block: Block }[]>();
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

  for (const block of dominators.order) {
    const body: Value[] = [];
    /// The value that stands for this one from here on, emitted if it is new.
    const visit = (value: Value): Value => {
      mapEach(value.args, resolve);
      if (value.op === "const") return constant(value.type as Type, value.imm);
      const simpler = simplify(fn, value, maker);
      if (simpler) return simpler;
      if (operationOf(value.op) || value.op === "global" || value.op === "slot" || value.op === "register") {
        const hash = hashOf(value);
        const others = numbered.get(hash);
        const equal = others?.find((other) => isEqual(other.value, value) && dominators.dominates(other.block, block));
        if (equal) return equal.value;
        if (others) others.push({ value, block });
        else numbered.set(hash, [{ value, block }]);
      }
      if (value.op !== "check" || value.args[0]?.op !== "const" || value.args[0].imm === 0n) body.push(value);
      return value;
    };
    const maker: Maker = { constant, make: visit };
    for (const value of block.body) {
      const stands = visit(value);
      if (stands !== value) replaced.set(value, stands);
    }
    block.body = body;
    mapUsesOfEnd(block.end, resolve);
  }
  replaceAll(fn, replaced);
  entryOf(fn).body.unshift(...constants);
}

function hashOf({ args }: Value): number {
  let hash = args.length;
  for (const { id } of args) hash = Math.imul(hash ^ id, 0x9e37_79b1);
  return hash;
}
const isEqual = (one: Value, other: Value): boolean =>
  one.op === other.op &&
  one.type === other.type &&
  one.imm === other.imm &&
  one.symbol === other.symbol &&
  one.args.length === other.args.length &&
  one.args.every((arg, index) => arg === other.args[index]);

/// A parameter that always receives one value is that value.
export function removeRedundantParams(fn: Func): void {
  for (let changed = true; changed; ) {
    changed = false;
    const preds = predecessors(fn);
    const replaced = new Map<Value, Value>();
    const resolve = follow(replaced);
    for (const block of fn.blocks) {
      const edges = preds.get(block) ?? [];
      if (edges.length === 0) continue;
      for (const param of [...block.params]) {
        const index = block.params.indexOf(param);
        const only = onlyIncoming(edges, index, param, resolve);
        if (!only) continue;
        replaced.set(param, only);
        block.params.splice(index, 1);
        for (const { edge } of edges) edge.args.splice(index, 1);
        changed = true;
      }
    }
    replaceAll(fn, replaced);
  }
}

/// The one value beside itself that the parameter receives; undefined where there are several.
function onlyIncoming(edges: readonly Predecessor[], index: number, param: Value, resolve: (value: Value) => Value): Value | undefined {
  let only: Value | undefined;
  for (const { edge } of edges) {
    const value = resolve(edge.args[index]!);
    if (value === param || value === only) continue;
    if (only) return undefined;
    only = value;
  }
  return only;
}
