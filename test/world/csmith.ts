// Random C programs by csmith, at -O0, -O2 and -Os: the same checksum as on QEMU.
//
//     npx tsx test/world/csmith.ts [--programs N] [--seed N]

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { areSame, compileProgram, eachOf, prepareRuntime, runOurs, runQemu } from "./bare-program.js";

/// Milliseconds that QEMU gets: most programs end at once, or never.
const PATIENCE = 20_000;
const levels = ["-O0", "-O2", "-Os"] as const;
const { values: options } = parseArgs({ options: { programs: { type: "string", default: "100" }, seed: { type: "string", default: "1" } } });

async function main(): Promise<number> {
  const runtime = await prepareRuntime();
  const directory = mkdtempSync(join(tmpdir(), "typemetal-csmith-"));
  const seeds = Array.from({ length: Number(options.programs) }, (_, index) => Number(options.seed) + index);
  const different: string[] = [];
  let same = 0, endless = 0;
  await eachOf(seeds, cpus().length, async (seed) => {
    const source = join(directory, `${seed}.c`);
    writeFileSync(source, execFileSync("csmith", ["--seed", String(seed), "--no-argc", "--float"], { maxBuffer: 1 << 28 }));
    for (const level of levels) {
      const elf = join(directory, `${seed}${level}.elf`);
      if (!await compileProgram(runtime, source, elf, [level, "-I/usr/include/csmith"])) {
        different.push(`seed ${seed} ${level}: not compiled`);
        continue;
      }
      const theirs = await runQemu(elf, PATIENCE);
      // csmith's programs need not end.
      if (theirs.code === undefined) {
        endless++;
        continue;
      }
      const ours = runOurs(elf);
      if (areSame(ours, theirs) && ours.output.includes("checksum")) same++;
      else different.push(`seed ${seed} ${level}: ours ${ours.code} ${ours.output.trim()}, QEMU ${theirs.code} ${theirs.output.trim()}`);
    }
  });
  rmSync(directory, { recursive: true });
  for (const line of different) console.log(line);
  console.log(`csmith: ${same} as on QEMU, ${different.length} not, ${endless} without end on QEMU`);
  return different.length === 0 && same > 0 ? 0 : 1;
}

process.exitCode = await main();
