// Why `Machine.run` came back.

import type { Halt } from "../cpu/breakpoints.js";
import type { Finish } from "../devices/finisher.js";

export type Outcome =
  /// The instructions that were asked for are used up.
  | { readonly kind: "budget" }
  /// Every hart waits. In deterministic time there is no timer either, so only
  /// input can go on; in real time `deadline` is the tick of the next timer.
  | { readonly kind: "idle"; readonly deadline?: bigint }
  /// A hart stopped for a debugger; `run` goes on from there.
  | { readonly kind: "halted"; readonly hart: number; readonly halt: Halt }
  /// The guest ended the run.
  | { readonly kind: "finished"; readonly how: Finish }
  /// The guest cannot go on: a trap whose handler traps at its first instruction, without end.
  | {
      readonly kind: "died";
      readonly hart: number;
      /// Where the first such trap happened.
      readonly pc: bigint;
      /// mcause or scause, and the trap value that goes with it.
      readonly cause: bigint;
      readonly detail: bigint;
    };
