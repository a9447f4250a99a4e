import { fuzz } from "./fuzz.js";
import { isCount, readOptions } from "./options.js";

const options = readOptions(
  "fuzz:kernel takes --calls N, --seed S, --every K and --harts N (8 at most), whole numbers above 0",
  { calls: "1000000", seed: "1", every: "1000", harts: "1" },
  (values) => Object.values(values).every(isCount) && Number(values.harts) <= 8,
);
const [calls, seed, every, harts] = [options.calls, options.seed, options.every, options.harts].map(Number) as [number, number, number, number];
const { failures, checks, instructions } = await fuzz(calls, seed, every, harts);
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.stdout.write(`seed ${seed}, harts: ${harts}: ${calls} calls in ${instructions} instructions, ${checks} checks of all invariants, ${failures.length} failures\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
