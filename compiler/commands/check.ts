// `typemetal check`: what is wrong with programs, without building them.

import type { Diagnostic, Target } from "../pipeline.js";
import { compile } from "../pipeline.js";
import { checkSource } from "./build.js";
import { nodeHost } from "./node-host.js";
import { type CompileTerminal, report } from "./report.js";

export interface CheckOptions extends CompileTerminal {
  /// Main files of programs.
  readonly files: readonly string[];
  readonly target: Target;
}

/// 1 where a program has mistakes.
export async function checkFiles(options: CheckOptions): Promise<number> {
  const found = new Map<string, Diagnostic>();
  options.files.forEach(checkSource);
  for (const file of options.files) {
    // The back end has refusals too, so all of it runs; what takes time is the front end.
    const { diagnostics } = await compile(file, { target: options.target, optimise: 0, strip: true }, nodeHost());
    // Programs may share a module: its mistakes are said once.
    for (const diagnostic of diagnostics)
      found.set(`${diagnostic.file}:${diagnostic.start}:${diagnostic.code}:${diagnostic.message}`, diagnostic);
  }
  await report([...found.values()], options);
  return found.size > 0 ? 1 : 0;
}
