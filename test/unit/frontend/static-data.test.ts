// Static data as it leaves the front end.

import { expect, test } from "vitest";
import { nodeHost } from "../../../compiler/commands/node-host.js";
import { analyse } from "../../../compiler/frontend/index.js";

test("data is aligned on a power of two, whatever its size", () => {
  const sizes = [1, 2, 3, 5, 6, 7, 8, 9];
  const text = `${sizes.map((size) => `export let bytes${size}: Arr<u8, ${size}> = zeroed();`).join("\n")}\nexport function main(): void {\n${sizes.map((size) => `bytes${size}[0]++;`).join("\n")}\n}\n`;
  const { module } = analyse("/x.ts", { target: "bare", boundsChecks: true, form: "object" }, nodeHost("", new Map([["/x.ts", text]])));
  expect(sizes.map((size) => module!.data.find(({ name }) => name === `bytes${size}`)?.align)).toEqual([1, 2, 2, 4, 4, 4, 8, 8]);
});
