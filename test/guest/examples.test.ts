// The examples of userland/examples, each run as `typemetal start --example NAME` runs it, and what it prints.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { boot, buildInitrd, buildKernel } from "../../kernel/commands/conformance.js";
import { packageRoot } from "../../compiler/commands/package-root.js";
import { examples } from "../../kernel/commands/start.js";

let kernel = new Uint8Array();
beforeAll(async () => {
  kernel = await buildKernel();
});

test("the eight patterns, NOVA's three, a protocol and several harts are there", () => {
  expect(examples()).toHaveLength(13);
});

test.each(examples())("%s", async (name) => {
  const { text, end } = boot({ kernel, initrd: await buildInitrd(`userland/examples/${name}/main.ts`), engine: "jit", harts: name === "harts" ? 4 : 1 });
  expect(text).toBe(`typemetal\n${readFileSync(join(packageRoot(), "userland/examples", name, "expected.txt"), "utf8")}`);
  expect(end).toBe("pass");
});
