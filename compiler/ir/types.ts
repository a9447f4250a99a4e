// The IR: a control-flow graph in SSA form with block parameters.
//
// Instructions are values; a block ends in one terminator, whose edges carry
// the arguments for the target's parameters. There are no phis, so a pass that
// moves an edge moves its arguments with it. A failed `check` traps with its
// reason and never returns; it is the only hidden way out of a block.

import type { DebugGlobal } from "../object/debug.js";
import { lastOf, type Point, type SourceScope } from "./debug.js";
import type { PureOp, Type } from "./ops.js";

export type { Type } from "./ops.js";

/// How memory holds a value; the narrow ones load as i32.
export type MemoryType = "u8" | "s8" | "u16" | "s16" | "i32" | "i64" | "f32" | "f64";

/// Why a check fails, as a person reads it: "index out of bounds". `panic(message)` traps with its message.
export type Reason = string;

/// Where in the source a value comes from. Lines and columns count from 1.
export interface Location {
  /// As in Module.files.
  readonly file: number;
  readonly line: number;
  readonly column: number;
  /// The function of the source; undefined where nobody said.
  readonly within?: string | undefined;
  /// What the variables are there: debug.ts.
  readonly point?: Point | undefined;
}

export type Op =
  | PureOp
  | "const" /* imm; of a float its bits, and symbol: where it lies in memory, when that is known */
  | "global" /* address of symbol (data, function or linker symbol) + imm */
  | "slot" /* address in the frame, imm: bytes, symbol: which (one slot for each symbol of a function) */
  | "param"
  | "register" /* what a reserved register (symbol: "tp", "gp", or "sp") holds */
  | "load" /* (address) imm: offset, memory, volatile */
  | "store" /* (address, value) imm: offset, memory, volatile */
  | "atomic" /* (address, value) or, for cas, (address, expected, desired); atomic, memory; the old value */
  | "call" /* symbol, (arguments); type: of the first result */
  | "callIndirect" /* (target, arguments) */
  | "result" /* (call) imm: which further result, from 1; stands right after its call or asm */
  | "asm" /* asm, (inputs); type: of the first output */
  | "check" /* (condition) reason: traps when it is 0 */;

export type AtomicOp = "add" | "and" | "or" | "xor" | "swap" | "cas";

/// Assembly in the source: an `asm` value, or the whole body of a naked function.
export interface Asm {
  /// One instruction (or label `1:`) in each line; operands in place as parts.
  readonly lines: readonly (readonly AsmPart[])[];
  /// Where each argument of the value travels: a register's number, or undefined for any.
  readonly inputs: readonly (number | undefined)[];
  readonly outputs: readonly { readonly type: Type; readonly register: number | undefined }[];
  /// Registers it writes beside its outputs.
  readonly clobbers: readonly number[];
  /// It may read and write memory, or has another effect: it stays, in its place.
  readonly effect: boolean;
}
/// It orders accesses of several harts, and does nothing else.
export const isFence = ({ lines }: Asm): boolean =>
  lines.length > 0 && lines.every((parts) => parts.every((part) => part.kind === "text" && /^\s*fence\b(?!\.i)/.test(part.text)));

/// Text as it is; an input or output by its index; a symbol's name (with an addend).
export type AsmPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "output"; readonly index: number }
  | { readonly kind: "symbol"; readonly symbol: string; readonly addend: number };

export interface Value {
  readonly id: number;
  /// Undefined where there is no result.
  readonly type: Type | undefined;
  op: Op;
  args: Value[];
  imm: bigint;
  symbol: string;
  memory: MemoryType;
  /// load and store: stays as it is, in its place (MMIO).
  volatile: boolean;
  atomic: AtomicOp | undefined;
  asm: Asm | undefined;
  reason: Reason;
  location: Location | undefined;
  /// What took its place: also for the debugger, when the value is gone.
  standIn: Value | undefined;
  /// A variable of the source has it somewhere.
  isNamed: boolean;
}

export interface Edge {
  to: Block;
  args: Value[];
}

export type Terminator =
  | { kind: "jump"; edges: [Edge] }
  | { kind: "branch"; condition: Value; edges: [then: Edge, otherwise: Edge] }
  /// `values` has one for each of Func.results.
  | { kind: "return"; values: Value[]; edges: [] }
  | { kind: "trap"; reason: Reason; location: Location | undefined; edges: [] };

export interface Block {
  readonly id: number;
  params: Value[];
  body: Value[];
  end: Terminator;
}

/// What `attr({…})` and `naked({…})` say about a function.
export interface FuncAttributes {
  /// ".text.start" comes first in the image, then ".text.trap", ".text", ".text.cold".
  readonly section?: string;
  readonly align?: number;
  /// The symbol in the ELF, where it is not the function's name.
  readonly symbol?: string;
  readonly inline?: "always" | "never";
  readonly cold?: boolean;
  readonly noreturn?: boolean;
  /// Needs no frame, or is an error.
  readonly leaf?: boolean;
  /// Registers that keep the caller's value through the whole function, beside the callee-saved ones.
  readonly preserve?: readonly number[];
  /// Registers of the results, in place of a0, a1, …
  readonly returns?: readonly number[];
}

export interface Func {
  /// Unique in the module; what calls name.
  readonly name: string;
  /// Types of the results, in a0, a1, … (at most four; larger values are returned through memory by lowering).
  readonly results: readonly Type[];
  readonly attributes: FuncAttributes;
  readonly location: Location | undefined;
  /// In layout order; the first is the entry and its parameters are the function's. Empty for a naked one.
  blocks: Block[];
  /// The body of a naked function.
  readonly naked: Asm | undefined;
  nextId: number;
  /// The function in the source, for the debugger.
  readonly debug: SourceScope | undefined;
  /// Slots that are no longer kept in memory, or not all of them.
  readonly promoted: Set<string>;
}

/// Static data: `bytes` undefined means zeros.
export interface Data {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly bytes: Uint8Array | undefined;
  /// Goes to .rodata, is never written.
  readonly readonly: boolean;
  /// 64-bit addresses to be written into the bytes.
  readonly relocations: readonly { readonly offset: number; readonly symbol: string; readonly addend: number }[];
}

export interface Module {
  functions: Func[];
  data: Data[];
  /// Paths of source files, by Location.file.
  files: string[];
  /// Functions that stay though nothing calls them: the entry first.
  roots: string[];
  /// Functions of other objects, which may be called.
  externals?: ReadonlySet<string>;
  /// Static data as the source names it.
  debugGlobals?: readonly DebugGlobal[];
}

export const memoryBytes: Record<MemoryType, number> = { u8: 1, s8: 1, u16: 2, s16: 2, i32: 4, i64: 8, f32: 4, f64: 8 };
/// The type that a value has when it was loaded.
export function loadedType(memory: MemoryType): Type {
  return memory === "i64" || memory === "f32" || memory === "f64" ? memory : "i32";
}

export function entryOf(fn: Func): Block {
  const [entry] = fn.blocks;
  if (!entry) throw new Error(`${fn.name} has no entry`);
  return entry;
}

export function newFunc(
  name: string,
  results: readonly Type[],
  { attributes = {}, location, naked, debug }: Partial<Pick<Func, "attributes" | "location" | "naked" | "debug">> = {},
): Func {
  return { name, results, attributes, location, naked, debug, blocks: [], nextId: 0, promoted: new Set() };
}

export function newBlock(fn: Func): Block {
  const block: Block = {
    id: fn.nextId++,
    params: [],
    body: [],
    end: { kind: "trap", reason: "unreachable", location: undefined, edges: [] },
  };
  fn.blocks.push(block);
  return block;
}

/// What a value may have beside its operation and operands.
export type Details = Partial<Omit<Value, "id" | "type" | "op" | "args">>;
const none: Details = {};

/// The operands are its own: passes change them in place.
export function newValue(fn: Func, op: Op, type: Type | undefined, args: Value[], more = none): Value {
  // Field by field: a spread would make objects of many shapes.
  return {
    id: fn.nextId++,
    op,
    type,
    args,
    imm: more.imm ?? 0n,
    symbol: more.symbol ?? "",
    memory: more.memory ?? "i64",
    volatile: more.volatile ?? false,
    atomic: more.atomic,
    asm: more.asm,
    reason: more.reason ?? "",
    location: more.location,
    standIn: more.standIn,
    isNamed: more.isNamed ?? false,
  };
}

/// The same in another place, with operands of its own.
export function copyValue(fn: Func, value: Value, location: Location | undefined): Value {
  const copy = newValue(fn, value.op, value.type, [...value.args], value);
  copy.location = location;
  copy.standIn = undefined;
  return copy;
}

export function newConst(fn: Func, type: Type, imm: bigint): Value {
  return newValue(fn, "const", type, [], { imm });
}

export const isConst = (value: Value | undefined): value is Value => value?.op === "const";

/// Stays though nothing uses its result.
export function hasEffect({ op, volatile, asm }: Value): boolean {
  return (
    op === "store" || op === "call" || op === "callIndirect" || op === "check" || op === "atomic" ||
    (op === "load" && volatile) || (op === "asm" && asm?.effect === true)
  );
}

/// May change memory that a load reads.
export function mayWriteMemory({ op, asm }: Value): boolean {
  return op === "call" || op === "callIndirect" || op === "atomic" || (op === "asm" && asm?.effect === true);
}

const nothing: readonly Value[] = [];
/// The operands of a terminator, edge arguments included.
export function usesOfEnd(end: Terminator): readonly Value[] {
  switch (end.kind) {
    case "jump":
      return end.edges[0].args;
    case "branch": {
      const [then, otherwise] = end.edges;
      return then.args.length + otherwise.args.length === 0 ? [end.condition] : then.args.concat(otherwise.args, end.condition);
    }
    default:
      return ownUsesOfEnd(end);
  }
}
/// The same without the arguments of edges.
export function ownUsesOfEnd(end: Terminator): readonly Value[] {
  return end.kind === "branch" ? [end.condition] : end.kind === "return" ? end.values : nothing;
}

/// Rewrites every operand of a block's instructions and of its end.
export function mapUsesIn({ body, end }: Block, change: (value: Value) => Value): void {
  for (const { args } of body) mapEach(args, change);
  mapUsesOfEnd(end, change);
}
export function mapUsesOfEnd(end: Terminator, change: (value: Value) => Value): void {
  for (const { args } of end.edges) mapEach(args, change);
  if (end.kind === "branch") end.condition = change(end.condition);
  if (end.kind === "return") mapEach(end.values, change);
}
export function mapEach(values: Value[], change: (value: Value) => Value): void {
  for (let index = 0; index < values.length; index++) values[index] = change(values[index]!);
}

/// The one stands for the other from here on; the other is gone once `resolveUses` went over what uses it.
export function replace(value: Value, other: Value): void {
  const last = lastOf(other);
  value.standIn = last;
  if (value.isNamed) last.isNamed = true;
}

/// Rewrites every operand to what stands for it.
export function resolveUses(fn: Func): void {
  for (const { body, end } of fn.blocks) {
    for (const { args } of body) resolveEach(args);
    resolveUsesOfEnd(end);
  }
}
export function resolveUsesOfEnd(end: Terminator): void {
  for (const { args } of end.edges) resolveEach(args);
  if (end.kind === "branch") end.condition = lastOf(end.condition);
  if (end.kind === "return") resolveEach(end.values);
}
export function resolveEach(values: Value[]): void {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value.standIn) values[index] = lastOf(value);
  }
}
