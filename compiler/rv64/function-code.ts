// One function, from IR to instructions.

import type { Func } from "../ir/types.js";
import { allocate } from "./allocate.js";
import { assemble } from "./assemble.js";
import { checkAllocation } from "./check-allocation.js";
import type { FunctionCode } from "./emit.js";
import { piecesOf } from "./expand.js";
import { buildFrame } from "./frame.js";
import { tidyJumps } from "./jumps.js";
import { allocatable, type Reg } from "./machine.js";
import { type Callees, select } from "./select.js";
import { splitEdges } from "./split-edges.js";
import { placeVariables } from "./variables.js";

export interface CodeOptions {
  /// Registers to allocate from; fewer than all of them tests spilling.
  readonly registers?: readonly Reg[];
  /// Prove the allocation: for tests.
  readonly check?: boolean;
  /// Small rather than fast.
  readonly isSmall?: boolean;
}

/// t6, where a function needs a register to reach its large frame.
const FRAME_SCRATCH: Reg = 31;

/// `fn` is changed on the way.
export function codeOf(fn: Func, callees: Callees, options: CodeOptions): FunctionCode {
  const { section, cold, align = 2, symbol = fn.name } = fn.attributes;
  const made = fn.naked ? { pieces: assemble(fn.naked, [], [], fn.location, fn.name) } : compileFunction(fn, callees, options);
  return { name: fn.name, symbol, section: section ?? (cold ? ".text.cold" : ".text"), align, location: fn.location, source: fn.debug?.source, ...made };
}

function compileFunction(fn: Func, callees: Callees, { registers = allocatable, check = false, isSmall = false }: CodeOptions): Pick<FunctionCode, "pieces" | "scope" | "frame"> {
  splitEdges(fn);
  // A large frame is found out late, and then needs a scratch register: all over again, without that one.
  for (const scratch of [undefined, FRAME_SCRATCH]) {
    const machine = select(fn, callees);
    const assignment = allocate(machine, registers.filter((reg) => reg !== scratch));
    if (check) checkAllocation(machine, assignment);
    placeVariables(fn, machine, assignment);
    if (!buildFrame(machine, assignment, scratch)) continue;
    tidyJumps(machine, isSmall);
    return { pieces: piecesOf(machine), scope: machine.scope, frame: machine.layout };
  }
  throw new Error(`${fn.name}: no frame`);
}
