// Which handler runs what: numbers for every step an instruction can be.

import { flowOf } from "../isa/flow.js";
import { quickCsrs } from "../isa/quick-functions.js";
import type { Inline, Row } from "../isa/row.js";
import { compressible, rows } from "../isa/table.js";
import { fusedPairs } from "./fusion.js";
import { SpecialHandler, type Step } from "./interpreter.js";

export const handlers: readonly (readonly Step[])[] = listHandlers();

const numbers = new Map(handlers.map((steps, index) => [steps.map(stepKey).join(" "), index + SpecialHandler.count]));

export function handlerOf(step: Step): number {
  if (!("semantics" in step.row.meaning) && !step.inline) return SpecialHandler.host;
  return numbers.get(stepKey(step)) ?? SpecialHandler.illegal;
}

/// The handler of the two in a sequence, where there is one.
export function fusedHandler(first: Step, second: Step): number | undefined {
  return numbers.get(`${stepKey(first)} ${stepKey(second)}`);
}

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
  const reaches = flowOf(row) === "goto" || flowOf(row) === "branch" ? [true, false] : [true];
  return lengths.flatMap((length) => reaches.map((near) => ({ row, length, near })));
}
