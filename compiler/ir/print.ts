// The textual form of the IR.

import type { Block, Edge, Func, Module, Value } from "./types.js";

const nameOf = (value: Value) => (value.op === "const" ? `${value.imm}` : `%${value.id}`);
const list = (values: readonly Value[]) => values.map(nameOf).join(", ");
const typed = (values: readonly Value[]) => values.map((value) => `${nameOf(value)}: ${value.type}`).join(", ");
const edgeText = ({ to, args }: Edge) => `b${to.id}(${list(args)})`;

export function printModule(module: Module): string {
  const data = module.data.map(({ name, size, align }) => `data @${name}: ${size} align ${align}\n`).join("");
  return `${data}\n${module.functions.map(printFunction).join("\n")}`;
}

export function printFunction(fn: Func): string {
  return `function @${fn.name}${fn.result ? `: ${fn.result}` : ""} {\n${fn.blocks.map(printBlock).join("")}}\n`;
}

function printBlock(block: Block): string {
  const body = block.body.filter(({ op }) => op !== "const").map((value) => `  ${printValue(value)}\n`);
  return `b${block.id}(${typed(block.params)}):\n${body.join("")}  ${printEnd(block)}\n`;
}

function printValue(value: Value): string {
  const result = value.type ? `${nameOf(value)}: ${value.type} = ` : "";
  const offset = value.imm === 0n ? "" : ` + ${value.imm}`;
  switch (value.op) {
    case "global":
      return `${result}global @${value.symbol}${offset}`;
    case "slot":
      return `${result}slot ${value.symbol}: ${value.imm}`;
    case "load":
      return `${result}load.${value.memory} [${list(value.args)}${offset}]`;
    case "store":
      return `store.${value.memory} [${nameOf(value.args[0] as Value)}${offset}], ${nameOf(value.args[1] as Value)}`;
    case "call":
      return `${result}call @${value.symbol}(${list(value.args)})`;
    case "check":
      return `check ${list(value.args)} else trap "${value.reason}"`;
    default:
      return `${result}${value.op} ${list(value.args)}`;
  }
}

function printEnd({ end }: Block): string {
  switch (end.kind) {
    case "jump":
      return `jump ${edgeText(end.edges[0])}`;
    case "branch":
      return `branch ${nameOf(end.condition)}, ${edgeText(end.edges[0])}, ${edgeText(end.edges[1])}`;
    case "return":
      return end.value ? `return ${nameOf(end.value)}` : "return";
    case "trap":
      return `trap "${end.reason}"`;
  }
}
