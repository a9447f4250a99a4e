// What a command says when it cannot go on.

import type { ChalkInstance } from "chalk";
import { ExitCode } from "./exit-codes.js";
import { UsageError } from "./run-options.js";

/// Says it, and gives the exit code. A user's mistake is one message; anything else is a bug of ours.
export function explain(error: unknown, stderr: NodeJS.WritableStream, colors: ChalkInstance): number {
  if (error instanceof UsageError) {
    stderr.write(`${colors.red("error:")} ${error.message}\n`);
    return ExitCode.usage;
  }
  // Errors with a help text are about what the user gave us: ImageError and its like.
  if (error instanceof Error && "help" in error) {
    stderr.write(`${colors.red("error:")} ${error.message}\n  help: ${error.help}\n`);
    return ExitCode.failed;
  }
  stderr.write(`${colors.red("internal error:")} ${error instanceof Error ? error.stack : error}\n`);
  return ExitCode.internalError;
}
