// The typed tree: what the elaborator makes of the syntax and lowering reads.
// It names no TypeScript node, so the front end's parser can be replaced.

import type { IntType, Type } from "./types.js";

export type BinaryOp = "add" | "sub" | "mul" | "div" | "rem" | "and" | "or" | "xor" | "shl" | "shr" | "shrLogical";
export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

export interface Local {
  readonly name: string;
  readonly type: Type;
}
export interface Global {
  readonly name: string;
  readonly type: Type;
  readonly initial: readonly bigint[] | undefined;
}

/// Something that has an address or is a local.
export type Place = { readonly type: Type } & (
  | { kind: "local"; local: Local }
  | { kind: "global"; global: Global }
  | { kind: "deref"; pointer: Expr }
  | { kind: "field"; base: Place; offset: number }
  | { kind: "index"; base: Indexed; index: Expr }
);
/// What is indexed: an array in place, or a slice or Many value.
export type Indexed = { kind: "arr"; place: Place } | { kind: "value"; value: Expr };

export type Expr = { readonly type: Type } & (
  | { kind: "const"; value: bigint }
  | { kind: "read"; place: Place }
  /// A new aggregate in the frame.
  | { kind: "storage" }
  | { kind: "address"; place: Place }
  | { kind: "binary"; op: BinaryOp; left: Expr; right: Expr }
  | { kind: "compare"; op: CompareOp; left: Expr; right: Expr }
  | { kind: "logical"; op: "and" | "or"; left: Expr; right: Expr }
  | { kind: "not"; operand: Expr }
  | { kind: "conditional"; condition: Expr; then: Expr; otherwise: Expr }
  | { kind: "convert"; operand: Expr }
  | { kind: "call"; callee: string; args: Expr[] }
  | { kind: "length"; of: Expr }
  | { kind: "offset"; pointer: Expr; by: Expr }
  | { kind: "slice"; of: Expr; from: Expr; to: Expr | undefined }
  /// `place = value`, or `place op= value`; the result is what was stored.
  | { kind: "assign"; place: Place; op: BinaryOp | undefined; value: Expr }
  /// `place++`: the result is the value before.
  | { kind: "postfix"; place: Place; op: "add" | "sub" }
);

export type Statement =
  | { kind: "expr"; expr: Expr }
  | { kind: "let"; local: Local; initial: Expr }
  | { kind: "if"; condition: Expr; then: Statement[]; otherwise: Statement[] }
  | { kind: "loop"; condition: Expr | undefined; body: Statement[]; step: Expr | undefined; testFirst: boolean }
  | { kind: "break" }
  | { kind: "continue" }
  | { kind: "return"; value: Expr | undefined }
  | { kind: "block"; body: Statement[] };

export interface FunctionTree {
  readonly name: string;
  readonly params: Local[];
  readonly result: Type;
  readonly body: Statement[];
}
export interface ProgramTree {
  readonly functions: FunctionTree[];
  readonly globals: Global[];
}

export const isInt = (type: Type): type is IntType => type.kind === "int";
