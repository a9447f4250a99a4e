// The float unit: a module of the exact float functions (emulator/isa/float-functions.ts).
// Integers alone, but for fast-fma.ts, so that every rounding mode and flag is there.

import { type FloatFunction, type FloatKind, type FloatSuffix, floatFunctions, floatSignature } from "../../isa/float-functions.js";
import { ValueType } from "../../isa/value.js";
import { emittedModule } from "../emitted.js";
import type { Function as WasmFunction, ImportedFunction } from "../../wasm/module.js";
import { encodeModule } from "../../wasm/module.js";
import { emitAdd, emitDiv, emitFma, emitMul, emitSqrt } from "./arithmetic.js";
import { Body, formats, type InternalFunction } from "./body.js";
import { emitClass, emitCompare, emitFromInteger, emitMinMax, emitNarrow, emitToInteger, emitWiden, type IntegerKind } from "./convert.js";
import { emitRaise, emitRound } from "./round.js";

const { i32, i64 } = ValueType;
const types: Record<FloatKind, number> = { s: i32, d: i64, x: i64 };
const integerKinds: Readonly<Record<string, IntegerKind>> = { W: { bits: 32, signed: true }, WU: { bits: 32, signed: false }, L: { bits: 64, signed: true }, LU: { bits: 64, signed: false } };

/// For modules that call float functions: all of them, by number.
export const floatImports: readonly ImportedFunction[] = floatFunctions.map((name) => {
  const { operands, result } = floatSignature(name);
  return { name, parameters: [...operands.map((kind) => types[kind]), i32, i32], results: [types[result]] };
});

const internal: readonly { readonly name: InternalFunction; readonly parameters: readonly number[]; readonly results: readonly number[] }[] = [
  { name: "raise", parameters: [i32, i32], results: [] },
  { name: "round.s", parameters: [i64, i32, i64, i32, i32], results: [i64] },
  { name: "round.d", parameters: [i64, i32, i64, i32, i32], results: [i64] },
];

const all = [...(floatImports as readonly { name: FloatFunction; parameters: readonly number[]; results: readonly number[] }[]), ...internal];
const numbers = new Map(all.map(({ name }, index) => [name, index]));

const units = new WeakMap<WebAssembly.Memory, WebAssembly.ModuleImports>();

/// The functions over this memory, by name.
export function floatUnit(memory: WebAssembly.Memory): WebAssembly.ModuleImports {
  let unit = units.get(memory);
  if (!unit) {
    unit = new WebAssembly.Instance(emittedModule("float", emitFloatUnit), { env: { memory } }).exports as WebAssembly.ModuleImports;
    units.set(memory, unit);
  }
  return unit;
}

export function emitFloatUnit(): Uint8Array<ArrayBuffer> {
  return encodeModule(all.map(({ name, parameters, results }): WasmFunction => {
    const body = new Body(numbers, parameters);
    emit(body, name);
    const isInternal = internal.some((each) => each.name === name);
    // The others return from inside.
    if (!isInternal) body.code.unreachable();
    return { name, locals: body.locals, results, code: body.code };
  }), {});
}

function emit(body: Body, name: FloatFunction | InternalFunction): void {
  if (name === "raise") return emitRaise(body);
  if (name === "narrow") return emitNarrow(body);
  if (name === "widen") return emitWiden(body);
  const [operation = "", suffix] = name.split(".") as [string, FloatSuffix];
  const format = formats[suffix];
  const integer = integerKinds[operation.replace(/^(to|from)/, "")];
  if (integer) return operation.startsWith("to") ? emitToInteger(body, format, integer) : emitFromInteger(body, format, integer);
  switch (operation) {
    case "round": return emitRound(body, format);
    case "add": return emitAdd(body, format);
    case "mul": return emitMul(body, format);
    case "div": return emitDiv(body, format);
    case "sqrt": return emitSqrt(body, format);
    case "fma": return emitFma(body, format);
    case "min": case "max": return emitMinMax(body, format, operation);
    case "eq": case "lt": case "le": return emitCompare(body, format, operation);
    case "class": return emitClass(body, format);
    default: throw new Error(`no float function ${name}`);
  }
}
