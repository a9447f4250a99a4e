// Runs the functions of comptime(…), as WebAssembly, and keeps their results as bytes, with what these point to: what
// one of them reads of another's is made before.

import { Trap } from "../ir/evaluate.js";
import { memoryBytes, type Location, type Module } from "../ir/types.js";
import { dropUnnamed, namesIn } from "../passes/inline.js";
import { WasmProgram } from "../wasm/program.js";
import { Remains, type Add } from "./remains.js";
import { leavesOf, resultTypes } from "./representation.js";
import type { Global } from "./tree.js";
import { sizeOf } from "./types.js";

export interface Failure {
  readonly reason: string;
  readonly isCircle: boolean;
  readonly location: Location | undefined;
}

/// `made`: those that a function of the module makes; `named`: the names of all static data. `add`: a place for more.
export function runCompileTime(module: Module, made: readonly Global[], named: ReadonlySet<string>, add: Add): Failure[] {
  dropUnnamed(module);
  // Where a result is put that nothing else names.
  for (const { name, type } of made)
    if (!module.data.some((data) => data.name === name))
      module.data.push({ name, size: sizeOf(type), align: 16, bytes: undefined, readonly: false, relocations: [] });
  const program = new WasmProgram(module);
  const remains = new Remains(program, named);
  const failures: Failure[] = [];
  const { order, circle } = inOrder(module, made);
  if (circle) failures.push({ reason: circle.name, isCircle: true, location: locationOf(module, circle) });
  for (const global of order) {
    try {
      global.bytes = resultBytes(program, global);
      const place = program.addressOf(global.name);
      program.writeMemory(place, global.bytes);
      remains.follow(global.type, place, global);
      program.keep(remains.end);
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      failures.push({ reason: error.reason, isCircle: false, location: error.location ?? locationOf(module, global) });
    }
  }
  if (failures.length === 0) remains.finish(made, add);
  return failures;
}

const locationOf = ({ functions }: Module, { comptime }: Global) => functions.find(({ name }) => name === comptime)?.location;

/// Each after those that its function can reach.
function inOrder(module: Module, globals: readonly Global[]): { order: Global[]; circle: Global | undefined } {
  const functions = new Map(module.functions.map((fn) => [fn.name, fn]));
  const known = new Map(globals.map((global) => [global.name, global]));
  const needs = (global: Global): Global[] => {
    const seen = new Set<string>();
    const work = [global.comptime ?? ""];
    for (let name = work.pop(); name !== undefined; name = work.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      const fn = functions.get(name);
      if (fn) work.push(...namesIn(fn));
      const data = module.data.find((item) => item.name === name);
      if (data) work.push(...data.relocations.map(({ symbol }) => symbol));
    }
    return [...seen].flatMap((name) => known.get(name) ?? []);
  };
  const order: Global[] = [];
  const busy = new Set<Global>();
  let circle: Global | undefined;
  const visit = (global: Global): void => {
    if (order.includes(global)) return;
    if (busy.has(global)) {
      circle ??= global;
      return;
    }
    busy.add(global);
    for (const other of needs(global)) visit(other);
    order.push(global);
  };
  globals.forEach(visit);
  return { order, circle };
}

function resultBytes(program: WasmProgram, { name, type, comptime = "" }: Global): Uint8Array {
  const size = sizeOf(type);
  if (!resultTypes(type)) {
    const place = program.addressOf(name);
    program.call(comptime, [BigInt(place)]);
    return program.readMemory(place, size);
  }
  const bytes = new Uint8Array(size);
  const results = program.call(comptime);
  leavesOf(type)?.forEach(({ offset, memory }, index) => {
    for (let byte = 0; byte < memoryBytes[memory]; byte++)
      bytes[offset + byte] = Number(((results[index] ?? 0n) >> BigInt(8 * byte)) & 0xffn);
  });
  return bytes;
}
