// Inlining, callees first: small functions, and those with one call. A
// function that nothing calls any more is dropped.

import type { Func, Module, Value } from "../ir/types.js";
import { entryOf, newBlock, newConst, newValue } from "../ir/types.js";
import { cloneBlocks } from "./clone.js";

const SMALL = 40;

const callsOf = (fn: Func) => fn.blocks.flatMap(({ body }) => body.filter(({ op }) => op === "call"));
const sizeOf = (fn: Func) =>
  fn.blocks.reduce((sum, { body }) => sum + body.filter(({ op }) => op !== "const").length + 1, 0);

export function inline(module: Module, roots: readonly string[]): void {
  const byName = new Map(module.functions.map((fn) => [fn.name, fn]));
  const callCount = new Map<string, number>();
  for (const { symbol } of module.functions.flatMap(callsOf)) callCount.set(symbol, (callCount.get(symbol) ?? 0) + 1);
  const isRecursive = (fn: Func) => callsOf(fn).some(({ symbol }) => symbol === fn.name);
  const done = new Set<Func>();
  const visit = (fn: Func) => {
    if (done.has(fn)) return;
    done.add(fn);
    for (const call of callsOf(fn)) {
      const callee = byName.get(call.symbol) as Func;
      visit(callee);
      if (callee !== fn && !isRecursive(callee) && (sizeOf(callee) <= SMALL || callCount.get(callee.name) === 1))
        inlineCall(fn, call, callee);
    }
  };
  module.functions.forEach(visit);

  const kept = new Set<string>();
  const keep = (name: string) => {
    if (kept.has(name)) return;
    kept.add(name);
    for (const { symbol } of callsOf(byName.get(name) as Func)) keep(symbol);
  };
  roots.forEach(keep);
  module.functions = module.functions.filter(({ name }) => kept.has(name));
}

/// Splits the block at the call; the callee's returns become jumps to the second half.
function inlineCall(fn: Func, call: Value, callee: Func): void {
  const block = fn.blocks.find(({ body }) => body.includes(call))!;
  const after = newBlock(fn);
  const { blocks: copies } = cloneBlocks(callee.blocks, fn);
  const position = block.body.indexOf(call);
  after.body = block.body.splice(position).slice(1);
  after.end = block.end;
  block.end = { kind: "jump", edges: [{ to: copies.get(entryOf(callee))!, args: call.args }] };
  for (const copy of copies.values()) {
    if (copy.end.kind !== "return") continue;
    copy.end = { kind: "jump", edges: [{ to: after, args: copy.end.value && call.type ? [copy.end.value] : [] }] };
  }
  if (!call.type) return;
  const result = newValue(fn, "param", call.type, []);
  after.params.push(result);
  // The call's own value is now the parameter: an addition of zero that folding removes.
  const zero = newConst(fn, call.type, 0n);
  Object.assign(call, { op: "add", args: [result, zero], symbol: "" });
  after.body.unshift(zero, call);
}
