// Random programs over the whole language, in every way there is to run them:
// the IR evaluator, WebAssembly before and after the passes, C through gcc, and
// machine code, optimised and not, on our machine and on QEMU.
//
//     npx tsx test/differential/languages.ts [--programs 100000] [--first SEED] [--batch 40]
//
// Prints the seed of each program on which two ways differ, and ends with 1.

import { hasTool } from "./bare-metal.js";
import { imageOf, lowerPrograms, optimised, runByC, runByEvaluator, runByMachine, runByQemu, runByWasm } from "./batch.js";
import { randomLanguage } from "./random-language.js";

export interface Difference {
  readonly seed: number;
  readonly results: Readonly<Record<string, string>>;
}
export interface Ways {
  readonly qemu: boolean;
  readonly c: boolean;
  /// Slow: the reference with big integers.
  readonly evaluator: boolean;
}

export function compareSeeds(seeds: readonly number[], ways: Ways): Difference[] {
  const texts = seeds.map(randomLanguage);
  const names = seeds.map((seed) => `run_${seed}`);
  const lowered = () => lowerPrograms(texts, names);
  const first = lowered();
  const plain = imageOf(lowered(), names, { optimise: 0 });
  const results: Record<string, readonly string[]> = {
    wasm: runByWasm(first, names),
    ...(ways.evaluator && { evaluator: runByEvaluator(first, names) }),
    ...(ways.c && { c: runByC(first, names) }),
    machine: runByMachine(plain),
    ...(ways.qemu && { qemu: runByQemu(plain) }),
  };
  const image = imageOf(first, names);
  results["machine, optimised"] = runByMachine(image);
  if (ways.qemu) results["qemu, optimised"] = runByQemu(image);
  const again = lowered();
  results["wasm, optimised"] = runByWasm(optimised(again), names);
  return seeds.flatMap((seed, index) => {
    const all = Object.fromEntries(Object.entries(results).map(([way, values]) => [way, values[index] ?? "nothing"]));
    return new Set(Object.values(all)).size > 1 ? [{ seed, results: all }] : [];
  });
}

function main(args: readonly string[]): void {
  const option = (name: string, otherwise: number) => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(args[at + 1]);
  };
  const [programs, firstSeed, batch] = [option("programs", 100_000), option("first", 1), option("batch", 40)];
  const ways = { qemu: hasTool("qemu-system-riscv64"), c: hasTool("gcc") };
  let [done, different] = [0, 0];
  for (let seed = firstSeed; seed < firstSeed + programs; seed += batch) {
    const seeds = Array.from({ length: Math.min(batch, firstSeed + programs - seed) }, (_, index) => seed + index);
    // The slow one looks at every tenth batch.
    for (const { seed: of, results } of compareSeeds(seeds, { ...ways, evaluator: (seed - firstSeed) % (10 * batch) === 0 })) {
      different++;
      console.log(`seed ${of}: ${JSON.stringify(results)}`);
    }
    done += seeds.length;
    if (done % (batch * 5) === 0 || done === programs) console.log(`${done} programs, ${different} with a difference`);
  }
  process.exitCode = different > 0 ? 1 : 0;
}

if (process.argv[1]?.endsWith("languages.ts")) main(process.argv.slice(2));
