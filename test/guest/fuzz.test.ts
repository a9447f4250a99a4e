// The bounded part of `npm run fuzz:kernel`: seeds that differ from the command's.

import { expect, test } from "vitest";
import { fuzz } from "../../kernel/commands/fuzz.js";

test("random syscalls break no invariant", async () => {
  const { failures, checks } = await fuzz(2_000, 77, 499);
  expect(failures).toEqual([]);
  expect(checks).toBeGreaterThan(3);
});
