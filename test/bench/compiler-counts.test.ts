// How many instructions the programs of test/bench/compiler take, on our machine, without checks and with them, and
// with them at -Os: no count may rise by more than 1 % over compiler-counts.json.
// UPDATE_COUNTS=1 writes what is; a commit that raises one says why.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileModule } from "../../compiler/pipeline.js";
import { runOnOurs } from "../differential/bare-metal.js";
import { load, sources } from "./load.js";

const file = fileURLToPath(new URL("compiler-counts.json", import.meta.url));
const TOLERANCE = 1.01;
const ways = [[false, 2], [true, 2], [true, "s"]] as const;

test("no count rises", { timeout: 120_000 }, () => {
  const kernels = readdirSync(sources).filter((name) => /^[a-z]+\.ts$/.test(name)).map((name) => name.replace(".ts", ""));
  const counts = Object.fromEntries(
    kernels.map((kernel) => [kernel, ways.map(([checks, optimise]) => runOnOurs(compileModule(load(kernel, checks), { strip: true, optimise }).elf).instructions)]),
  );
  if (process.env.UPDATE_COUNTS === "1") writeFileSync(file, `${JSON.stringify(counts, null, 2).replaceAll(/\[\s+(\d+),\s+(\d+),\s+(\d+)\s+\]/g, "[$1, $2, $3]")}\n`);
  const known = JSON.parse(readFileSync(file, "utf8")) as Record<string, readonly number[]>;
  const risen = kernels.filter((kernel) => counts[kernel]!.some((count, index) => count > (known[kernel]?.[index] ?? 0) * TOLERANCE));
  expect(Object.fromEntries(risen.map((kernel) => [kernel, counts[kernel]]))).toEqual({});
});
