// Inlining, callees first: small functions, those with one call, and those
// that ask for it. A function that nothing names any more is dropped.

import {
  entryOf,
  newBlock,
  newConst,
  newValue,
  type Asm,
  type Block,
  type Data,
  type Func,
  type Location,
  type Module,
  type Value,
} from "../ir/types.js";
import { isFloat } from "../ir/ops.js";
import { cloneBlocks } from "./clone.js";

/// Instructions in a function that is faster in place of its call, and in one that is smaller so.
export const FAST = 40;
export const SMALL = 10;
/// Instructions from which on a function takes in only what asks for it.
const LARGE = 1000;

const nowhere: Location = { file: 0, line: 0, column: 0 };
export const callsOf = (fn: Func) => fn.blocks.flatMap(({ body }) => body.filter(({ op }) => op === "call"));
export function sizeOf({ blocks }: Func): number {
  let size = blocks.length;
  for (const { body } of blocks) for (const { op } of body) if (op !== "const") size++;
  return size;
}

export const inlineForSize = (module: Module): void => inline(module, SMALL);

export function inline(module: Module, limit = FAST): void {
  const byName = new Map(module.functions.map((fn) => [fn.name, fn]));
  const callCount = countNames([...module.roots, ...module.functions.flatMap(namesIn), ...module.data.flatMap(relocated)]);
  const state = new Map<Func, "open" | "done">();
  const visit = (fn: Func) => {
    if (state.has(fn)) return;
    state.set(fn, "open");
    inlineCalls(fn, (call) => {
      const callee = byName.get(call.symbol);
      if (!callee) return undefined;
      visit(callee);
      if (state.get(callee) === "open") return undefined;
      return isWorthIt(callee, sizeOf(callee), callCount.get(callee.name) === 1, fn, limit) ? callee : undefined;
    });
    state.set(fn, "done");
  };
  module.functions.forEach(visit);
  dropUnnamed(module);
}

/// `size`: the callee's; `isOnly`: nothing else calls it.
export function isWorthIt(callee: Pick<Func, "naked" | "attributes">, size: number, isOnly: boolean, caller: Func, limit: number): boolean {
  const { inline, cold, section } = callee.attributes;
  if (callee.naked || inline === "never") return false;
  if (inline === "always") return true;
  if (cold || (section !== undefined && section !== caller.attributes.section)) return false;
  return size <= limit || (isOnly && sizeOf(caller) < LARGE);
}

/// How often each function is named; whatever names one may call it too.
export function countNames(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/// Functions and data that nothing names, seen from the roots, go.
export function dropUnnamed(module: Module): void {
  const kept = reachable(module.roots, module.functions, namesIn, module.data);
  module.functions = module.functions.filter(({ name }) => kept.has(name));
  module.data = module.data.filter(({ name }) => kept.has(name));
}

/// The names of functions and data that the roots lead to.
export function reachable<Fn extends Pick<Func, "name" | "attributes">>(roots: readonly string[], all: readonly Fn[], namesOf: (fn: Fn) => readonly string[], items: readonly Data[]): Set<string> {
  const functions = new Map(all.map((fn) => [fn.name, fn]));
  const symbols = new Map(all.map((fn) => [fn.attributes.symbol ?? fn.name, fn.name]));
  const data = new Map(items.map((item) => [item.name, item]));
  const kept = new Set<string>();
  const work = [...roots];
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    name = functions.has(name) ? name : (symbols.get(name) ?? name);
    if (kept.has(name)) continue;
    kept.add(name);
    const [fn, item] = [functions.get(name), data.get(name)];
    if (fn) work.push(...namesOf(fn));
    if (item) work.push(...relocated(item));
  }
  return kept;
}

export const relocated = ({ relocations }: Data) => relocations.map(({ symbol }) => symbol);

/// Every symbol that a function's code names; in assembly also words that may be one.
export function namesIn(fn: Func): string[] {
  const names: string[] = [];
  const inAsm = fn.naked ? namesInAsm(fn.naked) : [];
  for (const { body } of fn.blocks)
    for (const { op, symbol, asm } of body) {
      if (op === "call" || op === "global") names.push(symbol);
      if (asm) inAsm.push(...namesInAsm(asm));
    }
  return [...names, ...inAsm];
}

function namesInAsm({ lines }: Asm): string[] {
  return lines.flat().flatMap((part) => (part.kind === "symbol" ? [part.symbol] : part.kind === "text" ? (part.text.match(/[\w.$]+/g) ?? []) : []));
}

/// Asks of each call in its turn for the function to take its place, if any.
export function inlineCalls(fn: Func, decide: (call: Value) => Func | undefined): void {
  for (const block of [...fn.blocks]) {
    let rest = block;
    for (const call of block.body.filter(({ op }) => op === "call")) {
      const callee = decide(call);
      if (callee) rest = inlineCall(fn, rest, call, callee);
    }
  }
}

/// Splits the block at the call; the callee's returns become jumps to the second half, which is the result.
function inlineCall(fn: Func, block: Block, call: Value, callee: Func): Block {
  const after = newBlock(fn);
  const slots = `${callee.name}/`;
  // Without the caller's point the copy would look like the caller itself.
  const { blocks: copies } = cloneBlocks(callee.blocks, fn, { site: call.location ?? nowhere, slots });
  for (const slot of callee.promoted) fn.promoted.add(`${slots}${slot}`);
  const position = block.body.indexOf(call);
  after.body = block.body.splice(position).slice(1);
  after.end = block.end;
  block.end = { kind: "jump", edges: [{ to: copies.get(entryOf(callee)) as Block, args: call.args }] };
  for (const copy of copies.values()) {
    // A slot's name is its function's own; copies of one function share theirs, for they are never in use at once.
    for (const value of copy.body) if (value.op === "slot") value.symbol = `${slots}${value.symbol}`;
    if (copy.end.kind === "return") copy.end = { kind: "jump", edges: [{ to: after, args: copy.end.values }] };
  }
  after.params = callee.results.map((type) => newValue(fn, "param", type, []));
  // The call and its further results are now the parameters: operations that change nothing, which folding removes.
  let further = 0;
  while (after.body[further]?.op === "result") further++;
  const stands = [...(call.type ? [call] : []), ...after.body.splice(0, further)].flatMap((value) => {
    const param = after.params[value === call ? 0 : Number(value.imm)] as Value;
    const zero = newConst(fn, param.type!, 0n);
    const same = isFloat(param.type) ? { op: "fcopysign" as const, args: [param, param] } : { op: "add" as const, args: [param, zero] };
    return [zero, Object.assign(value, { ...same, symbol: "", imm: 0n })];
  });
  after.body.unshift(...stands);
  return after;
}
