// Code of functions that an earlier run in this process made, by the digest of all that it depends on: under
// --watch an edit costs what it changes. The digest is that of the lowered tree, then of what was inlined into it,
// and of how its callees are called. What is not used by a run is forgotten after it.

import { Digest } from "./ir/digest.js";
import type { Data, Func, Module } from "./ir/types.js";
import { namesIn } from "./passes/inline.js";
import type { FunctionCode } from "./rv64/emit.js";

export interface Kept {
  readonly code: FunctionCode;
  /// Floats that it loads.
  readonly pooled: readonly Data[];
}

/// By main file.
export class Memos {
  private readonly memos = new Map<string, Memo>();

  of(entry: string): Memo {
    const memo = this.memos.get(entry) ?? new Memo();
    this.memos.set(entry, memo);
    return memo;
  }
}

export class Memo {
  /// Of the last run.
  readonly counts = { made: 0, kept: 0 };
  private known = new Map<string, Kept>();

  /// The code of each function in order, once all is inlined. `make` optimises a function and selects its code.
  codeOf(module: Module, options: string, make: (fn: Func) => Kept): Kept[] {
    const signatures = new Map(module.functions.map(({ name, attributes, results }) => [name, `${name} ${JSON.stringify(attributes)} ${results}`]));
    const used = new Map<string, Kept>();
    this.counts.made = this.counts.kept = 0;
    const result = module.functions.map((fn) => {
      const digest = new Digest().add(options).add(fn.digest ?? "");
      for (const name of namesIn(fn)) digest.add(signatures.get(name) ?? name);
      const key = `${fn.name} ${digest}`;
      const known = fn.digest === undefined ? undefined : this.known.get(key);
      this.counts[known ? "kept" : "made"]++;
      const kept = known ?? make(fn);
      used.set(key, kept);
      return kept;
    });
    this.known = used;
    return result;
  }
}
