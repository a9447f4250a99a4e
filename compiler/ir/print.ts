// The textual form of the IR, which parse.ts reads back.
//
//     function @clamp: i32 {
//     b0(%0: i32):
//       %2: i32 = lts %0, 10w
//       branch %2, b1(), b2()
//     …
//
// A constant stands where it is used: `5` is an i64, `5w` an i32, `1.5d` an f64,
// `1.5f` an f32 and `#7fc00000f` its bits, where it is no number. `!0:12:3` at
// the end of a line is a location: file, line, column. Attributes and assembly
// are JSON.

import { numberOf } from "./floats.js";
import { bitsOf, isFloat } from "./ops.js";
import type { Block, Data, Edge, Func, Location, Module, Type, Value } from "./types.js";

export interface PrintOptions {
  readonly locations?: boolean;
}

const nameOf = (value: Value) => (value.op === "const" ? constantText(value) : `%${value.id}`);
function constantText({ type, imm }: Value): string {
  if (!isFloat(type)) return `${imm}${type === "i32" ? "w" : ""}`;
  const number = numberOf(imm, bitsOf(type));
  const text = Number.isFinite(number) ? (Object.is(number, -0) ? "-0" : String(number)) : `#${BigInt.asUintN(bitsOf(type), imm).toString(16)}`;
  return `${text}${type === "f32" ? "f" : "d"}`;
}
const list = (values: readonly Value[]) => values.map(nameOf).join(", ");
const typed = (values: readonly Value[]) => values.map((value) => `${nameOf(value)}: ${value.type}`).join(", ");
const edgeText = ({ to, args }: Edge) => `b${to.id}(${list(args)})`;
const symbolText = (name: string) => (/^[\w.$]+$/.test(name) ? `@${name}` : `@${JSON.stringify(name)}`);
const offsetText = (offset: bigint | number) => (Number(offset) === 0 ? "" : ` + ${offset}`);
const resultsText = (types: readonly Type[]) => (types.length === 0 ? "" : `: ${types.join(", ")}`);
const locationText = (location: Location | undefined) =>
  location ? ` !${location.file}:${location.line}:${location.column}` : "";

export function printModule(module: Module, options: PrintOptions = {}): string {
  const parts = [
    ...(module.files.length > 0 ? [`files ${module.files.map((path) => JSON.stringify(path)).join(" ")}\n`] : []),
    ...(module.roots.length > 0 ? [`roots ${module.roots.map(symbolText).join(" ")}\n`] : []),
    ...module.data.map(printData),
    ...module.functions.map((fn) => `\n${printFunction(fn, options)}`),
  ];
  return parts.join("");
}

function printData({ name, size, align, bytes, readonly, relocations }: Data): string {
  const hex = bytes ? ` = ${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}` : "";
  const places = relocations.map(
    ({ offset, symbol, addend }) => ` [${offset}: ${symbolText(symbol)}${offsetText(addend)}]`,
  );
  return `data ${symbolText(name)}: ${size} align ${align}${readonly ? " readonly" : ""}${hex}${places.join("")}\n`;
}

export function printFunction(fn: Func, options: PrintOptions = {}): string {
  const attributes = Object.keys(fn.attributes).length > 0 ? ` with ${JSON.stringify(fn.attributes)}` : "";
  const location = options.locations ? locationText(fn.location) : "";
  const head = `function ${symbolText(fn.name)}${resultsText(fn.results)}${attributes}${location}`;
  if (fn.naked) return `${head} naked ${JSON.stringify(fn.naked)}\n`;
  return `${head} {\n${fn.blocks.map((block) => printBlock(block, options)).join("")}}\n`;
}

function printBlock(block: Block, { locations = false }: PrintOptions): string {
  const lines = block.body
    .filter(({ op }) => op !== "const")
    .map((value) => `  ${printValue(value)}${locations ? locationText(value.location) : ""}\n`);
  const where = locations && block.end.kind === "trap" ? locationText(block.end.location) : "";
  return `b${block.id}(${typed(block.params)}):\n${lines.join("")}  ${printEnd(block)}${where}\n`;
}

export function printValue(value: Value): string {
  const result = value.type ? `${nameOf(value)}: ${value.type} = ` : "";
  const address = `[${value.args[0] ? nameOf(value.args[0]) : ""}${offsetText(value.imm)}]`;
  const volatile = value.volatile ? ".volatile" : "";
  switch (value.op) {
    case "global":
      return `${result}global ${symbolText(value.symbol)}${offsetText(value.imm)}`;
    case "slot":
      return `${result}slot ${symbolText(value.symbol)}: ${value.imm}`;
    case "register":
      return `${result}register ${value.symbol}`;
    case "load":
      return `${result}load.${value.memory}${volatile} ${address}`;
    case "store":
      return `store.${value.memory}${volatile} ${address}, ${list(value.args.slice(1))}`;
    case "atomic":
      return `${result}atomic.${value.atomic}.${value.memory} ${address}, ${list(value.args.slice(1))}`;
    case "call":
      return `${result}call ${symbolText(value.symbol)}(${list(value.args)})`;
    case "callIndirect":
      return `${result}callIndirect ${list(value.args.slice(0, 1))}(${list(value.args.slice(1))})`;
    case "result":
      return `${result}result ${list(value.args)}, ${value.imm}`;
    case "asm":
      return `${result}asm(${list(value.args)}) ${JSON.stringify(value.asm)}`;
    case "check":
      return `check ${list(value.args)} else trap ${JSON.stringify(value.reason)}`;
    default:
      return `${result}${value.op} ${list(value.args)}`;
  }
}

function printEnd({ end }: Block): string {
  switch (end.kind) {
    case "jump":
      return `jump ${edgeText(end.edges[0])}`;
    case "branch":
      return `branch ${nameOf(end.condition)}, ${edgeText(end.edges[0])}, ${edgeText(end.edges[1])}`;
    case "return":
      return end.values.length > 0 ? `return ${list(end.values)}` : "return";
    case "trap":
      return `trap ${JSON.stringify(end.reason)}`;
  }
}
