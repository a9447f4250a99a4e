// The conformance suite on our machine: programs that hold the kernel to its word, each run as init on the real
// kernel. `typemetal conform` runs the same.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { buildGroup, buildKernel, groups, runGroup } from "../../kernel/commands/conformance.js";

let kernel = new Uint8Array();
beforeAll(async () => {
  kernel = await buildKernel();
});

test.each(groups())("%s", async (group) => {
  const { checks, died } = runGroup(group, { kernel, initrd: await buildGroup(group), engine: "jit" });
  expect(died).toBeUndefined();
  expect(checks.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(checks.length).toBeGreaterThan(0);
});

test("plain tsc accepts the programs", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", fileURLToPath(new URL("kernel", import.meta.url))], { encoding: "utf8" });
  expect(stdout).toBe("");
});
