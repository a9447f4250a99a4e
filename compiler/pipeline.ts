// What happens to a program, top to bottom.

import { elaborateProgram } from "./frontend/elaborate.js";
import type { Diagnostic } from "./frontend/diagnostics.js";
import { loadProgram } from "./frontend/load.js";
import { lowerProgram } from "./frontend/lower.js";
import type { Func, Module } from "./ir/types.js";
import { verify } from "./ir/verify.js";
import { writeElf } from "./object/elf.js";
import { dce } from "./passes/dce.js";
import { gvn } from "./passes/gvn.js";
import { forwardMemory } from "./passes/forward-memory.js";
import { inline } from "./passes/inline.js";
import { useKnownConditions } from "./passes/known-conditions.js";
import { licm } from "./passes/licm.js";
import { rotate } from "./passes/rotate.js";
import { simplifyCfg } from "./passes/simplify-cfg.js";
import { strengthReduce } from "./passes/strength-reduce.js";
import { allocate } from "./rv64/allocate.js";
import { checkAllocation } from "./rv64/check-allocation.js";
import { labelled, layOut, type Image } from "./rv64/emit.js";
import { buildFrame } from "./rv64/frame.js";
import { tidyJumps } from "./rv64/jumps.js";
import type { MachineFunc } from "./rv64/machine.js";
import { select } from "./rv64/select.js";
import { splitEdges } from "./rv64/split-edges.js";
import { startup } from "./rv64/startup.js";

const BASE = 0x8000_0000;

export interface Options {
  readonly boundsChecks: boolean;
  /// Passes to leave out, by name: to measure what each one buys.
  readonly without: ReadonlySet<string>;
  /// Registers to allocate from; fewer than all of them tests spilling.
  readonly registers?: readonly number[];
  /// Called after each pass, by tests and --dump.
  readonly after?: (pass: string, module: Module) => void;
}

type Pass = (module: Module) => void;
const each =
  (pass: (fn: Func) => void): Pass =>
  (module) =>
    module.functions.forEach(pass);

/// The names in `without` are the parts before a dot: "gvn" leaves out every "gvn.…".
const passes: readonly (readonly [name: string, pass: Pass])[] = [
  ["cfg", each(simplifyCfg)],
  ["gvn", each(gvn)],
  ["dce", each(dce)],
  ["cfg.folded", each(simplifyCfg)],
  ["inline", (module) => inline(module, ["run"])],
  ["cfg.inlined", each(simplifyCfg)],
  ["gvn.inlined", each(gvn)],
  ["memory", each(forwardMemory)],
  ["gvn.memory", each(gvn)],
  ["known", each(useKnownConditions)],
  ["gvn.known", each(gvn)],
  ["dce.known", each(dce)],
  ["cfg.known", each(simplifyCfg)],
  ["rotate", each(rotate)],
  ["cfg.rotated", each(simplifyCfg)],
  ["gvn.rotated", each(gvn)],
  ["dce.rotated", each(dce)],
  ["cfg.guards", each(simplifyCfg)],
  ["licm", each(licm)],
  ["strength", each(strengthReduce)],
  ["gvn.strength", each(gvn)],
  ["licm.strength", each(licm)],
  ["dce.strength", each(dce)],
  ["cfg.last", each(simplifyCfg)],
];
export const passNames = ["gvn", "inline", "memory", "known", "rotate", "licm", "strength"];

export type Compiled = { module: Module } | { diagnostics: readonly Diagnostic[] };

/// The front end and the passes: source to optimised IR.
export function compileToIr(path: string, library: string, options: Options): Compiled {
  const program = loadProgram(path, library);
  if (program.diagnostics.length > 0) return { diagnostics: program.diagnostics };
  const { tree, diagnostics } = elaborateProgram(program.checker, program.files);
  if (diagnostics.length > 0) return { diagnostics };
  const module = lowerProgram(tree, options);
  options.after?.("lower", module);
  for (const [name, pass] of passes) {
    if (options.without.has(name.replace(/\..*/, ""))) continue;
    pass(module);
    for (const fn of module.functions) verify(fn, name);
    options.after?.(name, module);
  }
  return { module };
}

/// The back end: optimised IR to an executable.
export function compileToElf(
  module: Module,
  { registers }: Pick<Options, "registers"> = {},
): { elf: Uint8Array; image: Image } {
  const functions = module.functions.map((fn) => compileFunction(fn, registers));
  const image = layOut([...startup(), ...functions.flatMap(labelled)], module.data, BASE);
  return { elf: writeElf(image, BASE), image };
}

function compileFunction(fn: Func, registers: Options["registers"]): MachineFunc {
  splitEdges(fn);
  const machine = select(fn);
  const assignment = allocate(machine, registers);
  checkAllocation(machine, assignment);
  buildFrame(machine, assignment);
  tidyJumps(machine);
  return machine;
}
