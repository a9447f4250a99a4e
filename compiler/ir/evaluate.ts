// Runs the IR: the reference that passes and the back end are compared with.
// Memory is one flat array; static data lies from BASE up, then frames. Slow and simple.

import { evaluateOp, type PureOp } from "./ops.js";
import {
  entryOf,
  memoryBytes,
  type Block,
  type Edge,
  type Func,
  type MemoryType,
  type Module,
  type Value,
} from "./types.js";

const BASE = 0x1000,
  FRAMES = 0x10000;

export class Trap extends Error {}

export function evaluate(module: Module, name: string, args: bigint[]): bigint {
  const addresses = new Map<string, number>();
  let top = BASE;
  for (const { name, size, align } of module.data) {
    top = Math.ceil(top / align) * align;
    addresses.set(name, top);
    top += size;
  }
  const memory = new DataView(new ArrayBuffer(top + FRAMES));
  for (const { name, bytes } of module.data)
    bytes?.forEach((byte, index) => memory.setUint8((addresses.get(name) as number) + index, byte));
  return run(name, args);

  function run(name: string, args: bigint[]): bigint {
    const fn = module.functions.find((candidate) => candidate.name === name) as Func;
    const values = new Map<Value, bigint>();
    const read = (value: Value) => values.get(value) as bigint;
    const slots = new Map<string, bigint>();
    const slotOf = ({ symbol, imm }: Value) => {
      if (!slots.has(symbol)) slots.set(symbol, BigInt((top = Math.ceil(top / 8) * 8 + Number(imm)) - Number(imm)));
      return slots.get(symbol)!;
    };
    const frame = top;
    let block: Block = entryOf(fn);
    block.params.forEach((param, index) => values.set(param, args[index] as bigint));
    for (;;) {
      for (const value of block.body)
        values.set(value, value.op === "slot" ? slotOf(value) : step(value, value.args.map(read)));
      const { end } = block;
      if (end.kind === "return") {
        top = frame;
        return end.value ? read(end.value) : 0n;
      }
      if (end.kind === "trap") throw new Trap(end.reason);
      const edge: Edge = end.kind === "jump" || read(end.condition) !== 0n ? end.edges[0] : end.edges[1];
      const incoming = edge.args.map(read);
      edge.to.params.forEach((param, index) => values.set(param, incoming[index] as bigint));
      block = edge.to;
    }
  }

  function step(value: Value, [a = 0n, b = 0n, ...rest]: bigint[]): bigint {
    switch (value.op) {
      case "const":
        return value.imm;
      case "global":
        return BigInt(addresses.get(value.symbol) as number) + value.imm;
      case "load":
        return load(value.memory, Number(a + value.imm));
      case "store":
        return store(value.memory, Number(a + value.imm), b);
      case "call":
        return run(value.symbol, [a, b, ...rest]);
      case "check":
        if (a === 0n) throw new Trap(value.reason);
        return 0n;
      case "slot":
      case "param":
        throw new Error(`${value.op} is no step`);
      default:
        return evaluateOp(value.op as PureOp, value.args[0]?.type ?? "i64", value.type ?? "i64", a, b);
    }
  }

  function load(type: MemoryType, address: number): bigint {
    const bits = memoryBytes[type] * 8;
    let value = 0n;
    for (let byte = bits / 8 - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(memory.getUint8(address + byte));
    return type.startsWith("u") ? value : BigInt.asIntN(bits, value);
  }

  function store(type: MemoryType, address: number, value: bigint): bigint {
    for (let byte = 0; byte < memoryBytes[type]; byte++)
      memory.setUint8(address + byte, Number(BigInt.asUintN(8, value >> BigInt(byte * 8))));
    return 0n;
  }
}
