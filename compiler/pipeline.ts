// What happens to a program, top to bottom: the front end makes IR of it, the IR
// goes through the passes, each function to machine code, and all to one image.
// The front end is loaded when it is called: it brings TypeScript with it.

import type { AnalyseOptions, Diagnostic, FrontendHost, LazyModule, Target } from "./frontend/index.js";
import { prelude, printC } from "./c/print.js";
import { printModule } from "./ir/print.js";
import type { Memo } from "./memo.js";
import type { Func, Module } from "./ir/types.js";
import { verifyModule } from "./ir/verify.js";
import { writeDwarf } from "./object/dwarf.js";
import { writeElf } from "./object/elf.js";
import { writeObject } from "./object/relocatable.js";
import type { Image } from "./object/image.js";
import { dce } from "./passes/dce.js";
import { splitDistances } from "./passes/distances.js";
import { forwardMemory } from "./passes/forward-memory.js";
import { gvn } from "./passes/gvn.js";
import { dropUnnamed, FAST, inline, inlineForSize, SMALL } from "./passes/inline.js";
import { useKnownConditions } from "./passes/known-conditions.js";
import { licm } from "./passes/licm.js";
import { mergeReturns } from "./passes/merge-returns.js";
import { poolConstants } from "./passes/pool-constants.js";
import { promote } from "./passes/promote.js";
import { rotate } from "./passes/rotate.js";
import { sink } from "./passes/sink.js";
import { simplifyCfg } from "./passes/simplify-cfg.js";
import { each, inTurn, runAll, type Step, unsettle, whole } from "./passes/step.js";
import { strengthReduce } from "./passes/strength-reduce.js";
import { thread } from "./passes/thread.js";
import type { FunctionCode } from "./rv64/emit.js";
import { codeOf, type CodeOptions } from "./rv64/function-code.js";
import { link } from "./rv64/link.js";
import { printAssembly } from "./rv64/listing.js";
import { calleesOf } from "./rv64/select.js";
import { Refusal } from "./refusal.js";
import { WasmProgram } from "./wasm/program.js";

export type { Diagnostic, FrontendHost as CompileHost, Target, TestCase } from "./frontend/index.js";

export type Level = 0 | 2 | "s";

export interface BackendOptions extends Pick<CodeOptions, "registers"> {
  /// 0: only what the back end needs; "s": small rather than fast. Default 2.
  readonly optimise?: Level;
  /// Passes to leave out, by the part of their name before a dot: to measure what each one buys.
  readonly without?: ReadonlySet<string>;
  /// Called after "lower" and each pass, by tests and --dump.
  readonly after?: (pass: string, module: Module) => void;
  /// Verify after each pass, and prove each allocation: for tests.
  readonly check?: boolean;
  /// Where it is linked (a page), and where it is loaded; default 0x80000000, and the same.
  readonly virtualBase?: bigint;
  readonly physicalBase?: bigint;
  /// Where execution begins: a function's name or symbol; default the first root.
  readonly entry?: string;
  /// Leave debug information out.
  readonly strip?: boolean;
  /// A relocatable object in place of an executable: `elf` is one that a linker takes. Default none.
  readonly relocatable?: { readonly hasFloats: boolean };
}

export interface CompileOptions extends BackendOptions {
  /// Which runtime it gets and where it is linked, unless it says so itself. Default "bare".
  readonly target?: Target;
  /// Check indices and slices; default true. All other checks always stay.
  readonly boundsChecks?: boolean;
  /// Trap where +, - or * leaves its type, unless a conversion is around it; default false.
  readonly overflowChecks?: boolean;
  /// An object to be linked with those of other compilers; default a program. `elf` is relocatable then.
  readonly isObject?: boolean;
  /// Files for `embed`, by the name that the program says.
  readonly embed?: ReadonlyMap<string, Uint8Array>;
  /// What earlier runs with the same main file and options made. There is no IR then.
  readonly memo?: Memo;
}

export interface Compilation {
  /// Undefined when there are diagnostics.
  readonly output: CompiledModule | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /// Sources that were read, for a watcher.
  readonly files: readonly string[];
}

export interface CompiledModule {
  readonly elf: Uint8Array;
  readonly image: Image;
  /// The optimised IR, and the whole text as assembly.
  ir(): string;
  assembly(): string;
  /// The same as C, and as a WebAssembly module.
  c(): string;
  wasm(): Uint8Array;
}

const BASE = 0x8000_0000n;
const passes: readonly (readonly [name: string, step: Step])[] = [
  ["drop", whole(dropUnnamed)],
  ["cfg", each(simplifyCfg)],
  ["gvn", each(gvn)],
  ["promote", each(promote)],
  ["dce", each(dce)],
  ["cfg.folded", each(simplifyCfg)],
  ["inline", whole(inline)],
  ["cfg.inlined", each(simplifyCfg)],
  ["gvn.inlined", each(gvn)],
  ["promote.inlined", each(promote)],
  ["memory", each(forwardMemory)],
  ["gvn.memory", each(gvn)],
  ["thread", each(thread)],
  ["gvn.threaded", each(gvn)],
  ["known", each(useKnownConditions)],
  ["cfg.known", each(simplifyCfg)],
  ["rotate", each(rotate)],
  ["gvn.rotated", each(gvn)],
  ["cfg.rotated", each(simplifyCfg)],
  ["memory.rotated", each(forwardMemory)],
  ["distances", each(inTurn(splitDistances, gvn))],
  ["licm", each(licm)],
  ["strength", each(strengthReduce)],
  ["gvn.strength", each(gvn)],
  ["licm.strength", each(licm)],
  ["dce.strength", each(dce)],
  ["cfg.last", each(simplifyCfg)],
  ["returns", each(mergeReturns)],
  ["sink", each(sink)],
  ["pool", each(poolConstants)],
];
/// Loops keep their heads, and calls stay where they are shorter.
const smallPasses: typeof passes = passes
  .filter(([name]) => name !== "rotate")
  .map(([name, step]) => [name, name === "inline" ? whole(inlineForSize) : step]);
/// What the back end relies on: no unreachable blocks, no dead parameters.
const leastPasses: typeof passes = [
  ["drop", whole(dropUnnamed)],
  ["cfg", each(simplifyCfg)],
  ["dce", each(dce)],
  ["pool", each(poolConstants)],
];
const levels: Record<Level, typeof passes> = { 0: leastPasses, s: smallPasses, 2: passes };
const inlineLimits: Record<Level, number> = { 0: 0, s: SMALL, 2: FAST };
/// Those that `without` may name.
export const passNames: readonly string[] = [...new Set(passes.map(([name]) => name.replace(/\..*/, "")))];
export const passSteps: readonly string[] = passes.map(([name]) => name);

/// Source to ELF. Paths are the host's; the program's `layout(…)` yields to the options.
export async function compile(entryPath: string, options: CompileOptions, host: FrontendHost): Promise<Compilation> {
  const { analyse, KeptFunctions } = await import("./frontend/index.js");
  const { memo } = options;
  if (memo) memo.kept ??= new KeptFunctions();
  const { target = "bare", boundsChecks = true, overflowChecks = false, embed } = options;
  const forDebugger = { debug: !options.strip, keepVariables: options.optimise === 0 };
  const { isObject = false } = options;
  const asked: AnalyseOptions = { target, boundsChecks, overflowChecks, form: isObject ? "object" : "program", ...(memo && { kept: memo.kept }), ...forDebugger, ...(embed && { embed }) };
  const { module: whole, lazy, diagnostics, layout, files } = analyse(entryPath, asked, host);
  const module = whole ?? lazy;
  if (!module) return { output: undefined, diagnostics, files };
  const relocatable = isObject ? { relocatable: { hasFloats: target !== "kernel" } } : {};
  const virtualBase = options.virtualBase ?? layout.virtual ?? BASE;
  const physicalBase = options.physicalBase ?? layout.physical ?? virtualBase;
  const entry = options.entry ?? (layout.entry || module.roots[0] || "");
  try {
    const backend = { ...options, ...relocatable, virtualBase, physicalBase, entry };
    return { output: lazy && memo ? linkAll(remember(lazy, backend, memo), backend) : compileModule(whole!, backend), diagnostics, files };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { output: undefined, diagnostics: [diagnosticOf(error, module, host)], files };
  }
}

function diagnosticOf({ code, message, help, location }: Refusal, { files }: Pick<Module, "files">, host: FrontendHost): Diagnostic {
  const file = location ? (files[location.file] ?? "") : "";
  const { line, column } = location ?? { line: 0, column: 0 };
  const bytes = file ? host.readFile(file) : undefined;
  const lines = bytes ? new TextDecoder().decode(bytes).split("\n") : [];
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + Math.max(column - 1, 0);
  return { code, message, help, file, start, end: start + 1, line, column, source: lines[line - 1] ?? "" };
}

/// The passes, in place, with a look after each.
function optimiseLookedAt(module: Module, steps: typeof passes, { after, check }: BackendOptions): void {
  const look = (name: string) => {
    if (check) verifyModule(module, name);
    after?.(name, module);
  };
  look("lower");
  for (const [name, step] of steps) {
    runAll([step], module);
    look(name);
  }
}

/// The passes, then the back end. Throws Refusal for what only the back end can find wrong.
export function compileModule(module: Module, options: BackendOptions = {}): CompiledModule {
  const { optimise = 2, without, after, check } = options;
  const callees = calleesOf(module);
  const code: FunctionCode[] = [];
  const toCode: Step = { over: "function", run: (fn) => code.push(codeOf(fn, callees, { ...options, isSmall: optimise !== 2 })) };
  const steps = levels[optimise].filter(([name]) => !without?.has(name.replace(/\..*/, "")));
  if (after || check) optimiseLookedAt(module, steps, options);
  runAll([...(after || check ? [] : steps.map(([, step]) => step)), toCode], module);
  return linkAll({ code, module }, options);
}

/// Code to an image.
function linkAll({ code, module }: { code: readonly FunctionCode[]; module: Module }, options: BackendOptions): CompiledModule {
  const { virtualBase = BASE, physicalBase = virtualBase, entry = module.roots[0] ?? "_start" } = options;
  const place = options.relocatable ? { virtualBase: 0n, physicalBase: 0n, entry: "", relocatable: true } : { virtualBase, physicalBase, entry };
  const { image, debug, relocations } = link(code, module, place);
  const dwarf = options.strip ? [] : writeDwarf(image, debug, { files: module.files, directory: ".", globals: module.debugGlobals ?? [] });
  const elf = options.relocatable ? writeObject(image, relocations, dwarf, options.relocatable) : writeElf(image, dwarf);
  return { elf, image, ir: () => printModule(module), assembly: () => printAssembly(code, module), c: () => `${prelude}${printC(module)}`, wasm: () => new WasmProgram(module).bytes };
}

/// The same with the passes, for what an earlier run did not make already.
function remember(module: LazyModule, options: BackendOptions, memo: Memo): { code: FunctionCode[]; module: Module } {
  const { optimise: level = 2 } = options;
  const steps = levels[level].filter(([name]) => name !== "drop" && name !== "inline");
  const inlining = levels[level].findIndex(([name]) => name === "inline");
  const split = inlining < 0 ? 0 : inlining - 1;
  const apply = (some: typeof passes, fn: Func): Module => {
    const alone: Module = { ...module, functions: [fn], data: [] };
    runAll(some.map(([, step]) => step), alone);
    return alone;
  };
  return memo.codeOf(module, {
    early: (fn) => void apply(steps.slice(0, split), fn),
    inlineLimit: inlining < 0 ? undefined : inlineLimits[level],
    make: (fn, callees) => {
      unsettle(fn);
      const alone = apply(steps.slice(split), fn);
      return { code: codeOf(fn, callees, { ...options, isSmall: level !== 2 }), pooled: alone.data };
    },
  });
}
