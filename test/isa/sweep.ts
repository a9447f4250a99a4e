// Long comparisons with QEMU, which no suite has time for: rows with other
// operands, other words, and random guests, state by state.
//
//     npx tsx test/isa/sweep.ts [--cases N] [--words N] [--guests N] [--seed N]
//
// Counts are rounded up to whole batches. It says what differs, and ends with a
// code of 1 if anything did. Seeds count up from the one that is given.

import { parseArgs } from "node:util";
import { randomGuest } from "../differential/random-guest.js";
import { instructionsQemu, runOurs, runQemu } from "./guest.js";
import { rowProgram, testedRows } from "./row-program.js";
import { randomWords, wordsImage } from "./words-program.js";

const CASES_PER_ROW = 100;
const WORDS = 1 << 16;
const ROUNDS = 8;
const INSTRUCTIONS = 4_000_000_000;

const eager = { engine: "jit", jit: { threshold: 16, batch: 8 } } as const;

/// What a guest of a seed does differently on QEMU; undefined where it does the same, line by line.
export function differsFromQemu(seed: number, qemu = instructionsQemu()): string | undefined {
  const image = randomGuest(seed, { paged: seed % 2 === 0, rounds: ROUNDS, clockless: true });
  // Paged guests want more of S-mode than a processor has that is put together from single extensions.
  const theirs = runQemu(image, [], qemu && { ...qemu, cpu: "rv64,h=off" });
  const ours = runOurs(image, INSTRUCTIONS, INSTRUCTIONS, seed % 4 < 2 ? {} : eager);
  if (theirs === ours) return theirs.split("\n").length > ROUNDS ? undefined : `guest ${seed} ends early: ${theirs}`;
  const [mine, its] = [ours.split("\n"), theirs.split("\n")];
  const line = its.findIndex((text, index) => text !== mine[index]);
  return `guest ${seed}, line ${line}: QEMU ${its[line]}, ours ${mine[line]}`;
}

function main(): number {
  const { values } = parseArgs({ options: { cases: { type: "string", default: "0" }, words: { type: "string", default: "0" }, guests: { type: "string", default: "0" }, seed: { type: "string", default: "1" } } });
  const first = Number(values.seed);
  const qemu = instructionsQemu();
  if (!qemu?.isNew) {
    console.error("this needs QEMU 10: npx tsx test/world/debian.ts qemu10");
    return 1;
  }
  let different = 0;
  const tell = (text: string | undefined) => {
    if (text === undefined) return;
    different++;
    console.log(text);
  };
  const batches = (count: string, size: number) => Array.from({ length: Math.ceil(Number(count) / size) }, (_, index) => first + index);
  const perBatch = testedRows.length * CASES_PER_ROW;
  for (const seed of batches(values.cases, perBatch)) {
    const { image } = rowProgram(testedRows, CASES_PER_ROW, false, seed);
    const theirs = runQemu(image, [], qemu).split("\n"), ours = runOurs(image, INSTRUCTIONS).split("\n");
    for (const [index, row] of testedRows.entries()) tell(theirs[index] === ours[index] ? undefined : `seed ${seed}, ${row.text}: QEMU ${theirs[index]}, ours ${ours[index]}`);
  }
  for (const seed of batches(values.words, WORDS)) {
    const image = wordsImage(randomWords(seed, WORDS));
    const theirs = runQemu(image, [], qemu).split("\n"), ours = runOurs(image, INSTRUCTIONS, INSTRUCTIONS, eager).split("\n");
    theirs.forEach((line, group) => { tell(line === ours[group] ? undefined : `words of seed ${seed}, group ${group}: QEMU ${line}, ours ${ours[group]}`); });
  }
  for (const seed of batches(values.guests, 1)) tell(differsFromQemu(seed, qemu));
  console.log(`${batches(values.cases, perBatch).length * perBatch} cases, ${batches(values.words, WORDS).length * WORDS} words, ${batches(values.guests, 1).length} guests from seed ${first} on: ${different} differ`);
  return different > 0 ? 1 : 0;
}

if (process.argv[1]?.endsWith("sweep.ts")) process.exitCode = main();
