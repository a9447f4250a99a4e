// What a debugger is told about data: types, and where each variable is at
// which instruction. Plain values; dwarf-info.ts writes them down.

import type { DebugLocation } from "./image.js";

/// A type as C has it. Fields are filled in after a struct is made, for structs point at each other.
export type DebugType =
  | { readonly kind: "base"; readonly name: string; readonly bytes: number; readonly encoding: "signed" | "unsigned" | "boolean" | "float" }
  /// To nothing: any address.
  | { readonly kind: "pointer"; readonly to: DebugType | undefined }
  | { readonly kind: "struct" | "union"; readonly name: string; readonly bytes: number; readonly fields: DebugField[] }
  | { readonly kind: "array"; readonly of: DebugType; readonly length: bigint }
  | { readonly kind: "enum"; readonly name: string; readonly storage: DebugType; readonly members: ReadonlyMap<string, bigint> }
  | { readonly kind: "function"; readonly params: readonly DebugType[]; readonly result: DebugType | undefined };

export interface DebugField {
  readonly name: string;
  readonly type: DebugType;
  readonly offset: number;
  /// Of a field that is a part of the integer there.
  readonly bits?: { readonly shift: number; readonly width: number } | undefined;
}

/// Static data with a name in the source.
export interface DebugGlobal {
  readonly symbol: string;
  readonly type: DebugType;
  readonly location: DebugLocation | undefined;
}

/// A function of the source: it may have code of its own, copies inside others, or both.
export interface DebugSource {
  readonly name: string;
  readonly location: DebugLocation | undefined;
  /// Where a debugger finds what it returns as C would; else undefined.
  readonly result: DebugType | undefined;
}

/// Where a value is; `frame` counts from the canonical frame address.
export type Place =
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "frame"; readonly offset: number }
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "address"; readonly symbol: string; readonly offset: number }
  /// The address itself, down to a multiple of `align`.
  | { readonly kind: "frameAddress"; readonly offset: number; readonly align: number }
  /// At the address that the place holds.
  | { readonly kind: "behind"; readonly pointer: Place };

/// A stretch of a variable; what no part covers is not known.
export interface PlacedPart {
  readonly offset: number;
  readonly bytes: number;
  readonly place: Place;
}

export interface DebugRange {
  readonly start: number;
  /// Grows while they are made.
  end: number;
}

export interface DebugVariable {
  readonly name: string;
  readonly type: DebugType;
  readonly bytes: number;
  readonly isParameter: boolean;
  readonly location: DebugLocation | undefined;
  readonly ranges: (DebugRange & { readonly parts: readonly PlacedPart[] })[];
}

/// A block of a function with variables of its own, or a copy of another function inside it.
export interface DebugScope {
  readonly ranges: DebugRange[];
  readonly variables: DebugVariable[];
  readonly children: DebugScope[];
  readonly inlined: { readonly source: DebugSource; readonly site: DebugLocation } | undefined;
}
