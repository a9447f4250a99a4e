// A linked program before it is a file. Places are offsets from the image's
// first byte: a base address may be above 2^53, and there may be two of them.

import type { DebugScope, DebugSource } from "./debug.js";
import type { FrameRule } from "./frame-rules.js";

export interface Section {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /// Undefined: zeros, and not in the file.
  readonly bytes: Uint8Array | undefined;
  readonly access: "rx" | "r" | "rw";
}

export interface ImageSymbol {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly kind: "function" | "object" | "linker";
  /// Other objects do not see it.
  readonly isLocal?: boolean;
}

export interface Image {
  /// In the order of their offsets; access changes only at a page.
  readonly sections: readonly Section[];
  readonly symbols: readonly ImageSymbol[];
  readonly entry: number;
  /// Where it is linked, and where it is loaded.
  readonly virtualBase: bigint;
  readonly physicalBase: bigint;
}

/// A function's code and where it comes from, for the debugger.
export interface DebugFunction {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly location: DebugLocation | undefined;
  readonly rows: readonly LineRow[];
  readonly frame: readonly FrameRow[];
  /// What a function of assembly says of its frame itself, from each offset on.
  readonly frameRules?: readonly (FrameRule & { readonly offset: number })[];
  readonly source?: DebugSource | undefined;
  /// Its variables, from the outermost block on.
  readonly scope?: DebugScope | undefined;
}
export interface DebugLocation {
  readonly file: number;
  readonly line: number;
  readonly column: number;
}
/// From this offset on, code comes from there.
export interface LineRow extends DebugLocation {
  readonly offset: number;
  readonly prologueEnd: boolean;
}
/// From this offset on, the caller's sp is sp + bytes, and registers are saved at sp + offset.
export interface FrameRow {
  readonly offset: number;
  readonly bytes: number;
  readonly saved: readonly { readonly reg: number; readonly offset: number }[];
}

export const PAGE = 4096;
export const alignUp = (offset: number, align: number) => Math.ceil(offset / align) * align;
