// The typed tree: what the elaborator makes of the syntax and lowering reads.
// It names no TypeScript node, so the front end's parser can be replaced.
// Every expression has its final type; conversions are written out.

import type { Asm, AtomicOp, Data, FuncAttributes, Location } from "../ir/types.js";
import type { BitRange, Type } from "./types.js";

export type BinaryOp = "add" | "sub" | "mul" | "div" | "rem" | "and" | "or" | "xor" | "shl" | "shr" | "shrLogical" | "mulHigh" | FloatOp;
/// Of floats alone.
export type FloatOp = "min" | "max" | "copySign";
export type UnaryOp = "neg" | "sqrt" | "abs" | "bits" | "fromBits";
export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

export interface Local {
  readonly name: string;
  readonly type: Type;
  /// Its address is taken, or an element of it: it lives in the frame.
  inMemory: boolean;
}
/// Static data. Its initial value is an expression of constants, or what a function computes at compile time: bytes,
/// and addresses in them.
export interface Global {
  readonly name: string;
  readonly type: Type;
  readonly readonly: boolean;
  initial: Expr | undefined;
  bytes: Uint8Array | undefined;
  relocations: Data["relocations"];
  comptime: string | undefined;
}

/// Something that has an address or is a local.
export type Place = { readonly type: Type; readonly location?: Location | undefined } & (
  | { kind: "local"; local: Local }
  | { kind: "global"; global: Global }
  | { kind: "deref"; pointer: Expr }
  | { kind: "field"; base: Place; offset: number; bits?: BitRange | undefined }
  | { kind: "index"; base: Indexed; index: Expr }
  /// A member of a union, which must have this tag.
  | { kind: "variant"; base: Place; tag: Place; value: bigint }
  /// A value, put into the frame where it needs an address.
  | { kind: "temporary"; value: Expr }
);
/// What is indexed: an array in place, or a slice or Many value.
export type Indexed = { kind: "arr"; place: Place } | { kind: "value"; value: Expr };

/// A part of an aggregate, at its offset.
export interface Part {
  readonly offset: number;
  readonly value: Expr;
  readonly bits?: BitRange | undefined;
}

export type Expr = { readonly type: Type; location?: Location | undefined } & (
  | { kind: "const"; value: bigint }
  /// The address of a function, a linker symbol or data.
  | { kind: "symbol"; symbol: string; addend: number }
  /// A constant string or embedded file: a slice of these bytes.
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "read"; place: Place }
  | { kind: "address"; place: Place }
  /// Parts at their offsets; zero elsewhere.
  | { kind: "aggregate"; parts: Part[] }
  | { kind: "uninitialized" }
  /// A part of an aggregate value.
  | { kind: "part"; of: Expr; offset: number }
  /// `wraps`: not checked for overflow, whatever the mode.
  | { kind: "binary"; op: BinaryOp; left: Expr; right: Expr; wraps?: true }
  | { kind: "unary"; op: UnaryOp; operand: Expr }
  | { kind: "compare"; op: CompareOp; left: Expr; right: Expr }
  | { kind: "logical"; op: "and" | "or"; left: Expr; right: Expr }
  | { kind: "not"; operand: Expr }
  | { kind: "conditional"; condition: Expr; yes: Expr; otherwise: Expr }
  /// Between integers, enums, booleans and addresses: extends or wraps.
  | { kind: "convert"; operand: Expr }
  /// The same values under another type, checked where `trap` says so.
  | { kind: "narrow"; operand: Expr; trap: "null" | undefined }
  | { kind: "call"; callee: string; args: Expr[] }
  | { kind: "callPointer"; target: Expr; args: Expr[] }
  | { kind: "slice"; pointer: Expr; length: Expr }
  | { kind: "subslice"; of: Expr; from: Expr; to: Expr | undefined }
  | { kind: "length"; of: Expr }
  | { kind: "pointer"; of: Expr }
  /// A pointer moved by a number of elements.
  | { kind: "offset"; pointer: Expr; by: Expr; negative: boolean; of: Type }
  /// `place = value`, or `place op= value`; the result is what was stored.
  | { kind: "assign"; place: Place; op: BinaryOp | undefined; value: Expr }
  /// `place++`: the result is the value before.
  | { kind: "postfix"; place: Place; op: "add" | "sub" }
  /// Device registers: the access happens once, in its place.
  | { kind: "volatileRead"; place: Place }
  | { kind: "volatileWrite"; place: Place; value: Expr }
  | { kind: "atomic"; op: AtomicOp; place: Place; args: Expr[] }
  | { kind: "register"; name: string }
  | { kind: "asm"; asm: Asm; inputs: Expr[]; outputs: Place[] }
  /// Traps with the reason when the condition is false.
  | { kind: "check"; condition: Expr; reason: string }
  | { kind: "trap"; reason: string }
  /// Statements that a `break` with the label leaves; the result is what the local holds then.
  | { kind: "block"; label: string; body: Statement[]; result: Local | undefined }
  /// Binds values for the sake of the last expression.
  | { kind: "let"; bindings: { local: Local; value: Expr }[]; body: Expr }
  | { kind: "sequence"; first: Expr[]; last: Expr }
);

export type Statement = { readonly location?: Location | undefined } & (
  | { kind: "expr"; expr: Expr }
  | { kind: "let"; local: Local; initial: Expr }
  | { kind: "if"; condition: Expr; yes: Statement[]; otherwise: Statement[] }
  | {
      kind: "loop";
      label: string | undefined;
      condition: Expr | undefined;
      body: Statement[];
      step: Expr | undefined;
      testFirst: boolean;
    }
  | { kind: "switch"; label: string | undefined; subject: Expr; cases: SwitchCase[] }
  | { kind: "labelled"; label: string; body: Statement[] }
  | { kind: "break"; label: string | undefined }
  | { kind: "continue"; label: string | undefined }
  | { kind: "return"; value: Expr | undefined }
  /// `using`: `cleanup` runs on every way out of `body`.
  | { kind: "using"; body: Statement[]; cleanup: Expr }
  | { kind: "block"; body: Statement[] }
);
/// `values` undefined: the default. A case runs into the next one unless it leaves.
export interface SwitchCase {
  readonly values: bigint[] | undefined;
  readonly body: Statement[];
}

export interface FunctionTree {
  readonly name: string;
  readonly params: Local[];
  readonly result: Type;
  readonly attributes: FuncAttributes;
  readonly location: Location | undefined;
  body: Statement[];
  naked: Asm | undefined;
}
export interface ProgramTree {
  readonly functions: FunctionTree[];
  readonly globals: Global[];
}
