// Where arguments and results travel: the psABI's hardware floating-point
// convention (LP64D). Integers and floats have eight registers each; a float
// that finds none left takes an integer register, and what finds none at all
// lies on the stack, in a word of its own.

import { isFloat, type Type } from "../ir/ops.js";
import { argumentRegs, floatArgumentRegs, type Reg } from "./machine.js";

export type ArgumentPlace = { readonly reg: Reg; readonly word?: undefined } | { readonly reg?: undefined; readonly word: number };

export function argumentPlaces(types: readonly (Type | undefined)[]): ArgumentPlace[] {
  let [integers, floats, words] = [0, 0, 0];
  return types.map((type): ArgumentPlace => {
    const own = isFloat(type) ? floatArgumentRegs[floats++] : undefined;
    const reg = own ?? argumentRegs[integers];
    if (reg === undefined) return { word: words++ };
    if (own === undefined) integers++;
    return { reg };
  });
}

/// `given`: the registers that a function says itself.
export function resultRegs(types: readonly (Type | undefined)[], given?: readonly Reg[]): Reg[] {
  let [integers, floats] = [0, 0];
  return types.map((type, index) => given?.[index] ?? (isFloat(type) ? floatArgumentRegs[floats++] : argumentRegs[integers++])!);
}
