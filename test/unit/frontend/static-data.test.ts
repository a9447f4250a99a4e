// Static data as it leaves the front end.

import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse } from "../../../compiler/frontend/index.js";
import { compileModule } from "../../../compiler/pipeline.js";

test("data is aligned on a power of two, whatever its size", () => {
  const sizes = [1, 2, 3, 5, 6, 7, 8, 9];
  const text = `${sizes.map((size) => `export let bytes${size}: Arr<u8, ${size}> = zeroed();`).join("\n")}\nexport function main(): void {\n${sizes.map((size) => `bytes${size}[0]++;`).join("\n")}\n}\n`;
  const { module } = analyse("/x.ts", { target: "bare", boundsChecks: true, form: "object" }, nodeHost("", new Map([["/x.ts", text]])));
  expect(sizes.map((size) => module!.data.find(({ name }) => name === `bytes${size}`)?.align)).toEqual([1, 2, 2, 4, 4, 4, 8, 8]);
});

test("the length of a slice that comptime made is a constant", () => {
  const text = "const K: readonly u32[] = comptime(() => {\n  const out = arr<u32, 9>();\n  for (const [i] of out.entries()) out[i] = u32(i);\n  return out.slice(2);\n});\nexport function main(): u64 {\n  return K.length;\n}\n";
  const { module } = analyse("/x.ts", { target: "bare", boundsChecks: true, form: "object" }, nodeHost("", new Map([["/x.ts", text]])));
  expect(compileModule(module!, { check: true }).assembly()).toContain("addi a0, zero, 7\n  jalr zero, 0(ra)");
});
