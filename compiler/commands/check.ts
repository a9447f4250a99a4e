// `typemetal check`: what is wrong with programs, without building them.

import type { Memos } from "../memo.js";
import { type CompileHost, compile, type Diagnostic, type Target } from "../pipeline.js";
import { checkSource, FileError } from "./build.js";
import { nodeHost } from "./node-host.js";
import { programsUnder } from "./programs.js";
import { type CompileTerminal, report } from "./report.js";

export interface CheckOptions extends CompileTerminal {
  /// Main files of programs; none: those under the current folder.
  readonly files: readonly string[];
  readonly target: Target;
  /// They are objects for a linker, not programs.
  readonly isObject?: boolean;
  readonly host?: CompileHost;
  /// Of earlier runs.
  readonly memos?: Memos;
}

/// 1 where a program has mistakes.
export async function checkFiles(options: CheckOptions): Promise<number> {
  const found = new Map<string, Diagnostic>();
  const files = options.files.length > 0 ? options.files : findPrograms();
  const { target, isObject = false, memos } = options;
  files.forEach(checkSource);
  const host = options.host ?? nodeHost();
  for (const file of files) {
    // The back end has refusals too, so all of it runs; what takes time is the front end.
    const { diagnostics } = await compile(file, { target, isObject, optimise: 0, strip: true, ...(memos && { memo: memos.of(file) }) }, host);
    // Programs may share a module: its mistakes are said once.
    for (const diagnostic of diagnostics)
      found.set(`${diagnostic.file}:${diagnostic.start}:${diagnostic.code}:${diagnostic.message}`, diagnostic);
  }
  await report([...found.values()], options);
  return found.size > 0 ? 1 : 0;
}

function findPrograms(): string[] {
  const programs = programsUnder(".");
  if (programs.length === 0) throw new FileError("there is no program in this folder", "name its main file, one that has `export function main`");
  return programs;
}
