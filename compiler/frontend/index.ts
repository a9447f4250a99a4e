// The front end: sources in the dialect to the IR, or to what is wrong with them.

import { ts } from "#typescript";
import type { Module } from "../ir/types.js";
import { Dependencies } from "./dependencies.js";
import { diagnosticAtLine, diagnosticWithoutPlace, type Diagnostic } from "./diagnostics.js";
import { elaborateProgram, type Form, type Layout, type Target } from "./elaborate.js";
import { findingsOfTsc, loadProgram, resolveImport, type FrontendHost, type Loaded } from "./load.js";
import { KeptFunctions } from "./kept.js";
import { type LazyModule, lowerLazily, lowerProgram, lowerReachable } from "./lower.js";
import type { ModuleLowering } from "./lowering.js";
import { madeSlicesOf, noSlices } from "./made-slices.js";
import { Program, type TestCase } from "./program.js";
import { refusals } from "./refuse.js";
import { runCompileTime } from "./run-compile-time.js";
import { madeStructs } from "./struct-types.js";
import { withThoseOfTsc } from "./tsc-words.js";
import type { ProgramTree } from "./tree.js";
import { u8 } from "./types.js";

export { KeptFunctions } from "./kept.js";
export type { LazyFunction, LazyModule } from "./lower.js";
export { codes } from "./codes.js";
export { TEST_NUMBER } from "./elaborate.js";
export type { TestCase } from "./program.js";
export { formatDiagnostic, formatDiagnostics, type Diagnostic } from "./diagnostics.js";
export type { Form, Layout, Target } from "./elaborate.js";
export { type FrontendHost, sourcesOf } from "./load.js";

export interface AnalyseOptions {
  readonly target: Target;
  /// Check indices and slices. Null, division and enum checks always stay.
  readonly boundsChecks: boolean;
  /// Trap where +, - or * leaves its type, unless a conversion is around it; default false.
  readonly overflowChecks?: boolean;
  /// Note for the debugger what the variables are at each instruction; default false.
  readonly debug?: boolean;
  /// Every local stays in memory, where a debugger always finds it; default false.
  readonly keepVariables?: boolean;
  /// Of earlier runs with the same main file and options: the result is `lazy` then, and not `module`.
  readonly kept?: KeptFunctions;
  /// What it is to be; default a program.
  readonly form?: Form;
  /// Files for `embed`, by the name that the program says.
  readonly embed?: ReadonlyMap<string, Uint8Array>;
}

export interface Analysis {
  /// Undefined when there are diagnostics.
  readonly module: Module | undefined;
  readonly lazy?: LazyModule | undefined;
  /// What the module was made of.
  readonly tree: ProgramTree | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly layout: Layout;
  readonly tests: readonly TestCase[];
  /// Sources that were read, for a watcher.
  readonly files: readonly string[];
}

/// Where each target's programs are linked, when they do not say.
const bases: Record<Target, bigint> = { bare: 0x8000_0000n, kernel: 0x8020_0000n, user: 0x1_0000n };
/// Of compiler/language, in the order in which later files may replace what is in earlier ones.
const floatFiles = ["runtime/floats.ts", "runtime/digits.ts"];
const runtimes: Record<Target, readonly string[]> = {
  bare: ["runtime/integers.ts", "runtime/console.ts", ...floatFiles, "runtime/panics.ts", "runtime/ending.ts", "runtime/bare.ts"],
  kernel: ["runtime/integers.ts", "runtime/console.ts", "runtime/panics.ts", "runtime/ending.ts", "runtime/kernel.ts"],
  user: ["runtime/integers.ts", "runtime/console.ts", ...floatFiles, "runtime/panics.ts", "runtime/user.ts"],
};

/// Checks a program and lowers it. Paths are the host's.
export function analyse(entryPath: string, options: AnalyseOptions, host: FrontendHost): Analysis {
  const loaded = loadProgram(entryPath, runtimes[options.target], host, options.kept !== undefined);
  // The unit's own file is the first.
  const files = [...new Set([loaded.entry, ...loaded.files, ...loaded.runtime])].flatMap((file) => file?.fileName ?? []);
  const program = new Program(loaded.checker, host, dependenciesOf(loaded), options.embed ?? new Map(), files, options.target !== "kernel", keptFor(loaded, files, options));
  const result = (lowered: Pick<Analysis, "module" | "lazy">, diagnostics: readonly Diagnostic[], layout: Layout, tree?: ProgramTree): Analysis => ({
    ...lowered,
    tree,
    diagnostics,
    tests: program.tests,
    layout: { ...layout, virtual: layout.virtual ?? bases[options.target] },
    files: loaded.files.map((file) => file.fileName),
  });
  const none: Layout = { virtual: undefined, physical: undefined, entry: "" };
  const { found, isSyntax } = check(loaded, entryPath);
  const nothing = { module: undefined };
  if (isSyntax) return result(nothing, ordered(found), none);
  if (found.length > 0) return result(nothing, ordered([...found, ...more(program, loaded, found)]), none);
  const { tree, layout } = elaborateProgram(program, loaded, options.form);
  if (program.diagnostics.length > 0) return result(nothing, ordered(program.diagnostics), layout);
  const lowered = lowerAll(program, loaded, tree, options);
  return result(program.diagnostics.length > 0 ? nothing : lowered, ordered(program.diagnostics), layout, tree);
}

function dependenciesOf({ files }: Loaded): Dependencies {
  const paths = new Set(files.map(({ fileName }) => fileName));
  return new Dependencies(files, (from, name) => resolveImport(from, name, (path) => paths.has(path)));
}

/// Names of a file that is no module are every other file's too: nothing is kept then.
function keptFor({ files }: Loaded, names: readonly string[], { kept }: AnalyseOptions): KeptFunctions | undefined {
  kept?.useFiles(names);
  return files.every((file) => ts.isExternalModule(file)) ? kept : undefined;
}

/// Syntax that is refused, and what tsc finds besides.
function check(loaded: Loaded, entryPath: string): { found: Diagnostic[]; isSyntax: boolean } {
  if (!loaded.entry) return { found: [diagnosticWithoutPlace("TM1040", entryPath)], isSyntax: true };
  const ours = loaded.files.flatMap(refusalsOf);
  const { findings, isSyntax } = findingsOfTsc(loaded);
  return { found: withThoseOfTsc(ours, findings, loaded.files), isSyntax };
}

/// By file: one that did not change is not looked through again.
const refused = new WeakMap<object, readonly Diagnostic[]>();
function refusalsOf(file: Parameters<typeof refusals>[0]): readonly Diagnostic[] {
  const found = refused.get(file) ?? refusals(file);
  refused.set(file, found);
  return found;
}

/// What we find besides, on lines without a mistake so far. tsc has lost track of some types by then, so what
/// goes wrong here is not told.
function more(program: Program, loaded: Loaded, found: readonly Diagnostic[]): Diagnostic[] {
  try {
    elaborateProgram(program, loaded);
  } catch {
    // Types that tsc could not make sense of.
  }
  return program.diagnostics.filter(
    (one) => one.file && !found.some((other) => other.file === one.file && other.line === one.line),
  );
}

function lowerAll(program: Program, loaded: Loaded, tree: ProgramTree, options: AnalyseOptions): Pick<Analysis, "module" | "lazy"> {
  const { boundsChecks, overflowChecks = false, debug = false, keepVariables = false, kept } = options;
  const { enums, layouts } = program.types;
  const { versions, debugTypes } = kept ?? new KeptFunctions();
  versions.settle([...enums.values(), ...layouts.all(), ...madeStructs()]);
  const shared: ModuleLowering = { boundsChecks, overflowChecks, likeC: false, library: program.host.library, files: program.files, debug: undefined, keepVariables: false, slices: noSlices, strings: new Map() };
  compute(program, loaded, tree, shared);
  const lowering: ModuleLowering = { ...shared, likeC: options.form === "object", debug: debug ? debugTypes : undefined, keepVariables, slices: madeSlicesOf(tree.globals), strings: new Map() };
  const externals = program.externals.size > 0 ? { externals: program.externals } : {};
  if (kept) return { module: undefined, lazy: { ...lowerLazily(tree, lowering, program.roots, versions), ...externals } };
  return { module: { ...lowerProgram(tree, lowering, program.roots), ...externals } };
}

function compute(program: Program, loaded: Loaded, tree: ProgramTree, shared: ModuleLowering): void {
  const made = tree.globals.filter(({ comptime }) => comptime);
  if (made.length === 0) return;
  const module = lowerReachable(tree, shared, made.map(({ comptime = "" }) => comptime));
  const add = (name: string, bytes: Uint8Array, readonly: boolean) => program.static(name, { kind: "arr", of: u8, length: BigInt(bytes.length), readonly }, readonly, { bytes });
  for (const { reason, isCircle, location: at } of runCompileTime(module, made, new Set(tree.globals.map(({ name }) => name)), add)) {
    const file = at && loaded.program.getSourceFile(program.files[at.file] ?? "");
    const code = isCircle ? "TM2018" : "TM3006";
    program.diagnostics.push(
      file ? diagnosticAtLine(file, at.line, at.column, code, reason) : diagnosticWithoutPlace(code, reason),
    );
  }
}

/// By place, each once.
function ordered(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  const unique = diagnostics.filter(({ code, file, line, message }) => {
    const key = `${code} ${file} ${line} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
  return unique.sort((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));
}
