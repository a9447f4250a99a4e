// `--stats`: what a run was made of, on stderr at its end.

import { tlbFills } from "../cpu/tlb.js";
import type { Machine } from "../machine/machine.js";
import { residentRam } from "./resident.js";

const MIB = 2 ** 20;

/// `seconds` is the whole run's time on the host.
export function describeStatistics(machine: Machine, seconds: number): string {
  const { jit, retired } = machine;
  const fills = Object.entries(tlbFills(machine.memory)).map(([access, { compiled, hosted }]) => `${compiled + hosted} ${access} (${hosted} by TypeScript)`);
  return `${[...(jit ? describeJit(jit, retired, seconds) : [`interpreter: ${retired} instructions`]), `tlb: filled for ${fills.join(", ")}`, describeMemory(machine)].join("\n")}\n`;
}

function describeJit(jit: NonNullable<Machine["jit"]>, retired: number, seconds: number): string[] {
  const { regions, modules, instructions, bytes, invalidated, evicted, translateTime, compileTime, compiledTime, interpretedTime } = jit.statistics;
  const { executed } = jit;
  const rest = seconds * 1000 - compiledTime - interpretedTime - translateTime - compileTime;
  const reasons = Object.entries(jit.exits).sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} ${reason}`);
  return [
    `compiled: ${executed} instructions in ${compiledTime.toFixed(0)} ms`,
    `interpreter: ${retired - executed} instructions in ${interpretedTime.toFixed(0)} ms`,
    `jit: ${regions} regions of ${instructions} instructions in ${modules} modules of ${bytes} bytes, ${jit.store.size} in ${jit.store.modules} at the end; ${invalidated} went stale, ${evicted} were evicted`,
    `jit: translated in ${translateTime.toFixed(0)} ms, compiled in ${compileTime.toFixed(0)} ms; all else took ${rest.toFixed(0)} ms`,
    `jit: left for ${reasons.join(", ") || "nothing"}`,
  ];
}

function describeMemory({ memory, code }: Machine): string {
  const total = process.memoryUsage.rss(), ram = residentRam(memory);
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(0)} MiB`;
  const parts = ram === undefined ? "" : `, ${mib(ram)} of it the guest's RAM, ${mib(total - ram)} not`;
  return `memory: ${mib(total)} resident${parts}; ${code.size} pages of code decoded`;
}
