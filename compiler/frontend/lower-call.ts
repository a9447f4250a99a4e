// Calls and assembly to IR. Small structs travel as their leaves; a large result goes to a place that the
// caller passes as a first argument.

import type { Value } from "../ir/types.js";
import { lower, one } from "./lower-expression.js";
import { load, store, writeWord } from "./lower-place.js";
import { isFlat, type Lowering } from "./lowering.js";
import { leavesOf, MOST_RESULTS } from "./representation.js";
import type { Expr } from "./tree.js";
import { sizeOf } from "./types.js";

export type Call = Extract<Expr, { kind: "call" | "callPointer" }>;

/// Their value lies in a temporary that nothing else names.
const fresh: ReadonlySet<Expr["kind"]> = new Set(["aggregate", "call", "callPointer", "uninitialized"]);

function callArguments(lowering: Lowering, expr: Call): Value[] {
  return expr.args.flatMap((arg) => {
    // A struct that has a place of its own is copied: the callee may write to its parameter.
    if (isFlat(arg.type) || fresh.has(arg.kind)) return lower(lowering, arg);
    const address = { base: lowering.slot(lowering.slotName(), sizeOf(arg.type)), offset: 0n };
    store(lowering, arg.type, address, lower(lowering, arg));
    return [address.base];
  });
}

export function call(lowering: Lowering, expr: Call): Value[] {
  const leaves = leavesOf(expr.type)!;
  if (leaves.length > MOST_RESULTS) {
    const base = lowering.slot(lowering.slotName(), sizeOf(expr.type));
    callInto(lowering, expr, base);
    return load(lowering, expr.type, { base, offset: 0n });
  }
  const target = expr.kind === "callPointer" ? [one(lowering, expr.target)] : [];
  const args = callArguments(lowering, expr);
  const [first, ...more] = leaves.map((leaf) => leaf.type);
  const value = lowering.emit(expr.kind === "call" ? "call" : "callIndirect", first, [...target, ...args], {
    symbol: expr.kind === "call" ? expr.callee : "",
  });
  const results = more.map((type, index) => lowering.emit("result", type, [value], { imm: BigInt(index + 1) }));
  if (expr.type.kind === "never")
    lowering.builder.end(
      { kind: "trap", reason: "a function that never returns did", location: lowering.location, edges: [] },
      lowering.builder.unreachable(),
    );
  return first ? [value, ...results] : [];
}

/// Calls a function that writes its result to an address.
export function callInto(lowering: Lowering, expr: Call, address: Value): void {
  const target = expr.kind === "callPointer" ? [one(lowering, expr.target)] : [];
  const args = callArguments(lowering, expr);
  lowering.emit(expr.kind === "call" ? "call" : "callIndirect", undefined, [...target, address, ...args], {
    symbol: expr.kind === "call" ? expr.callee : "",
  });
}

export function assembly(lowering: Lowering, expr: Extract<Expr, { kind: "asm" }>): Value[] {
  const inputs = expr.inputs.map((input) => one(lowering, input));
  const [first, ...more] = expr.asm.outputs;
  const value = lowering.emit("asm", first?.type, inputs, { asm: expr.asm });
  const outputs = first
    ? [value, ...more.map(({ type }, index) => lowering.emit("result", type, [value], { imm: BigInt(index + 1) }))]
    : [];
  expr.outputs.forEach((place, index) => writeWord(lowering, place, outputs[index]!));
  return expr.type.kind === "void" ? [] : outputs.slice(0, 1);
}
