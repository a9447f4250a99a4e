// Random programs over the whole language, in every way there is to run them:
// the IR evaluator, WebAssembly before and after the passes, C through gcc, and
// machine code, optimised and not, on our machine and on QEMU.
//
//     npx tsx test/differential/languages.ts [--programs 100000] [--first SEED] [--batch 200]
//
// Programs come in families of `batch`, by seed. Prints the name of each on which two ways differ, and ends with 1.
// Seen without a difference: seeds 1 to 25 in families of 250.

import { hasTool } from "./bare-metal.js";
import { imageOf, lowerPrograms, runByC, runByEvaluator, runByMachine, runByQemu, runByWasm } from "./batch.js";
import { parseModule } from "../../compiler/ir/parse.js";
import { printModule } from "../../compiler/ir/print.js";
import { randomFamily, randomLanguage } from "./random-language.js";

export interface Difference {
  readonly name: string;
  readonly results: Readonly<Record<string, string>>;
}
export interface Ways {
  readonly qemu: boolean;
  readonly c: boolean;
  /// The reference with big integers too, and machine code that is not optimised.
  readonly slow: boolean;
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

function compare(texts: readonly string[], names: readonly string[], ways: Ways): Difference[] {
  const lowered = lowerPrograms(texts, names);
  // A copy that shares nothing: passes work in place.
  const copy = () => parseModule(printModule(lowered));
  const first = copy();
  const plain = ways.slow ? imageOf(copy(), names, { optimise: 0 }) : undefined;
  const results: Record<string, readonly string[]> = {
    wasm: runByWasm(first, names),
    ...(ways.slow && { evaluator: runByEvaluator(first, names) }),
    ...(ways.c && { c: runByC(first, names) }),
    ...(plain && { machine: runByMachine(plain) }),
    ...(plain && ways.qemu && { qemu: runByQemu(plain) }),
  };
  const image = imageOf(first, names, {
    after: (pass, module) => {
      if (pass === "pool") results["wasm, optimised"] = runByWasm(module, names);
    },
  });
  results["machine, optimised"] = runByMachine(image);
  if (ways.qemu) results["qemu, optimised"] = runByQemu(image);
  return names.flatMap((name, index) => {
    const all = Object.fromEntries(Object.entries(results).map(([way, values]) => [way, values[index] ?? "nothing"]));
    return new Set(Object.values(all)).size > 1 ? [{ name, results: all }] : [];
  });
}

function main(args: readonly string[]): void {
  const option = (name: string, otherwise: number) => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(args[at + 1]);
  };
  const [programs, firstSeed, batch] = [option("programs", 100_000), option("first", 1), option("batch", 200)];
  const ways = { qemu: hasTool("qemu-system-riscv64"), c: hasTool("gcc") };
  let [done, different] = [0, 0];
  for (let seed = firstSeed; done < programs; seed++) {
    // The slow ones look at every eighth family.
    for (const { name, results } of compareFamily(seed, batch, { ...ways, slow: seed % 8 === 0 })) {
      different++;
      console.log(`${name}: ${JSON.stringify(results)}`);
    }
    done += batch;
    if (done % (batch * 5) === 0) console.log(`${done} programs up to seed ${seed}, ${different} with a difference`);
  }
  console.log(`${done} programs, ${different} with a difference`);
  process.exitCode = different > 0 ? 1 : 0;
}

if (process.argv[1]?.endsWith("languages.ts")) main(process.argv.slice(2));
