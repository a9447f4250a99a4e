// `npm run bench:kernel`: how many instructions the kernel takes from trap to sret, on the way that each
// kind of trap takes most often. Counts are exact, so test/bench/ratchet.json keeps them: `--check` fails
// where one has risen by more than 1 %, `--update` writes them anew, `--json` prints them for programs.
//
// The guest is the image that `npm start` boots, with a script for its shell.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HartObserver, Trap } from "../../emulator/cpu/trap.js";
import { TrapMeter } from "../../emulator/cpu/trap-meter.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { syscalls } from "../abi/syscalls.js";
import { formatDiagnostic } from "../../compiler/frontend/diagnostics.js";
import { buildImage } from "./build.js";
import { packageRoot } from "./package-root.js";

const SCRIPT = "ping 200000\nexit\n";
const RAM_BYTES = 128 * 2 ** 20;
const MAX_INSTRUCTIONS = 2_000_000_000;
const USER = 0;
const A7 = 17;
const ECALL_FROM_USER = 8, TIMER = 5, EXTERNAL = 9;
/// Above this a count may rise no more.
const TOLERANCE = 1.01;

const names = new Map<number, string>(Object.entries(syscalls).map(([name, { number }]) => [number, name]));

/// Counts by kind of trap: how often each number of instructions was seen.
function measure(kernel: Uint8Array): Map<string, Map<number, number>> {
  const counts = new Map<string, Map<number, number>>();
  const kinds: (string | undefined)[] = [];
  const boot = planBoot({ kernel: { name: "kernel.elf", bytes: kernel }, ramBytes: RAM_BYTES, harts: 1 });
  const meter = new TrapMeter((trap) => trap.from === USER);
  const observer: HartObserver = {
    trapped: (hart, trap) => {
      meter.trapped(hart, trap);
      if (trap.from === USER) kinds.push(kindOf(trap, Number(hart.readRegister(A7))));
    },
    returned: (hart, from) => meter.returned(hart, from),
  };
  const machine = new Machine({ boot, observer });
  machine.board.uart.receive(new TextEncoder().encode(SCRIPT));
  const outcome = machine.run(MAX_INSTRUCTIONS);
  if (outcome.kind !== "finished") throw new Error(`the guest ended with ${outcome.kind}`);
  meter.finished.forEach(({ instructions }, index) => {
    const kind = kinds[index];
    if (kind === undefined) return;
    const seen = counts.get(kind) ?? new Map<number, number>();
    counts.set(kind, seen.set(instructions, (seen.get(instructions) ?? 0) + 1));
  });
  return counts;
}

function kindOf({ interrupt, cause }: Trap, a7: number): string | undefined {
  if (!interrupt) return cause === ECALL_FROM_USER ? names.get(a7) : undefined;
  return cause === TIMER ? "timer tick" : cause === EXTERNAL ? "interrupt" : undefined;
}

function mostFrequent(seen: ReadonlyMap<number, number>): number {
  return [...seen].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/// What CI watches, and what docs quote.
function figures(counts: ReadonlyMap<string, ReadonlyMap<number, number>>): Record<string, number> {
  const rows = [...counts].map(([kind, seen]) => [kind, mostFrequent(seen)] as const).sort(([a], [b]) => a.localeCompare(b));
  const found: Record<string, number> = Object.fromEntries(rows);
  return { ...found, "round trip": (found.Call ?? 0) + (found.ReplyRecv ?? 0) };
}

function check(found: Readonly<Record<string, number>>, ratchet: Readonly<Record<string, number>>): string[] {
  return Object.entries(ratchet).flatMap(([kind, allowed]) => {
    const now = found[kind];
    if (now === undefined) return [`${kind} was not seen`];
    return now > allowed * TOLERANCE ? [`${kind} takes ${now} instructions, it took ${allowed}`] : [];
  });
}

async function main(options: readonly string[]): Promise<number> {
  const built = await buildImage();
  if ("diagnostics" in built) {
    process.stderr.write(`${built.diagnostics.map(formatDiagnostic).join("\n")}\n`);
    return 1;
  }
  const found = figures(measure(built.image.kernel));
  const path = join(packageRoot(), "test/bench/ratchet.json");
  if (options.includes("--update")) writeFileSync(path, `${JSON.stringify(found, undefined, 2)}\n`);
  if (options.includes("--json")) process.stdout.write(`${JSON.stringify(found)}\n`);
  else for (const [kind, instructions] of Object.entries(found)) process.stdout.write(`${kind.padEnd(12)}${String(instructions).padStart(6)}\n`);
  if (!options.includes("--check")) return 0;
  const risen = check(found, JSON.parse(readFileSync(path, "utf8")));
  for (const line of risen) process.stderr.write(`${line}\n`);
  return risen.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
