// Which accesses to memory never touch the same byte: those of different objects, and those of one address at
// distances that do not meet. What a check says of an index is where an element can lie.

import { graphOf, type Loop } from "../ir/graph.js";
import { mayWriteMemory, memoryBytes, type Block, type Func, type Value } from "../ir/types.js";
import { maximum } from "./maximum.js";

/// The bytes from `low` up to `high` (not included) past an address, or past a symbol.
interface Span {
  readonly base: Value;
  readonly low: bigint;
  readonly high: bigint;
}

/// Says of two accesses of a function whether they are apart.
export type AreApart = (a: Value, b: Value) => boolean;

export function apartIn(fn: Func): AreApart {
  const { order, dominators } = graphOf(fn);
  /// Of indices that a check has kept below a constant: from where on.
  const checked = new Map<Value, { readonly block: Block; readonly most: bigint }[]>();
  const spans = new Map<Value, Span>();
  for (const block of order)
    for (const value of block.body) {
      if (value.op === "check") {
        const [index, limit] = value.args[0]!.args;
        if (value.args[0]!.op !== "ltu" || limit?.op !== "const" || limit.imm <= 0n) continue;
        const known = checked.get(index!);
        const one = { block, most: limit.imm - 1n };
        if (known) known.push(one);
        else checked.set(index!, [one]);
      } else if ((value.op === "load" || value.op === "store") && value.args[0]!.op === "add") {
        const span = spanOf(value, (index) => checked.get(index)?.find((one) => dominators.dominates(one.block, block))?.most ?? maximum(index));
        if (span) spans.set(value, span);
      }
    }
  const at = (access: Value) => spans.get(access) ?? plainSpan(access);
  return (a, b) => {
    const [rootA, rootB] = [rootOf(a.args[0]!), rootOf(b.args[0]!)];
    const isObject = ({ op }: Value) => op === "global" || op === "slot";
    if (isObject(rootA) && isObject(rootB) && rootA.symbol !== rootB.symbol) return true;
    const [one, other] = [at(a), at(b)];
    const isSame = one.base === other.base || (one.base.op === "global" && other.base.op === "global" && one.base.symbol === other.base.symbol);
    return isSame && (one.high <= other.low || other.high <= one.low);
  };
}

/// What an address is counted from: the pointer side of its sums is the left one.
function rootOf(address: Value): Value {
  while (address.op === "add") address = address.args[0]!;
  return address;
}

function plainSpan({ args, imm, memory }: Value): Span {
  const base = args[0]!;
  const low = imm + (base.op === "global" ? base.imm : 0n);
  return { base, low, high: low + BigInt(memoryBytes[memory]) };
}

/// Of `base + index * size`, where the index has a limit.
function spanOf(access: Value, mostOf: (index: Value) => bigint | undefined): Span | undefined {
  const [base, offset] = access.args[0]!.args as [Value, Value];
  const [index, by] = offset.args;
  const isScaled = (offset.op === "shl" || offset.op === "mul") && by?.op === "const" && by.imm >= 0n && by.imm < 1n << 20n;
  const most = mostOf(isScaled ? index! : offset);
  if (most === undefined) return undefined;
  const far = !isScaled ? most : offset.op === "mul" ? most * by.imm : by.imm < 20n ? most << by.imm : 1n << 64n;
  if (far >= 1n << 40n) return undefined;
  const { low, high } = plainSpan({ ...access, args: [base] } as Value);
  return { base, low, high: high + far };
}

/// A loop's stores; undefined where something may write anywhere.
export function writesIn({ blocks }: Loop): Value[] | undefined {
  const writes: Value[] = [];
  for (const { body } of blocks)
    for (const value of body) {
      if (mayWriteMemory(value)) return undefined;
      if (value.op === "store") writes.push(value);
    }
  return writes;
}
