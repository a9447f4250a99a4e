// Which handler runs what: numbers for every step an instruction can be.

import { flowOf } from "../isa/flow.js";
import { quickCsrs } from "../isa/quick-functions.js";
import type { Inline, Row } from "../isa/row.js";
import { compressible, rows } from "../isa/table.js";
import { fusedPairs } from "./fusion.js";
import { SpecialHandler, type Step } from "./interpreter.js";

const shapes = [{ length: 4, near: true }, { length: 2, near: true }, { length: 4, near: false }, { length: 2, near: false }] as const;

export const handlers: readonly (readonly Step[])[] = listHandlers();

/// Of single steps.
const byKey = new Map(handlers.flatMap(([step, second], index) => (step && !second ? [[stepKey(step), index + SpecialHandler.count] as const] : [])));
/// By row, then by shape: decoding asks for every instruction. Those of CSR rows depend on more.
const byShape = new Map(rows.map((row) => [row, shapes.map((shape) => byKey.get(stepKey({ row, ...shape })) ?? SpecialHandler.illegal)] as const));
const fused = new Map(handlers.flatMap(([first, second], index) => (first && second ? [[pairKey(handlerOf(first), handlerOf(second)), index + SpecialHandler.count] as const] : [])));

export function handlerOf(step: Step): number {
  if (step.inline) return byKey.get(stepKey(step)) ?? SpecialHandler.illegal;
  if (!("semantics" in step.row.meaning)) return SpecialHandler.host;
  return byShape.get(step.row)?.[shapes.findIndex(({ length, near }) => length === step.length && near === step.near)] ?? SpecialHandler.illegal;
}

/// The handler of two in a sequence, where there is one, by their handlers.
export function fusedHandler(first: number, second: number): number | undefined { return fused.get(pairKey(first, second)); }

function pairKey(first: number, second: number): number { return first * 0x10000 + second; }

/// "addi/2": a row at a length; "beq/4/far": and with its target in another page; "csrrw/4/storage": inline.
export function stepKey({ row, length, near, inline, csr }: Step): string {
  return `${row.mnemonic}/${length}${near ? "" : "/far"}${inline ? `/${inline}` : ""}${csr ? `/${csr}` : ""}`;
}

function listHandlers(): Step[][] {
  const single = rows.flatMap(stepsOf);
  const byKey = new Map(single.map((step) => [stepKey(step), step]));
  const pairs = fusedPairs.map((pair) => pair.map((key) => {
    const step = byKey.get(key);
    if (!step) throw new Error(`no step ${key} to fuse`);
    return step;
  }));
  return [...single.map((step) => [step]), ...pairs];
}

function stepsOf(row: Row): Step[] {
  if ("expandsTo" in row.meaning) return [];
  if ("perform" in row.meaning) {
    const kinds = Object.keys(row.meaning.inline ?? {}) as (keyof Inline)[];
    const csrs = row.pattern.fields.some(({ name }) => name === "csr") ? Object.keys(quickCsrs) : [""];
    return kinds.flatMap((inline) => (inline === "quick" ? csrs : [""]).map((csr) => ({ row, length: 4, near: true, inline, csr })));
  }
  const lengths = compressible.has(row) ? [4, 2] : [4];
  // Asking a row for its flow takes a while, and what goes somewhere by a distance has an offset.
  const mayReach = row.pattern.fields.some(({ name }) => name === "offset");
  const reaches = mayReach && (flowOf(row) === "goto" || flowOf(row) === "branch") ? [true, false] : [true];
  return lengths.flatMap((length) => reaches.map((near) => ({ row, length, near })));
}
