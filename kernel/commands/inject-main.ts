import { inject } from "./inject.js";

const options = process.argv.slice(2);
const option = (name: string, otherwise: string) => {
  const at = options.indexOf(`--${name}`);
  return at < 0 ? otherwise : (options[at + 1] ?? "");
};
const every = Number(option("every", "1")), [part = 0, parts = 0] = option("part", "1/1").split("/").map(Number);
if (![every, part, parts].every((value) => Number.isSafeInteger(value) && value > 0) || part > parts) {
  process.stderr.write("inject:kernel takes --every N and --part I/N, whole numbers above 0\n");
  process.exit(2);
}
const { paths, injections, runs, failures } = await inject(every, part, parts);
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.stdout.write(`${paths} paths, ${injections} interrupts, ${runs} runs to the end, ${failures.length} failures\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
