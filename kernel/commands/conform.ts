// `typemetal conform`: runs the conformance suite on our kernel or on an image of the user's own.

import { readFileSync, writeFileSync } from "node:fs";
import { ExitCode } from "../../emulator/commands/exit-codes.js";
import type { Host } from "../../emulator/commands/host.js";
import { UsageError } from "../../emulator/commands/run-options.js";
import { readElf } from "../../compiler/object/elf-read.js";
import { InvariantChecker } from "../../emulator/debug/invariant-checker.js";
import { buildGroup, buildKernel, type GroupOptions, type GroupResult, groups, runGroup } from "./conformance.js";
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
  const every = Number(options.invariants);
  if (!Number.isSafeInteger(every) || every < 0) throw new UsageError(`--invariants ${options.invariants} is no whole number`);
  const isQuiet = json || tap;
  const kernel = options.kernel === undefined ? await buildKernel() : readImage(options.kernel);
  const results: GroupResult[] = [];
  for (const group of chosen) {
    const result = keepMatching(runChecked(group, { kernel, initrd: await buildGroup(group), harts, engine: options.engine }, every), filters);
    if (result.checks.length === 0 && result.died === undefined) continue;
    results.push(result);
    if (!isQuiet) host.stdout.write(groupText(result, host.colors));
  }
  const { passed, failed } = totalsOf(results);
  if (passed + failed === 0) throw new UsageError(`no check is called like ${filters.join(", ")}\n  help: typemetal conform --list names the groups`);
  if (json) host.stdout.write(jsonText(results));
  else if (tap) host.stdout.write(tapText(results));
  else host.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (options.junit !== undefined) writeFileSync(options.junit, junitText(results));
  return failed === 0 ? ExitCode.ok : ExitCode.failed;
}

/// Violations of invariants are failures of the group. They need the debug information of the kernel's image.
function runChecked(group: string, options: GroupOptions, every: number): GroupResult {
  if (every === 0) return runGroup(group, options);
  const checker = new InvariantChecker(readElf(options.kernel, "the kernel"), every);
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

function readImage(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`the kernel cannot be read: ${(error as Error).message}`);
  }
}
