// Diagnostics on the terminal.

import type { ChalkInstance } from "chalk";
import type { Diagnostic } from "../pipeline.js";

/// Where a compile command writes.
export interface CompileTerminal {
  readonly write: (content: string | Uint8Array) => void;
  readonly writeError: (text: string) => void;
  /// For errors.
  readonly colors: ChalkInstance;
}

/// Each with its code frame, then how many there are.
export async function report(diagnostics: readonly Diagnostic[], { writeError, colors }: CompileTerminal): Promise<void> {
  if (diagnostics.length === 0) return;
  // Loaded with the front end, which has found them.
  const { formatDiagnostic } = await import("../frontend/diagnostics.js");
  for (const diagnostic of diagnostics) writeError(`${paint(formatDiagnostic(diagnostic), colors)}\n\n`);
  writeError(`${diagnostics.length} ${diagnostics.length === 1 ? "error" : "errors"}\n`);
}

/// The word "error" with its code, the carets and the word "help".
function paint(text: string, colors: ChalkInstance): string {
  return text
    .replace(/error \w+:/, (found) => colors.red(found))
    .replace(/\^+/, (found) => colors.red(found))
    .replace(/^ *= help:/m, (found) => colors.cyan(found));
}
