// Random programs over the whole language, in every way there is to run them:
// the typed tree, the IR evaluator after every pass, WebAssembly before and
// after the passes, C through gcc, and machine code on our machine and on QEMU;
// and once more with calls as C makes them.
//
// `--help` says how it is called.
// Seen without a difference: seeds 2000 to 2506 in families of 200, 101,400 programs; and 3010 to 3016, 1,400 more, with
// the passes and rules that came later (`distances`, products in `strength`, ranges in `known`, turned loops, the pool of
// integers). Since random-places.ts draws too: seeds 6023 to 6025 and 7000 to 7030, 6,800 programs, after what 6000 to 6041 had
// found was mended; and 7031 to 7134, 20,800 more, with calls as C makes them; 7135 to 7137, 600 more. Since it draws entries,
// slices made while compiling and shifts by literals: 7138 to 7142, 1,000 more. Each difference that was found on the way is a test.

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { hasTools } from "../tools.js";
import { imageOf, lowerPrograms, RefusedPrograms, runByC, runByEvaluator, runByMachine, runByQemu, runByTree, runByWasm } from "./batch.js";
import { parseModule } from "../../compiler/ir/parse.js";
import { passSteps } from "../../compiler/pipeline.js";
import { printModule } from "../../compiler/ir/print.js";
import { randomFamily, randomLanguage } from "./random-language.js";

export interface Difference {
  readonly name: string;
  readonly results: Readonly<Record<string, string>>;
}
export interface Ways {
  readonly qemu: boolean;
  readonly c: boolean;
  /// The IR after every pass, and machine code that is not optimised, too. Else after the first and the last pass,
  /// and a few others that `sample` chooses.
  readonly slow: boolean;
  readonly sample?: number;
}

/// Whole programs, one for each seed.
export function compareSeeds(seeds: readonly number[], ways: Ways): Difference[] {
  return compare(seeds.map(randomLanguage), seeds.map((seed) => `run_${seed}`), ways);
}

/// The programs of a family.
export function compareFamily(seed: number, programs: number, ways: Ways): Difference[] {
  const { text, names } = randomFamily(seed, programs);
  return compare([text], names, ways);
}

/// How the ways differ on one program of a text; undefined where they agree, or where it does not compile.
export function differenceOf(text: string, name: string, ways: Ways): Difference | undefined {
  const names = [...text.matchAll(/export function (run_\w+)/g)].map(([, found = ""]) => found);
  if (!names.includes(name)) return undefined;
  try {
    return compare([text], names, ways).find((difference) => difference.name === name);
  } catch (error) {
    if (error instanceof RefusedPrograms) return undefined;
    throw error;
  }
}

/// The ways that a difference is about, and no others.
export function familyWays({ results }: Difference, ways: Ways): Ways {
  const { tree } = results;
  const needs = (way: string) => results[way] !== undefined && results[way] !== tree && results[way] !== results.wasm;
  return { qemu: ways.qemu && (needs("qemu") || needs("qemu, optimised")), c: ways.c && needs("c"), slow: needs("machine") || needs("qemu") };
}

function compare(texts: readonly string[], names: readonly string[], ways: Ways): Difference[] {
  const { tree, module: lowered } = lowerPrograms(texts, names);
  // A copy that shares nothing: passes work in place.
  const copy = () => parseModule(printModule(lowered));
  const first = copy();
  const results: Record<string, readonly string[]> = {
    tree: runByTree(tree, names),
    wasm: runByWasm(first, names),
    ...(ways.c && { c: runByC(first, names) }),
  };
  if (ways.slow) {
    const plain = imageOf(copy(), names, { optimise: 0 });
    results.machine = runByMachine(plain);
    if (ways.qemu) results.qemu = runByQemu(plain);
  }
  const image = imageOf(first, names, {
    after: (pass, module) => {
      if (ways.slow || isSampled(pass, ways.sample ?? 0)) results[`evaluator after ${pass}`] = runByEvaluator(module, names);
      if (pass === "pool") results["wasm, optimised"] = runByWasm(module, names);
    },
  });
  results["machine, optimised"] = runByMachine(image);
  // Calls as C makes them.
  const like = lowerPrograms(texts, names, "object").module;
  results["machine, calls like C"] = runByMachine(imageOf(like, names, { optimise: (ways.sample ?? 0) % 2 === 0 ? 2 : 0 }));
  if (ways.qemu) results["qemu, optimised"] = runByQemu(image);
  return names.flatMap((name, index) => {
    const all = Object.fromEntries(Object.entries(results).map(([way, values]) => [way, values[index] ?? "nothing"]));
    return new Set(Object.values(all)).size > 1 ? [{ name, results: all }] : [];
  });
}

const isSampled = (pass: string, sample: number) => pass === "lower" || pass === "pool" || (passSteps.indexOf(pass) + sample) % 12 === 0;

const usage = `usage: npx tsx test/differential/languages.ts [--programs 100000] [--first SEED] [--batch 200] [--progress FILE]

Programs come in families of a batch, by seed. Prints the name of each on which two ways differ, and ends with 1.
With a progress file (SEED PROGRAMS DIFFERENT in each line) a run goes on where it was left, up to that many programs
in the whole file.`;

interface Wanted {
  readonly programs: number;
  readonly first: number;
  readonly batch: number;
  readonly progress: string | undefined;
}

/// "help" where that was asked for. Throws for an option that is none, or is no number.
function read(args: string[]): Wanted | "help" {
  const number = (otherwise: number) => ({ type: "string", default: String(otherwise) }) as const;
  const { help, progress, ...numbers } = parseArgs({ args, options: { programs: number(100_000), first: number(1), batch: number(200), progress: { type: "string" }, help: { type: "boolean" } } }).values;
  if (help) return "help";
  const wrong = Object.entries(numbers).find(([, text]) => !/^[1-9]\d*$/.test(text));
  if (wrong) throw new Error(`--${wrong[0]} takes a whole number above 0, not ${wrong[1]}`);
  return { programs: Number(numbers.programs), first: Number(numbers.first), batch: Number(numbers.batch), progress };
}

function main(args: string[]): void {
  let wanted: ReturnType<typeof read>;
  try {
    wanted = read(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (wanted === "help") return console.log(usage);
  const { programs, first, batch, progress } = wanted;
  const known = progress && existsSync(progress) ? readFileSync(progress, "utf8").trim().split("\n").map((line) => line.split(" ").map(Number)) : [];
  const sum = (column: number) => known.reduce((total, row) => total + row[column]!, 0);
  let [done, different] = [sum(1), sum(2)];
  const ways = { qemu: hasTools("qemu-system-riscv64"), c: hasTools("gcc") };
  for (let seed = Math.max(first, ...known.map(([last = 0]) => last + 1)); done < programs; seed++) {
    const found = compareOrTell(seed, batch, { ...ways, slow: seed % 8 === 0, sample: seed });
    for (const { name, results } of found) console.log(`${name}: ${JSON.stringify(byResult(results))}`);
    done += batch;
    different += found.length;
    if (progress) appendFileSync(progress, `${seed} ${batch} ${found.length}\n`);
    if (done % (batch * 5) === 0) console.log(`${done} programs up to seed ${seed}, ${different} with a difference`);
  }
  console.log(`${done} programs, ${different} with a difference`);
  process.exitCode = different > 0 ? 1 : 0;
}

/// What the compiler refuses or stumbles over counts as a difference.
function compareOrTell(seed: number, batch: number, ways: Ways): Difference[] {
  try {
    return compareFamily(seed, batch, ways);
  } catch (error) {
    return [{ name: `seed ${seed}`, results: { error: String(error) } }];
  }
}

/// The ways that agree, by what they agree on.
function byResult(results: Difference["results"]): Record<string, string[]> {
  const ways: Record<string, string[]> = {};
  for (const [way, result] of Object.entries(results)) (ways[result] ??= []).push(way);
  return ways;
}

if (process.argv[1]?.endsWith("languages.ts")) main(process.argv.slice(2));
