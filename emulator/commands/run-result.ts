// How a run ends.

import type { Finish } from "../devices/finisher.js";
import { ExitCode } from "./exit-codes.js";

/// How a run ended; --json prints it.
export interface RunResult {
  readonly exitCode: number;
  readonly reason: "finished" | "reset" | "quit" | "limit" | "died" | "stuck" | "interrupted" | "closed" | "failed" | "replayed" | "differs";
  readonly message?: string;
  readonly instructions?: number;
  readonly seconds?: number;
}

export const endOfRecording: RunResult = { exitCode: ExitCode.ok, reason: "replayed", message: "the recording ends here" };

export const stuck: RunResult = {
  exitCode: ExitCode.guestDied,
  reason: "stuck",
  message: "every hart waits for an interrupt, no timer is set, and input is at its end: nothing can happen any more",
};

export function finished(how: Exclude<Finish, { kind: "reset" }>): RunResult {
  if (how.kind === "pass") return { exitCode: ExitCode.ok, reason: "finished" };
  // Guests of our compiler say by this code that they panicked; their console says why.
  if (how.code === ExitCode.guestDied) return { exitCode: how.code, reason: "died" };
  // A process has eight bits for its code: a failure must not come out as 0.
  return { exitCode: how.code & 0xff || ExitCode.failed, reason: "finished" };
}
