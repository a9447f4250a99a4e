// The bounded parts of `npm run fuzz:kernel`, with seeds that differ from the command's, and of `npm run inject:kernel`.

import { expect, test } from "vitest";
import { fuzz } from "../../kernel/commands/fuzz.js";
import { inject } from "../../kernel/commands/inject.js";

test.each([{ harts: 1, calls: 2_000 }, { harts: 3, calls: 1_000 }])("random syscalls break no invariant, harts: $harts", async ({ harts, calls }) => {
  const { failures, checks } = await fuzz(calls, 78, 499, harts);
  expect(failures).toEqual([]);
  expect(checks).toBeGreaterThan(3);
});

test("interrupts within the kernel change nothing", async () => {
  const { paths, injections, failures } = await inject(401);
  expect(failures).toEqual([]);
  expect(paths).toBeGreaterThan(60);
  expect(injections).toBeGreaterThan(paths);
});
