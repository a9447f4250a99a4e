// What runs a hart's instructions: the interpreter's two loops, or an engine
// that is built on them. A hart without an engine is interpreted.

import type { Cause } from "../isa/machine.js";

/// The interpreter of one hart. Both take the record to begin with, or zero to
/// find the pc's, and at most State.budget instructions off it; `run` may overrun by SLACK.
export interface Loops {
  readonly run: (record: number) => Cause;
  readonly runExactly: (record: number) => Cause;
}

export interface Engine {
  /// Runs at most so many instructions. Afterwards State.budget is what is left
  /// of them, and pc, record and detail are what the cause needs.
  run(instructions: number, record: number): Cause;
}
