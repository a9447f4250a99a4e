// What an editor has open, and what is wrong with the programs that it belongs to. Texts that are not saved
// yet go before those on disk; paths are absolute. A file that no program imports is checked alone.

import { Memos } from "../memo.js";
import { compile, type Diagnostic, type Target } from "../pipeline.js";
import { nodeHost } from "./node-host.js";
import { isDialect, isMain, programsUnder } from "./programs.js";

export class Workspace {
  /// By path; the editor's text.
  readonly open = new Map<string, string>();
  private readonly host = nodeHost("", this.open);
  private readonly memos = new Memos();
  /// Main files, from the last scan.
  private programs: readonly string[] = [];
  /// What was found in each program that has an open file.
  private found = new Map<string, readonly Diagnostic[]>();

  constructor(
    private readonly folders: readonly string[],
    private readonly target: Target,
  ) {}

  /// Looks for main files again, since files came, went or changed on disk; all is to be checked then.
  scan(): void {
    const programs = this.folders.flatMap(programsUnder).filter(isDialect);
    this.programs = [...new Set(programs)];
    this.found.clear();
  }

  /// Checks programs that hold one of `changed`, and those not checked yet. All that is wrong now, by file.
  async check(changed: ReadonlySet<string>): Promise<Map<string, Diagnostic[]>> {
    const { sourcesOf } = await import("../frontend/index.js");
    const opened = [...this.open.keys()].filter(isDialect);
    const before = this.found;
    this.found = new Map();
    const covered = new Set<string>();
    const visit = async (entry: string) => {
      const sources = sourcesOf(entry, this.host);
      if (!opened.some((path) => sources.has(path))) return;
      for (const path of sources) covered.add(path);
      const known = [...changed].some((path) => sources.has(path)) ? undefined : before.get(entry);
      this.found.set(entry, known ?? (await this.checkProgram(entry)));
    };
    const mains = opened.filter((path) => isMain(this.open.get(path) ?? ""));
    const saved = this.programs.filter((path) => isMain(this.open.get(path) ?? "export function main"));
    for (const entry of new Set([...saved, ...mains])) await visit(entry);
    for (const path of opened) if (!covered.has(path)) await visit(path);
    return byFile(this.found);
  }

  /// The file's text as the compiler sees it.
  text(path: string): string {
    return new TextDecoder().decode(this.host.readFile(path));
  }

  private async checkProgram(entry: string): Promise<readonly Diagnostic[]> {
    const { target } = this;
    if (isMain(this.text(entry))) return (await compile(entry, { target, optimise: 0, strip: true, memo: this.memos.of(entry) }, this.host)).diagnostics;
    const { analyse } = await import("../frontend/index.js");
    // Without main: it may be a part of a program in C.
    return analyse(entry, { target, boundsChecks: true, form: "object" }, this.host).diagnostics;
  }
}

/// What has no file is said in the program's main file. Programs may share a module: its mistakes are said once.
function byFile(found: ReadonlyMap<string, readonly Diagnostic[]>): Map<string, Diagnostic[]> {
  const files = new Map<string, Map<string, Diagnostic>>();
  for (const [entry, diagnostics] of found)
    for (const diagnostic of diagnostics) {
      const file = diagnostic.file.startsWith("/") || /^\w:/.test(diagnostic.file) ? diagnostic.file : entry;
      const known = files.get(file) ?? new Map<string, Diagnostic>();
      files.set(file, known.set(`${diagnostic.start}:${diagnostic.code}:${diagnostic.message}`, diagnostic));
    }
  return new Map([...files].map(([file, known]) => [file, [...known.values()]]));
}
