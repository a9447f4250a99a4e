// Calls and assembly to IR. How arguments and results travel, convention.ts says; a large result goes to a place
// that the caller passes as a first argument.

import type { Type as IrType, Value } from "../ir/types.js";
import { conventionOf, travellingTypes, type Convention } from "./convention.js";
import { lower, one } from "./lower-expression.js";
import { receive, receiveInto, send } from "./lower-pieces.js";
import { addressValue, load, store, writeWord, type Address } from "./lower-place.js";
import { isFlat, type Lowering } from "./lowering.js";
import type { Expr } from "./tree.js";

export type Call = Extract<Expr, { kind: "call" | "callPointer" }>;

/// Their value lies in a temporary that nothing else names.
const fresh: ReadonlySet<Expr["kind"]> = new Set(["aggregate", "call", "callPointer", "uninitialized"]);

function callArguments(lowering: Lowering, { args }: Call, { params }: Convention): Value[] {
  return args.flatMap((arg, index) => {
    const passing = params[index]!;
    if (passing.kind !== "reference" || isFlat(arg.type) || fresh.has(arg.kind)) return send(lowering, arg.type, passing, lower(lowering, arg));
    // A struct that has a place of its own is copied: the callee may write to its parameter.
    const address = { base: lowering.slot(lowering.slotName(), arg.type), offset: 0n };
    store(lowering, arg.type, address, lower(lowering, arg));
    return [address.base];
  });
}

/// The call itself; `place`: where the callee puts its result.
function emitCall(lowering: Lowering, expr: Call, convention: Convention, types: readonly IrType[], place?: Value): Value[] {
  const target = expr.kind === "callPointer" ? [one(lowering, expr.target)] : [];
  const args = callArguments(lowering, expr, convention);
  const [first, ...more] = types;
  const value = lowering.emit(expr.kind === "call" ? "call" : "callIndirect", first, [...target, ...(place ? [place] : []), ...args], {
    symbol: expr.kind === "call" ? expr.callee : "",
  });
  const results = more.map((type, index) => lowering.emit("result", type, [value], { imm: BigInt(index + 1) }));
  return first ? [value, ...results] : [];
}

const conventionOfCall = ({ module }: Lowering, expr: Call): Convention => conventionOf(expr.args.map(({ type }) => type), expr.type, module.likeC);

export function call(lowering: Lowering, expr: Call): Value[] {
  const convention = conventionOfCall(lowering, expr);
  const { result } = convention;
  if (result.kind === "reference") {
    const base = lowering.slot(lowering.slotName(), expr.type);
    emitCall(lowering, expr, convention, [], base);
    return load(lowering, expr.type, { base, offset: 0n });
  }
  const values = receive(lowering, expr.type, result, emitCall(lowering, expr, convention, travellingTypes(expr.type, result)));
  if (expr.type.kind === "never")
    lowering.builder.end(
      { kind: "trap", reason: "a function that never returns did", location: lowering.location, edges: [] },
      lowering.builder.unreachable(),
    );
  return values;
}

/// Calls a function whose result, which is not flat, shall lie at an address.
export function callInto(lowering: Lowering, expr: Call, address: Address): void {
  const convention = conventionOfCall(lowering, expr);
  const { result } = convention;
  if (result.kind === "pieces") receiveInto(lowering, expr.type, result, address, emitCall(lowering, expr, convention, travellingTypes(expr.type, result)));
  else emitCall(lowering, expr, convention, [], addressValue(lowering, address));
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
