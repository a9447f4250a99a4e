// `typemetal conform`: runs the conformance suite on our kernel or on an image of the user's own.

import { readFileSync, writeFileSync } from "node:fs";
import { ExitCode } from "../../emulator/commands/exit-codes.js";
import type { Host } from "../../emulator/commands/host.js";
import { UsageError, parseCount } from "../../emulator/commands/run-options.js";
import { readElf } from "../../compiler/object/elf-read.js";
import { InvariantChecker } from "../../emulator/debug/invariant-checker.js";
import { planBoot } from "../../emulator/machine/loader.js";
import { RAM_BYTES, buildGroup, buildKernel, type GroupOptions, type GroupResult, groups, runGroup } from "./conformance.js";
import { groupText, jsonText, junitText, tapText, totalsOf } from "./conform-report.js";

export interface ConformOptions {
  readonly host: Host;
  /// Parts of names: of groups, or of "group: check".
  readonly filters: readonly string[];
  /// "2/8": the second of eight parts of the groups.
  readonly shard?: string;
  /// Path of an image that takes an initial RAM disk, in place of our kernel.
  readonly kernel?: string;
  readonly harts: string;
  readonly engine: "interpreter" | "jit";
  readonly json: boolean;
  readonly tap: boolean;
  /// Path that the JUnit report goes to.
  readonly junit?: string;
  readonly list: boolean;
  /// One of so many returns to user mode is checked for the kernel's invariants; "0": none.
  readonly invariants: string;
  /// Bounds each program.
  readonly maxInstructions: string;
}

/// The exit code: 1 where a check failed.
export async function conform(options: ConformOptions): Promise<number> {
  const { host, filters, json, tap } = options;
  const chosen = chooseGroups(options);
  if (options.list) {
    host.stdout.write(`${chosen.join("\n")}\n`);
    return ExitCode.ok;
  }
  const harts = readHarts(options.harts);
  const every = parseCount("--invariants", options.invariants), maxInstructions = parseCount("--max-instructions", options.maxInstructions);
  const isQuiet = json || tap;
  if (options.junit !== undefined) writeReport(options.junit, "");
  const image = options.kernel !== undefined ? readImage(options.kernel, harts) : { kernel: chosen.length > 0 ? await buildKernel() : new Uint8Array() };
  const results: GroupResult[] = [];
  for (const group of chosen) {
    const result = keepMatching(runChecked(group, { ...image, initrd: await buildGroup(group), harts, engine: options.engine, maxInstructions }, every), filters);
    if (result.checks.length === 0 && result.died === undefined) continue;
    results.push(result);
    if (!isQuiet) host.stdout.write(groupText(result, host.colors));
  }
  const { passed, failed } = totalsOf(results);
  // A part may have none.
  if (passed + failed === 0 && options.shard === undefined) throw new UsageError(`no check is called like ${filters.join(", ")}\n  help: typemetal conform --list names the groups`);
  if (json) host.stdout.write(jsonText(results));
  else if (tap) host.stdout.write(tapText(results));
  else host.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (options.junit !== undefined) writeReport(options.junit, junitText(results));
  return failed === 0 ? ExitCode.ok : ExitCode.failed;
}

/// Violations of invariants are failures of the group. They need the debug information of the kernel's image.
function runChecked(group: string, options: GroupOptions, every: number): GroupResult {
  if (every === 0) return runGroup(group, options);
  const checker = new InvariantChecker(readElf(options.kernel, options.kernelName ?? "the kernel"), every);
  const result = runGroup(group, { ...options, observer: checker, prepare: (machine) => checker.attach(machine) });
  const broken = checker.violations.map(({ invariant, what }) => ({ name: `invariant ${invariant}`, failure: what }));
  return { ...result, checks: [...result.checks, ...broken] };
}

/// A filter that is part of a group's name chooses the group, with all its checks; any other may match a check of any.
function chooseGroups({ filters, shard }: ConformOptions): string[] {
  const all = groups();
  const [part, parts] = readShard(shard);
  const isGroup = (filter: string) => all.some((group) => group.includes(filter));
  const wanted = filters.length === 0 || filters.some((filter) => !isGroup(filter)) ? all : all.filter((group) => filters.some((filter) => group.includes(filter)));
  return wanted.filter((_, index) => index % parts === part - 1);
}

function keepMatching(result: GroupResult, filters: readonly string[]): GroupResult {
  if (filters.length === 0 || filters.some((filter) => result.group.includes(filter))) return result;
  return { ...result, checks: result.checks.filter(({ name }) => filters.some((filter) => `${result.group}: ${name}`.includes(filter))) };
}

function readShard(shard: string | undefined): [part: number, parts: number] {
  if (shard === undefined) return [1, 1];
  const found = /^(\d+)\/(\d+)$/.exec(shard);
  const part = Number(found?.[1]), parts = Number(found?.[2]);
  if (!(part >= 1 && part <= parts)) throw new UsageError(`--shard ${shard} is no part of a whole\n  help: --shard 2/8 is the second of eight parts`);
  return [part, parts];
}

function readHarts(text: string): number {
  const harts = Number(text);
  if (!Number.isInteger(harts) || harts < 1 || harts > 8) throw new UsageError(`--harts ${text} is not a number from 1 to 8`);
  return harts;
}

/// An image that the machine cannot boot is refused before anything is built for it.
function readImage(path: string, harts: number): { kernel: Uint8Array; kernelName: string } {
  let kernel: Uint8Array;
  try {
    kernel = readFileSync(path);
  } catch (error) {
    throw new UsageError(`the kernel cannot be read: ${(error as Error).message}`);
  }
  planBoot({ kernel: { name: path, bytes: kernel }, ramBytes: RAM_BYTES, harts });
  return { kernel, kernelName: path };
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`the report cannot be written: ${(error as Error).message}`);
  }
}
