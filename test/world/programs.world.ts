// C programs that no one here wrote, at several levels of optimisation: gcc's
// torture tests and csmith's random ones. TYPEMETAL_SAMPLE=N takes one of N.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const sample = Number(process.env.TYPEMETAL_SAMPLE ?? 1);

function run(script: string, ...options: string[]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return spawnSync(process.execPath, ["--import", "tsx", path, ...options], { encoding: "utf8", stdio: ["ignore", "inherit", "inherit"] }).status;
}

test("gcc's torture programs end as on QEMU", () => {
  expect(run("torture.ts", "--every", String(sample))).toBe(0);
});

test("csmith's programs give QEMU's checksums", () => {
  expect(run("csmith.ts", "--seed", "2", "--programs", String(Math.ceil(100 / sample)))).toBe(0);
});
