// The functions that engines call, in the order in which modules import them:
// quick functions, then float functions. A module imports as few as it can.

import { type FloatFunction, floatNumbers } from "../isa/float-functions.js";
import { type QuickFunction, quickFunctions } from "../isa/quick-functions.js";
import type { ImportedFunction } from "../wasm/module.js";
import { floatImports, floatUnit } from "./float/unit.js";
import { quickImports, quickUnit } from "./quick-unit.js";

/// What a module calls; later ones include those before.
export const Uses = { nothing: 0, quick: 1, float: 2 } as const;
export type Uses = (typeof Uses)[keyof typeof Uses];

export function quickNumber(name: QuickFunction): number { return quickFunctions.indexOf(name); }
export function floatNumber(name: FloatFunction): number { return quickFunctions.length + (floatNumbers.get(name) as number); }

export function importedFunctions(uses: Uses): readonly ImportedFunction[] {
  if (uses === Uses.nothing) return [];
  return uses === Uses.quick ? quickImports : [...quickImports, ...floatImports];
}

export function importsOver(memory: WebAssembly.Memory, uses: Uses): WebAssembly.Imports {
  return { env: { memory, ...(uses >= Uses.quick && quickUnit(memory)), ...(uses >= Uses.float && floatUnit(memory)) } };
}
