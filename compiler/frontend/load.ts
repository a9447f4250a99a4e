// Opens a program with the dialect's own library and lets tsc check it: what we accept, tsc and the
// editor accept. Files come from the host; `./x.js` names x.ts, as in every ES module.

import { ts } from "#typescript";

/// The files of a compilation. The library lies under `library`, a path that `readFile` knows.
export interface FrontendHost {
  readFile(path: string): Uint8Array | undefined;
  /// Where compiler/language is: core.d.ts and the runtimes.
  readonly library: string;
}

export interface Loaded {
  readonly program: ts.Program;
  /// Knows what tsc found in the files of the last program with this main file, and which of them an edit affects;
  /// undefined where nobody asks again.
  readonly findings: ts.SemanticDiagnosticsBuilderProgram | undefined;
  readonly checker: ts.TypeChecker;
  /// The program's sources.
  readonly files: readonly ts.SourceFile[];
  /// The runtime's: part of the compiler, so nothing checks them again.
  readonly runtime: readonly ts.SourceFile[];
  readonly entry: ts.SourceFile | undefined;
}

/// As compiler/language/tsconfig.json says them to an editor.
const options: ts.CompilerOptions = {
  strict: true,
  noLib: true,
  noEmit: true,
  types: [],
  strictPropertyInitialization: false,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/// Parsed files by path and text: the library is parsed once in a process, and a file again when it changes.
const parsed = new Map<string, ts.SourceFile>();
let versions = 0;

interface Earlier {
  readonly findings: ts.SemanticDiagnosticsBuilderProgram;
  /// Whether there was a file, for each that an import may mean.
  readonly looked: Map<string, boolean>;
}
/// By main file and target, the last few.
const earlier = new Map<string, Earlier>();
const MOST_EARLIER = 8;

function remember(key: string, loaded: Earlier): void {
  earlier.delete(key);
  earlier.set(key, loaded);
  const [oldest] = earlier.keys();
  if (earlier.size > MOST_EARLIER && oldest !== undefined) earlier.delete(oldest);
}

/// `isRepeated`: it is loaded again after edits.
export function loadProgram(entryPath: string, runtime: readonly string[], host: FrontendHost, isRepeated = false): Loaded {
  const decoder = new TextDecoder();
  const texts = new Map<string, string | undefined>();
  const read = (path: string): string | undefined => {
    if (!texts.has(path)) {
      const bytes = host.readFile(path);
      texts.set(path, bytes && decoder.decode(bytes));
    }
    return texts.get(path);
  };
  const library = [`${host.library}/core.d.ts`, ...runtime.map((name) => `${host.library}/${name}`)];
  const rootNames = [...library, entryPath];
  const key = rootNames.join("\n");
  const before = earlier.get(key);
  const looked = new Map(before?.looked);
  const exists = (path: string) => {
    const found = read(path) !== undefined;
    looked.set(path, found);
    return found;
  };
  const isOther = [...looked].some(([path, was]) => exists(path) !== was);
  const compilerHost: ts.CompilerHost = {
    getSourceFile: (path) => {
      const text = read(path);
      if (text === undefined) return undefined;
      const known = parsed.get(path);
      if (known?.text === text) return known;
      const file: ts.SourceFile & { version?: string } = ts.createSourceFile(path, text, { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone }, true);
      file.version = String(versions++);
      parsed.set(path, file);
      return file;
    },
    // The file's own name: the one that tsc makes absolute is not the host's.
    resolveModuleNameLiterals: (literals, _path, _redirect, _options, { fileName }) =>
      literals.map(({ text }) => {
        const resolvedFileName = resolveImport(fileName, text, exists);
        return { resolvedModule: resolvedFileName ? { resolvedFileName, extension: ".ts" } : undefined };
      }),
    hasInvalidatedResolutions: () => isOther,
    getDefaultLibFileName: () => "lib.d.ts",
    writeFile: () => undefined,
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (path) => read(path) !== undefined,
    readFile: read,
  };
  const oldProgram = before?.findings.getProgram();
  const program = ts.createProgram({ rootNames, options, host: compilerHost, ...(oldProgram && { oldProgram }) });
  const findings = isRepeated ? ts.createSemanticDiagnosticsBuilderProgram(program, {}, before?.findings) : undefined;
  if (findings) remember(key, { findings, looked });
  const sources = program.getSourceFiles().filter((file) => !file.isDeclarationFile);
  const isRuntime = (file: ts.SourceFile) => file.fileName.startsWith(`${host.library}/`);
  return {
    program,
    findings,
    checker: program.getTypeChecker(),
    files: sources.filter((file) => !isRuntime(file)),
    runtime: sources.filter(isRuntime),
    entry: program.getSourceFile(entryPath),
  };
}

/// The sources of a program, by its imports alone: cheap, and also where it has mistakes.
export function sourcesOf(entryPath: string, host: FrontendHost): Set<string> {
  const decoder = new TextDecoder();
  const found = new Set([entryPath]);
  for (const path of found) {
    const { importedFiles } = ts.preProcessFile(decoder.decode(host.readFile(path)), true);
    for (const { fileName } of importedFiles) {
      const imported = resolveImport(path, fileName, (candidate) => host.readFile(candidate) !== undefined);
      if (imported !== undefined) found.add(imported);
    }
  }
  return found;
}

export function resolveImport(from: string, name: string, exists: (path: string) => boolean): string | undefined {
  if (!name.startsWith(".")) return undefined;
  const path = joinPath(from.slice(0, from.lastIndexOf("/") + 1), name);
  return [path.replace(/\.js$/, ".ts"), `${path}.ts`, `${path}/index.ts`].find(exists);
}

/// `a/b/` and `../c` to `a/c`.
export function joinPath(folder: string, name: string): string {
  const parts: string[] = [];
  for (const part of `${folder}${name}`.split("/")) {
    if (part === "." || (part === "" && parts.length > 0)) continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

/// tsc's own findings, syntax first.
export function findingsOfTsc({ program, findings: builder, files }: Loaded): { findings: readonly ts.Diagnostic[]; isSyntax: boolean } {
  const syntactic = files.flatMap((file) => program.getSyntacticDiagnostics(file));
  if (syntactic.length > 0) return { findings: syntactic, isSyntax: true };
  // First those that an edit affects, in whichever file it was; what is known of the others stays.
  const own = new Set(files);
  while (builder?.getSemanticDiagnosticsOfNextAffectedFile(undefined, (file) => !own.has(file)));
  const findings = [
    ...program.getGlobalDiagnostics(),
    ...files.flatMap((file) => (builder ?? program).getSemanticDiagnostics(file)),
  ];
  return { findings, isSyntax: false };
}
