// From the typed tree to the IR: statements and control flow. Loops are
// lowered with the test at the top; the rotation pass turns them.

import { Builder } from "../ir/builder.js";
import { newBlock, type Block, type Data, type Func, type Module } from "../ir/types.js";
import { lower, lowerCondition, type Lowering } from "./lower-expression.js";
import { irTypes } from "./representation.js";
import type { FunctionTree, Global, ProgramTree, Statement } from "./tree.js";
import { alignOf, sizeOf } from "./types.js";

export interface LowerOptions {
  readonly boundsChecks: boolean;
}

export function lowerProgram(tree: ProgramTree, options: LowerOptions): Module {
  return { functions: tree.functions.map((fn) => lowerFunction(fn, options)), data: tree.globals.map(lowerGlobal) };
}

function lowerGlobal({ name, type, initial }: Global): Data {
  const size = sizeOf(type);
  const each = size / (initial?.length ?? 1);
  const bytes =
    initial &&
    Uint8Array.from({ length: size }, (_, byte) =>
      Number((initial[Math.floor(byte / each)]! >> BigInt((byte % each) * 8)) & 0xffn),
    );
  return { name, size, align: Math.max(alignOf(type), 8), bytes };
}

function lowerFunction(tree: FunctionTree, options: LowerOptions): Func {
  const fn: Func = { name: tree.name, result: irTypes(tree.result)[0], blocks: [], nextId: 0 };
  const builder = new Builder(fn);
  const lowering: Lowering = { builder, variables: new Map(), boundsChecks: options.boundsChecks };
  for (const local of tree.params) {
    const variables = irTypes(local.type).map((type) => ({ type }));
    lowering.variables.set(local, variables);
    for (const variable of variables) builder.write(variable, builder.parameter(variable.type));
  }
  lowerAll(lowering, tree.body, undefined);
  if (!fn.result) builder.end({ kind: "return", value: undefined, edges: [] }, builder.block);
  return fn;
}

interface LoopTargets {
  readonly next: Block;
  readonly exit: Block;
}

function lowerAll(lowering: Lowering, statements: readonly Statement[], loop: LoopTargets | undefined): void {
  for (const statement of statements) lowerStatement(lowering, statement, loop);
}

function lowerStatement(lowering: Lowering, statement: Statement, loop: LoopTargets | undefined): void {
  const { builder } = lowering;
  switch (statement.kind) {
    case "expr":
      lower(lowering, statement.expr);
      break;
    case "let": {
      const values = lower(lowering, statement.initial);
      const variables = irTypes(statement.local.type).map((type) => ({ type }));
      lowering.variables.set(statement.local, variables);
      variables.forEach((variable, index) => builder.write(variable, values[index]!));
      break;
    }
    case "block":
      lowerAll(lowering, statement.body, loop);
      break;
    case "if": {
      const [then, otherwise, after] = [newBlock(builder.fn), newBlock(builder.fn), newBlock(builder.fn)];
      lowerCondition(lowering, statement.condition, then, otherwise, then);
      builder.seal(then);
      builder.seal(otherwise);
      lowerAll(lowering, statement.then, loop);
      builder.jump(after, otherwise);
      lowerAll(lowering, statement.otherwise, loop);
      builder.jump(after);
      builder.seal(after);
      break;
    }
    case "loop":
      lowerLoop(lowering, statement);
      break;
    case "break":
      if (loop) builder.jump(loop.exit, builder.unreachable());
      break;
    case "continue":
      if (loop) builder.jump(loop.next, builder.unreachable());
      break;
    case "return": {
      const [value] = statement.value ? lower(lowering, statement.value) : [];
      builder.end({ kind: "return", value, edges: [] }, builder.unreachable());
      break;
    }
  }
}

function lowerLoop(
  lowering: Lowering,
  { condition, body, step, testFirst }: Extract<Statement, { kind: "loop" }>,
): void {
  const { builder } = lowering;
  const [test, start, next, exit] = [
    newBlock(builder.fn),
    newBlock(builder.fn),
    newBlock(builder.fn),
    newBlock(builder.fn),
  ];
  builder.jump(testFirst ? test : start, test);
  if (condition) lowerCondition(lowering, condition, start, exit, start);
  else builder.jump(start);
  if (testFirst) builder.seal(start);
  lowerAll(lowering, body, { next, exit });
  builder.jump(next);
  builder.seal(next);
  if (step) lower(lowering, step);
  builder.jump(test, exit);
  for (const block of [test, start, exit]) builder.seal(block);
}
