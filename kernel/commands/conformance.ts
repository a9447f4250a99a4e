// The conformance suite: programs in test/guest/kernel, each of which runs as init on a kernel, by an initial RAM
// disk, and prints "ok NAME" or "FAILED NAME: why" for each check and "N passed, N failed" at its end.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../compiler/commands/package-root.js";
import { formatDiagnostic } from "../../compiler/frontend/diagnostics.js";
import type { HartObserver } from "../../emulator/cpu/trap.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { Machine } from "../../emulator/machine/machine.js";
import { type ArchiveFile, writeArchive } from "./archive.js";
import { buildElf, buildImageWith } from "./build.js";

export interface Check {
  readonly name: string;
  /// Why it failed.
  readonly failure?: string;
}

export interface GroupResult {
  readonly group: string;
  readonly checks: readonly Check[];
  /// Why the program did not come to its end.
  readonly died?: string;
  readonly instructions: number;
}

export interface GroupOptions {
  readonly kernel: Uint8Array;
  /// How messages call it.
  readonly kernelName?: string;
  readonly initrd: Uint8Array;
  readonly harts?: number;
  readonly engine?: "interpreter" | "jit";
  /// Instructions that a hart runs before it is the next one's turn.
  readonly turn?: number;
  readonly observer?: HartObserver;
  /// Hears of the machine before it runs.
  readonly prepare?: (machine: Machine) => void;
  readonly maxInstructions?: number;
}

const FOLDER = "test/guest/kernel";
export const RAM_BYTES = 128 * 2 ** 20;
/// Bounds a guest that hangs.
const MAX_INSTRUCTIONS = 4_000_000_000;
/// What is typed when a program starts.
export const TYPED = "abc";

/// By name.
export function groups(): string[] {
  const names = readdirSync(join(packageRoot(), FOLDER)).filter((name) => name.endsWith(".ts"));
  return names.map((name) => name.slice(0, -3)).sort();
}

/// The kernel without programs of its own. `pathCache`: with the cache of IPC paths.
export async function buildKernel(pathCache = false): Promise<Uint8Array> {
  const path = join(packageRoot(), "kernel/ipc/path-cache.ts");
  const built = await buildImageWith({}, undefined, pathCache ? new Map([[path, readFileSync(path, "utf8").replace("PATH_CACHE = false;", "PATH_CACHE = true;")]]) : undefined);
  if ("image" in built) return built.image.kernel;
  throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
}

/// The initial RAM disk with a program as init.
export function buildInitrd(mainFile: string): Promise<Uint8Array> {
  return buildFiles(mainFile, []);
}

/// The same with files beside it.
export async function buildFiles(mainFile: string, files: readonly ArchiveFile[]): Promise<Uint8Array> {
  const { bytes, diagnostics } = await buildElf(mainFile, "user");
  if (!bytes) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return writeArchive([{ name: "init", bytes }, ...files]);
}

export function buildGroup(group: string): Promise<Uint8Array> {
  return buildInitrd(`${FOLDER}/${group}.ts`);
}

/// Boots a kernel with an initial RAM disk; the console's text and how it ended.
export function boot({ kernel, kernelName = "kernel.elf", initrd, harts = 1, engine, turn, observer, prepare, maxInstructions = MAX_INSTRUCTIONS }: GroupOptions): { text: string; end: string; instructions: number } {
  const output: number[] = [];
  const plan = planBoot({ kernel: { name: kernelName, bytes: kernel }, initrd: { name: "initrd", bytes: initrd }, ramBytes: RAM_BYTES, harts });
  const machine = new Machine({ boot: plan, transmit: (byte) => output.push(byte), ...(engine && { engine }), ...(turn && { turn }), ...(observer && { observer }) });
  machine.board.uart.receive(new TextEncoder().encode(TYPED));
  prepare?.(machine);
  const outcome = machine.run(maxInstructions);
  const end = outcome.kind === "finished" ? outcome.how.kind : outcome.kind === "budget" ? `no end within ${maxInstructions} instructions` : outcome.kind;
  return { text: new TextDecoder().decode(Uint8Array.from(output)), end, instructions: machine.retired };
}

export function runGroup(group: string, options: GroupOptions): GroupResult {
  const { text, end, instructions } = boot(options);
  return { group, ...readReport(text, end), instructions };
}

/// What a program printed.
export function readReport(text: string, end: string): { checks: Check[]; died?: string } {
  const lines = text.replaceAll("\r", "").trimEnd().split("\n");
  const checks = lines.flatMap((line): Check[] => {
    if (line.startsWith("ok ")) return [{ name: line.slice(3) }];
    if (!line.startsWith("FAILED ")) return [];
    const [name = "", failure = "it does not hold"] = line.slice(7).split(": ");
    return [{ name, failure }];
  });
  const failed = checks.filter(({ failure }) => failure !== undefined).length;
  const isWhole = lines.at(-1) === `${checks.length - failed} passed, ${failed} failed`;
  return isWhole ? { checks } : { checks, died: `${end}: ${lines.at(-1) || "it printed nothing"}` };
}
