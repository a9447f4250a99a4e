import { inject } from "./inject.js";
import { isCount, readOptions } from "./options.js";

const options = readOptions("inject:kernel takes --every N and --part I/N, whole numbers above 0", { every: "1", part: "1/1" }, ({ every, part }) => {
  const [index = "", count = "", ...more] = part.split("/");
  return isCount(every) && isCount(index) && isCount(count) && more.length === 0 && Number(index) <= Number(count);
});
const [part, parts] = options.part.split("/").map(Number) as [number, number];
const { paths, injections, runs, failures } = await inject(Number(options.every), part, parts);
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.stdout.write(`${paths} paths, ${injections} interrupts, ${runs} runs to the end, ${failures.length} failures\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
