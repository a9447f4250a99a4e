// The verifier: what every pass may rely on and must leave true.
//   1. edge arguments match the target's parameters in number and type;
//   2. operands have the types that the operation's row asks for, and calls,
//      returns and memory accesses those of what they name;
//   3. each value is defined once, and its definition dominates its uses;
//   4. a `result` stands right after its call or asm (or after another result of it).

import { dominatorsOf } from "./graph.js";
import { bitsOf, kindOf, operationOf, type Kind } from "./ops.js";
import { loadedType, usesOfEnd, type Block, type Func, type Module, type Type, type Value } from "./types.js";

type Fail = (message: string) => never;

export function verifyModule(module: Module, after = "lowering"): void {
  const byName = new Map(module.functions.map((fn) => [fn.name, fn]));
  if (byName.size < module.functions.length) throw new Error(`two functions of one name after ${after}`);
  for (const root of module.roots) if (!byName.has(root)) throw new Error(`no root ${root} after ${after}`);
  for (const fn of module.functions) verify(fn, after, byName, module.externals);
}

/// `after`: the pass to name in the message. Calls are compared with `callees`, where it is given.
export function verify(fn: Func, after = "lowering", callees?: ReadonlyMap<string, Func>, externals?: ReadonlySet<string>): void {
  const fail: Fail = (message) => {
    throw new Error(`${fn.name} after ${after}: ${message}`);
  };
  if (fn.naked) {
    if (fn.blocks.length > 0) fail("a naked function has no blocks");
    return;
  }
  if (fn.results.length > 4) fail("more than four results");
  const dominators = dominatorsOf(fn);
  const home = findHomes(dominators.order, fail);
  const checkUse = (value: Value, block: Block, index: number) => {
    const place = home.get(value) ?? fail(`%${value?.id} (${value?.op}) is used in b${block.id} and not defined`);
    const before = place.block === block ? place.index < index : dominators.dominates(place.block, block);
    if (!before) fail(`%${value.id} does not dominate its use in b${block.id}`);
  };
  const blocks = new Set(fn.blocks);
  const owned = new Set<readonly Value[]>();
  // Whoever changes its own in place would change the other's.
  const own = (operands: readonly Value[]) => (owned.has(operands) ? fail("operands belong to two") : owned.add(operands));
  for (const block of dominators.order) {
    block.body.forEach((value, index) => {
      own(value.args);
      for (const arg of value.args) checkUse(arg, block, index);
      checkValue(value, fail);
      if (value.op === "call" && callees && !externals?.has(value.symbol)) checkCall(value, callees.get(value.symbol), fail);
      if (value.op === "result") checkResult(value, block.body[index - 1], fail);
    });
    for (const value of usesOfEnd(block.end)) checkUse(value, block, Infinity);
    if (block.end.kind === "return") own(block.end.values);
    for (const { to, args } of block.end.edges) {
      own(args);
      if (!blocks.has(to)) fail(`b${block.id} goes to b${to.id}, which is not in the function`);
      if (!agree(args, typesOf(to.params)))
        fail(`arguments (${typesOf(args)}) from b${block.id} to b${to.id} (${typesOf(to.params)})`);
    }
    if (block.end.kind === "return" && !agree(block.end.values, fn.results))
      fail(`b${block.id} returns (${typesOf(block.end.values)}), not (${fn.results})`);
  }
}

const typesOf = (values: readonly Value[]) => values.map((value) => value?.type);
const agree = (values: readonly Value[], types: readonly (Type | undefined)[]) =>
  values.length === types.length && values.every((value, index) => value?.type === types[index]);

function findHomes(order: readonly Block[], fail: Fail): Map<Value, { block: Block; index: number }> {
  const home = new Map<Value, { block: Block; index: number }>();
  const define = (value: Value, block: Block, index: number) => {
    if (home.has(value)) fail(`%${value.id} is defined twice`);
    home.set(value, { block, index });
  };
  for (const block of order) {
    for (const param of block.params) define(param, block, -1);
    block.body.forEach((value, index) => define(value, block, index));
  }
  return home;
}

function checkValue(value: Value, fail: Fail): void {
  const shape = shapeOf(value);
  if (!shape) return;
  const { args, type } = shape;
  if (value.type !== type || !agree(value.args, args))
    fail(`types of %${value.id} = ${value.op}: (${typesOf(value.args)}) to ${value.type}`);
}

/// The types that a value's operands and result must have; undefined where its callee says.
function shapeOf(value: Value): { args: (Type | undefined)[]; type: Type | undefined } | undefined {
  const held = loadedType(value.memory);
  const first = value.args[0]?.type;
  const operation = operationOf(value.op);
  if (operation) {
    const { operands = "integer", result, arity } = operation;
    const operand = fitting(operands, first);
    const type = result === "same" ? operand : fitting(result, value.type);
    const isBits = value.op === "ftobits" || value.op === "frombits";
    if (isBits && first && type && bitsOf(first) !== bitsOf(type)) return { args: [operand], type: undefined };
    return { args: Array(arity).fill(operand), type };
  }
  switch (value.op) {
    case "global":
    case "slot":
    case "register":
      return { args: [], type: "i64" };
    case "load":
      return { args: ["i64"], type: held };
    case "store":
      return { args: ["i64", held], type: undefined };
    case "atomic":
      return { args: value.atomic === "cas" ? ["i64", held, held] : ["i64", held], type: held };
    case "check":
      return { args: [first], type: undefined };
    case "asm":
      return { args: value.asm?.inputs.map((_, index) => value.args[index]?.type) ?? [], type: value.asm?.outputs[0]?.type };
    default:
      return undefined;
  }
}

/// The type itself where it is of the kind that is asked for.
function fitting(asked: Kind | Type, type: Type | undefined): Type | undefined {
  if (asked !== "integer" && asked !== "float") return asked;
  return type && kindOf(type) === asked ? type : undefined;
}

function checkCall(call: Value, callee: Func | undefined, fail: Fail): void {
  if (!callee) return fail(`no function ${call.symbol} to call`);
  if (call.type !== callee.results[0]) fail(`${call.symbol} results in (${callee.results}), not ${call.type}`);
  const params = callee.blocks[0]?.params;
  if (params && !agree(call.args, typesOf(params)))
    fail(`${call.symbol} takes (${typesOf(params)}), not (${typesOf(call.args)})`);
}

function checkResult(value: Value, before: Value | undefined, fail: Fail): void {
  const [source] = value.args;
  const follows = before === source || (before?.op === "result" && before.args[0] === source);
  if (!follows || !source || !["call", "callIndirect", "asm"].includes(source.op) || value.imm < 1n)
    fail(`%${value.id} does not follow what it is a result of`);
}
