// Some of what loops.ts compares as long as one likes.

import { expect, test } from "vitest";
import { compareLoops } from "./loops.js";

test.each([2, 3])("random loops, family %i", (family) => {
  expect(compareLoops(family)).toEqual([]);
});
