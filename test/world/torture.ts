// gcc's torture programs (gcc.c-torture/execute, from Debian's gcc-12-source)
// at -O0 and -O2: the same exit code and output as on QEMU.
//
//     npx tsx test/world/torture.ts [--every N] [--only NAME]
//
// `--every N` takes one program of N. What the compiler refuses, because a bare
// machine lacks what the program wants, is named and not counted.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { areSame, compileProgram, eachOf, prepareRuntime, runOurs, runQemu } from "./bare-program.js";
import { cache } from "./debian.js";

const SOURCES = "/usr/src/gcc-12";
const levels = ["-O0", "-O2"] as const;
const { values: options } = parseArgs({ options: { every: { type: "string", default: "1" }, only: { type: "string" } } });

async function main(): Promise<number> {
  const folder = unpack();
  if (folder === undefined) {
    console.error(`${SOURCES} has no gcc-*.tar.xz: apt-get install gcc-12-source`);
    return 1;
  }
  const runtime = await prepareRuntime();
  const directory = mkdtempSync(join(tmpdir(), "typemetal-torture-"));
  const names = readdirSync(folder).filter((name) => name.endsWith(".c")).sort().filter((name, index) => (options.only ? name === `${options.only}.c` : index % Number(options.every) === 0));
  const refused: string[] = [], different: string[] = [];
  let same = 0;
  const failed: string[] = [];
  await eachOf(names.flatMap((name) => levels.map((level) => ({ name, level }))), cpus().length, async ({ name, level }) => {
    const source = join(folder, name), elf = join(directory, `${name}${level}.elf`);
    if (!await compileProgram(runtime, source, elf, [level, ...optionsOf(source)])) {
      refused.push(`${name} ${level}`);
      return;
    }
    const ours = runOurs(elf), theirs = await runQemu(elf);
    if (theirs.code !== 0) failed.push(`${name} ${level} (${theirs.code})`);
    if (areSame(ours, theirs)) same++;
    else different.push(`${name} ${level}: ours ${ours.code}, QEMU ${theirs.code}`);
    rmSync(elf);
  });
  rmSync(directory, { recursive: true });
  for (const line of different) console.log(line);
  if (failed.length > 0) console.log(`fail on QEMU too: ${failed.join(", ")}`);
  console.log(`torture: ${same} as on QEMU, ${different.length} not, ${refused.length} not compiled: ${refused.join(", ")}`);
  return different.length === 0 && same > 0 ? 0 : 1;
}

/// The folder of the programs, in the cache.
function unpack(): string | undefined {
  const folder = join(cache, "torture");
  if (existsSync(folder)) return folder;
  const tarball = existsSync(SOURCES) ? readdirSync(SOURCES).find((name) => /^gcc-[\d.]+.*\.tar\.xz$/.test(name)) : undefined;
  if (!tarball) return undefined;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  execFileSync("tar", ["-C", partial, "-xf", join(SOURCES, tarball), "--strip-components=5", "--wildcards", "*/gcc.c-torture/execute/*"]);
  renameSync(partial, folder);
  return folder;
}

/// What the program itself asks of the compiler, for every target.
function optionsOf(source: string): string[] {
  const text = readFileSync(source, "latin1");
  const asked = [...text.matchAll(/dg-(?:additional-)?options\s+\{?\s*"([^"]*)"\s*\}/g)].flatMap(([, words = ""]) => words.split(" "));
  return ["-std=gnu17", ...asked.filter((word) => /^-(f|std|D|W)/.test(word))];
}

process.exitCode = await main();
