// How many instructions the programs of test/bench/compiler take, on our
// machine: no count may rise by more than 1 % over compiler-counts.json.
// UPDATE_COUNTS=1 writes what is; a commit that raises one says why.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileModule } from "../../compiler/pipeline.js";
import { runOnOurs } from "../differential/bare-metal.js";
import { load, sources } from "./load.js";

const file = fileURLToPath(new URL("compiler-counts.json", import.meta.url));
const TOLERANCE = 1.01;

test("no count rises", { timeout: 120_000 }, () => {
  const kernels = readdirSync(sources).filter((name) => /^[a-z]+\.ts$/.test(name)).map((name) => name.replace(".ts", ""));
  const counts = Object.fromEntries(
    kernels.map((kernel) => [kernel, [false, true].map((checks) => runOnOurs(compileModule(load(kernel, checks), { strip: true }).elf).instructions)]),
  );
  if (process.env.UPDATE_COUNTS === "1") writeFileSync(file, `${JSON.stringify(counts, null, 2).replaceAll(/\[\s+(\d+),\s+(\d+)\s+\]/g, "[$1, $2]")}\n`);
  const known = JSON.parse(readFileSync(file, "utf8")) as Record<string, readonly number[]>;
  const risen = kernels.filter((kernel) => counts[kernel]!.some((count, index) => count > (known[kernel]?.[index] ?? 0) * TOLERANCE));
  expect(Object.fromEntries(risen.map((kernel) => [kernel, counts[kernel]]))).toEqual({});
});
