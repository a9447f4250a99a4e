// Running passes: over each function in turn, or over the module as a whole.

import type { Func, Module } from "../ir/types.js";

/// A pass over one function, which may add to the module's data; false: it has changed nothing.
export type FunctionPass = (fn: Func, module: Module) => unknown;
export type Step = { readonly over: "function"; readonly run: FunctionPass } | { readonly over: "module"; readonly run: (module: Module) => void };

/// The passes that have nothing to do in a function: they ran, and nothing has changed it since. Each of them, run a
/// second time, would leave it as it is.
const settled = new WeakMap<Func, Set<FunctionPass>>();
export const each = (pass: FunctionPass): Step => ({
  over: "function",
  run: (fn, module) => {
    if (fn.naked) return;
    const done = settled.get(fn) ?? new Set();
    settled.set(fn, done);
    if (done.has(pass)) return;
    if (pass(fn, module) !== false) done.clear();
    done.add(pass);
  },
});
/// One pass, and where it has changed something another.
export const inTurn =
  (first: FunctionPass, second: FunctionPass): FunctionPass =>
  (fn, module) => {
    const isChanged = first(fn, module);
    if (isChanged) second(fn, module);
    return isChanged;
  };
/// A pass that changes functions as it likes.
export const whole = (pass: (module: Module) => void): Step => ({
  over: "module",
  run: (module) => {
    pass(module);
    module.functions.forEach(unsettle);
  },
});

/// Others have become a part of it: what had nothing to do there may have now.
export function unsettle(fn: Func): void {
  settled.delete(fn);
}

/// Runs passes over a module: one function through all that follow each other before the next, so that what a pass
/// leaves is near for those after it, and gone soon.
export function runAll(steps: readonly Step[], module: Module): void {
  let waiting: FunctionPass[] = [];
  const catchUp = () => {
    for (const fn of module.functions) for (const run of waiting) run(fn, module);
    waiting = [];
  };
  for (const step of steps) {
    if (step.over === "function") waiting.push(step.run);
    else {
      catchUp();
      step.run(module);
    }
  }
  catchUp();
}
