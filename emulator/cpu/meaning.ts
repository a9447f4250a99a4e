// What words mean, remembered: guests say the same thing often, the interpreter
// asks when it decodes, and the JIT when it translates.

import { type Decoded, decode, lengthOf } from "../isa/decode.js";
import { type Flow, flowOf } from "../isa/flow.js";
import { type Inlined, inlineOf } from "./csr.js";
import { type FloatUse, floatUse } from "./wasm-machine.js";

export interface Meaning {
  readonly decoded: Decoded;
  readonly flow: Flow;
  readonly floatUse: FloatUse;
  /// How an engine runs a CSR row by itself, if it may.
  readonly inlined: Inlined | undefined;
}

const meanings = new Map<number, Meaning | undefined>();
const MOST_MEANINGS = 50_000;

/// Of the instruction in the low bits; undefined where there is none.
export function meaningOf(bits: number): Meaning | undefined {
  const word = lengthOf(bits) === 2 ? bits & 0xffff : bits;
  let meaning = meanings.get(word);
  if (meaning || meanings.has(word)) return meaning;
  const decoded = decode(word);
  meaning = decoded && { decoded, flow: flowOf(decoded.row), floatUse: floatUse(decoded.row), inlined: inlineOf(decoded.row, decoded.operands) };
  if (meanings.size >= MOST_MEANINGS) meanings.clear();
  meanings.set(word, meaning);
  return meaning;
}
