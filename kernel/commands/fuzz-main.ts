import { fuzz } from "./fuzz.js";

const options = process.argv.slice(2);
const option = (name: string, otherwise: number) => {
  const at = options.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(options[at + 1]);
};
const calls = option("calls", 1_000_000), seed = option("seed", 1), every = option("every", 1000), harts = option("harts", 1);
if (![calls, seed, every, harts].every((value) => Number.isSafeInteger(value) && value > 0) || harts > 8) {
  process.stderr.write("fuzz:kernel takes --calls N, --seed S, --every K and --harts N (8 at most), whole numbers above 0\n");
  process.exit(2);
}
const { failures, checks, instructions } = await fuzz(calls, seed, every, harts);
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.stdout.write(`seed ${seed}, harts: ${harts}: ${calls} calls in ${instructions} instructions, ${checks} checks of all invariants, ${failures.length} failures\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
