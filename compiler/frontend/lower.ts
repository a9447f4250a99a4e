// From the typed tree to the IR: functions, statements and control flow. Loops are lowered with the test at
// the top; the rotation pass turns them.

import type { Evaluator } from "../ir/evaluate.js";
import { newBlock, newFunc, type Block, type Data, type Func, type Module, type Value } from "../ir/types.js";
import type { DebugGlobal, DebugSource } from "../object/debug.js";
import { namesIn } from "../passes/inline.js";
import { conventionOf, travellingTypes, type Passing } from "./convention.js";
import type { DebugTypes } from "./debug-types.js";
import { digestOf, type TreeDigest, type TypeVersions } from "./digest.js";
import { madeSliceText } from "./made-slices.js";
import { lower, lowerCondition, lowerInto } from "./lower-expression.js";
import { addressOf, readPlace, resolve, store, writeResolved } from "./lower-place.js";
import { receive, send } from "./lower-pieces.js";
import { lowerGlobal } from "./lower-static.js";
import { isFlat, Lowering, type ModuleLowering } from "./lowering.js";
import { leavesOf } from "./representation.js";
import { lowerSwitch } from "./lower-switch.js";
import type { Expr, FunctionTree, ProgramTree, Statement } from "./tree.js";

export function lowerProgram(tree: ProgramTree, module: ModuleLowering, roots: string[]): Module {
  const functions = tree.functions.map((fn) => lowerFunction(fn, module));
  const data = tree.globals.map((global) => lowerGlobal(module, global));
  const lowered: Module = { functions, data: [...data, ...module.strings.values()], files: [...module.files], roots };
  if (module.debug) lowered.debugGlobals = debugGlobals(tree, module.debug);
  return lowered;
}

/// The part of a program that can be reached from some functions.
export function lowerReachable(tree: ProgramTree, module: ModuleLowering, roots: string[]): Module {
  const trees = new Map(tree.functions.flatMap((fn) => [[fn.attributes.symbol ?? fn.name, fn], [fn.name, fn]] as const));
  const data = new Map(tree.globals.map((global) => [global.name, lowerGlobal(module, global)]));
  const functions: Func[] = [];
  const seen = new Set<string>();
  const work = [...roots];
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const [fn, item] = [trees.get(name), data.get(name)];
    if (item) work.push(...item.relocations.map(({ symbol }) => symbol));
    if (!fn) continue;
    const lowered = lowerFunction(fn, module);
    functions.push(lowered);
    work.push(...namesIn(lowered));
  }
  return { functions, data: [...data.values(), ...module.strings.values()], files: [...module.files], roots };
}

/// A program whose functions are lowered as they are asked for.
export interface LazyModule extends Omit<Module, "functions"> {
  readonly functions: readonly LazyFunction[];
  /// Constant bytes that its data names.
  readonly bytes: readonly Data[];
}
export interface LazyFunction {
  readonly name: string;
  /// Of all that lowering depends on.
  readonly digest: string;
  /// With the constant bytes that it names.
  lower(): { readonly fn: Func; readonly bytes: readonly Data[] };
}

const digests = new WeakMap<FunctionTree, TreeDigest>();

export function lowerLazily(tree: ProgramTree, module: ModuleLowering, roots: string[], versions: TypeVersions): LazyModule {
  const { boundsChecks, overflowChecks, likeC, debug, keepVariables, slices } = module;
  const more = [boundsChecks, overflowChecks, likeC, debug !== undefined, keepVariables].join();
  const functions = tree.functions.map((fn): LazyFunction => {
    const own = digests.get(fn) ?? digestOf(fn, versions, more);
    digests.set(fn, own);
    // What comptime makes is no part of the tree.
    const made = slices.size > 0 ? own.globals.flatMap((name) => madeSliceText(name, slices)) : [];
    const digest = [own.text, ...made].join(" ");
    const lower = () => {
      const own = { ...module, strings: new Map<string, Data>() };
      return { fn: lowerFunction(fn, own), bytes: [...own.strings.values()] };
    };
    return { name: fn.name, digest, lower };
  });
  const data = tree.globals.map((global) => lowerGlobal(module, global));
  const lowered: LazyModule = { functions, data, bytes: [...module.strings.values()], files: [...module.files], roots };
  return module.debug ? { ...lowered, debugGlobals: debugGlobals(tree, module.debug) } : lowered;
}

export function debugGlobals({ globals }: ProgramTree, types: DebugTypes): DebugGlobal[] {
  return globals.flatMap(({ name, type }) => {
    const shown = types.type(type);
    return shown ? [{ symbol: name, type: shown, location: undefined }] : [];
  });
}
export type { Evaluator };

export function lowerFunction(tree: FunctionTree, module: ModuleLowering): Func {
  const convention = conventionOf(tree.params.map(({ type }) => type), tree.result, module.likeC);
  const { result } = convention;
  const isEndless = tree.result.kind === "never";
  const attributes = isEndless ? { ...tree.attributes, noreturn: true } : tree.attributes;
  const { location, naked } = tree;
  const debug = module.debug && location ? { source: sourceOf(tree, module.debug), outer: undefined, variables: [] } : undefined;
  const fn = newFunc(tree.name, result.kind === "reference" ? [] : travellingTypes(tree.result, result), { attributes, location, naked, debug });
  if (tree.naked) return fn;
  const lowering = new Lowering(fn, module);
  const { builder } = lowering;
  lowering.location = tree.location;
  lowering.checksOverflow = module.overflowChecks && tree.location !== undefined && !(module.files[tree.location.file] ?? "").startsWith(module.library);
  // Where the caller wants a result that is too large for registers.
  const place = result.kind === "reference" ? { type: "i64" as const } : undefined;
  if (place) builder.write(place, builder.parameter("i64"));
  tree.params.forEach((local, index) => {
    const passing = convention.params[index]!;
    const values = receive(lowering, local.type, passing, travellingTypes(local.type, passing).map((type) => builder.parameter(type)));
    if (isFlat(local.type))
      writeResolved(lowering, local.type, resolve(lowering, { kind: "local", type: local.type, local }), values);
    else {
      const variable = { type: "i64" as const };
      builder.write(variable, values[0]!);
      lowering.homes.set(local, { kind: "address", variable });
    }
    lowering.declare(local, true);
  });
  const context: Context = { lowering, targets: [], result, resultPlace: place };
  for (const statement of tree.body) lowering.at(statement.location, () => lowerStatement(context, statement));
  lowering.location = tree.location;
  if (tree.result.kind === "void") builder.end({ kind: "return", values: [], edges: [] }, builder.block);
  else
    builder.end(
      { kind: "trap", reason: "the function ended without a value", location: tree.location, edges: [] },
      builder.block,
    );
  return fn;
}

/// Where break and continue go.
export interface Targets {
  readonly label: string | undefined;
  readonly exit: Block;
  /// Undefined for a switch or a labelled block.
  readonly next: Block | undefined;
  /// A labelled block, which only a labelled break leaves.
  readonly onlyByLabel: boolean;
  readonly cleanups: number;
}
export interface Context {
  readonly lowering: Lowering;
  readonly targets: readonly Targets[];
  /// How the function's result travels, and where the caller wants it if that is a place.
  readonly result: Passing;
  readonly resultPlace: { type: "i64" } | undefined;
}

/// With what C would find in the registers of a function's result.
function sourceOf({ name, location, result, attributes }: FunctionTree, types: DebugTypes): DebugSource {
  const isWord = leavesOf(result)?.length === 1 && !attributes.returns;
  return types.source(name, location, isWord ? result : undefined);
}

/// A function that became a part of its caller.
export function lowerInline(lowering: Lowering, { type, label, body, result }: Extract<Expr, { kind: "block" }>): Value[] {
  const { builder } = lowering;
  const exit = newBlock(builder.fn);
  const target: Targets = { label, exit, next: undefined, onlyByLabel: true, cleanups: lowering.cleanups.length };
  lowerAll({ lowering, targets: [target], result: { kind: "leaves" }, resultPlace: undefined }, body);
  builder.jump(exit);
  builder.seal(exit);
  return result ? readPlace(lowering, { kind: "local", type, local: result }) : [];
}

/// The statements of a block.
export function lowerAll(context: Context, statements: readonly Statement[]): void {
  const { lowering } = context;
  lowering.inScope(() => {
    for (const statement of statements) lowering.at(statement.location, () => lowerStatement(context, statement));
  });
}

function lowerStatement(context: Context, statement: Statement): void {
  const { lowering, targets } = context;
  const { builder } = lowering;
  switch (statement.kind) {
    case "expr":
      lower(lowering, statement.expr);
      break;
    case "let":
      declare(lowering, statement);
      break;
    case "block":
      lowerAll(context, statement.body);
      break;
    case "if": {
      const [then, otherwise, after] = [newBlock(builder.fn), newBlock(builder.fn), newBlock(builder.fn)];
      lowerCondition(lowering, statement.condition, then, otherwise, then);
      builder.seal(then);
      builder.seal(otherwise);
      lowerAll(context, statement.yes);
      builder.jump(after, otherwise);
      lowerAll(context, statement.otherwise);
      builder.jump(after);
      builder.seal(after);
      break;
    }
    case "loop":
      lowerLoop(context, statement);
      break;
    case "switch":
      lowerSwitch(context, statement);
      break;
    case "labelled": {
      const exit = newBlock(builder.fn);
      const target: Targets = {
        label: statement.label,
        exit,
        next: undefined,
        onlyByLabel: true,
        cleanups: lowering.cleanups.length,
      };
      lowerAll({ ...context, targets: [...targets, target] }, statement.body);
      builder.jump(exit);
      builder.seal(exit);
      break;
    }
    case "break":
    case "continue": {
      const fits = ({ label, next, onlyByLabel }: Targets) =>
        statement.label
          ? label === statement.label
          : !onlyByLabel && (statement.kind === "break" || next !== undefined);
      const target = targets.findLast(fits);
      if (!target) break;
      cleanUp(lowering, target.cleanups);
      builder.jump(statement.kind === "break" ? target.exit : (target.next ?? target.exit), builder.unreachable());
      break;
    }
    case "return":
      lowerReturn(context, statement.value);
      break;
    case "using":
      lowering.cleanups.push(statement.cleanup);
      lowerAll(context, statement.body);
      lowering.cleanups.pop();
      lower(lowering, statement.cleanup);
      break;
  }
}

function declare(lowering: Lowering, { local, initial }: Extract<Statement, { kind: "let" }>): void {
  const place = { kind: "local", type: local.type, local } as const;
  const resolved = resolve(lowering, place);
  if (resolved.kind === "memory" && !isFlat(local.type)) lowerInto(lowering, initial, addressOf(lowering, place));
  else writeResolved(lowering, local.type, resolved, lower(lowering, initial));
  lowering.declare(local);
}

/// What `using` declared since, last first.
function cleanUp(lowering: Lowering, downTo: number): void {
  for (const cleanup of lowering.cleanups.slice(downTo).reverse()) lower(lowering, cleanup);
}

function lowerReturn({ lowering, result, resultPlace }: Context, value: Expr | undefined): void {
  const { builder } = lowering;
  if (value && resultPlace) {
    // The value may be made of what the caller's place holds now.
    const values = lower(lowering, value);
    store(lowering, value.type, { base: builder.read(resultPlace), offset: 0n }, values);
    cleanUp(lowering, 0);
    builder.end({ kind: "return", values: [], edges: [] }, builder.unreachable());
    return;
  }
  const values = value ? send(lowering, value.type, result, lower(lowering, value)) : [];
  cleanUp(lowering, 0);
  const { results } = builder.fn;
  const missing = results.slice(values.length).map((type) => lowering.constant(type, 0n));
  builder.end(
    { kind: "return", values: [...values, ...missing].slice(0, results.length), edges: [] },
    builder.unreachable(),
  );
}

function lowerLoop(
  context: Context,
  { label, condition, body, step, testFirst }: Extract<Statement, { kind: "loop" }>,
): void {
  const { lowering, targets } = context;
  const { builder } = lowering;
  const [test, start, next, exit] = [
    newBlock(builder.fn),
    newBlock(builder.fn),
    newBlock(builder.fn),
    newBlock(builder.fn),
  ];
  builder.jump(testFirst ? test : start, test);
  if (condition) lowerCondition(lowering, condition, start, exit, start);
  else builder.jump(start);
  if (testFirst) builder.seal(start);
  const target: Targets = { label, exit, next, onlyByLabel: false, cleanups: lowering.cleanups.length };
  lowerAll({ ...context, targets: [...targets, target] }, body);
  builder.jump(next);
  builder.seal(next);
  if (step) lower(lowering, step);
  builder.jump(test, exit);
  for (const block of [test, start, exit]) builder.seal(block);
}
